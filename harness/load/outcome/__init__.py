"""What was asked of a run of load, and what came of it, as values."""
