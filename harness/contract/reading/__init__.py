"""Events read as what the contract speaks of: visits, taps, deliveries."""
