"""The machine that a run is to be played on: what it lacks, and what to do about it."""
