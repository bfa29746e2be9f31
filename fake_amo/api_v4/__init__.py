"""amoCRM's API v4."""
