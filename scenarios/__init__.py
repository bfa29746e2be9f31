"""The story, part by part: importing this package registers every scenario, in its order."""

from scenarios import first_journey, failures, states, again, leads, app, page_alone  # isort: skip

__all__ = ["again", "app", "failures", "first_journey", "leads", "page_alone", "states"]
