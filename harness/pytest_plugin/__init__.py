"""What the pytest plugin does where a backend is named; its options and fixtures are `amo_harness`'s."""
