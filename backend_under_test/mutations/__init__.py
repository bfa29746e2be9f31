"""Broken and merely different backends made of the reference."""
