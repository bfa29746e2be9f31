"""What a process of ours needs so that nothing outlives it."""
