"""The commands that print what is known."""
