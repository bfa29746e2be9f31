"""The simulated app beside the packages of the real one: random links and schedules, counted by class."""
