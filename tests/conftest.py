"""What holds for every test."""

from hypothesis import settings

# How long an example takes is the machine's affair; each test has its own limit.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
