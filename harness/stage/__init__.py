"""The composition root, and the verbs of scenarios."""
