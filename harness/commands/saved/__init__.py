"""The commands that read runs which were kept."""
