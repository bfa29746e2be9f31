"""A timeline as lanes: who did what, on one axis of time."""
