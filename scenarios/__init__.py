"""The story, part by part: importing this package registers every scenario, in its order."""

from scenarios import first_journey

__all__ = ["first_journey"]
