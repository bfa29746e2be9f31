"""Recordings from the field, read as timelines."""
