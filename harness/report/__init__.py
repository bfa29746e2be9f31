"""Reports: listeners of a run, one module each."""
