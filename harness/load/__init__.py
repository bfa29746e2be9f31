"""Many users at once: Locust drives them, and the contract and the invariants judge what they did."""
