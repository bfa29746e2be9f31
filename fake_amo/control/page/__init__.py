"""The fake for people: one page beside the control API."""
