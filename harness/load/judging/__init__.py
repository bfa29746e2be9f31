"""What happened under load, read back: timelines by the contract, everything by the invariants."""
