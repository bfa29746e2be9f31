"""Whether a backend can be judged at all."""
