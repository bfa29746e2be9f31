"""The commands that play scenarios."""
