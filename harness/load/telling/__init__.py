"""What people read of a run of load."""
