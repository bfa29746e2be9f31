"""The host app as a program of its own on the system's Python; nothing of the harness imports it."""
