"""A run in the forms of other tools: HAR, Trace Event JSON, what GitHub's runners read."""
