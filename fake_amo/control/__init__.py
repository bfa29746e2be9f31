"""What a tester may do to a running fake."""
