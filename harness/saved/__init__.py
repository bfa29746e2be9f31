"""A run's folder, written, read and compared."""
