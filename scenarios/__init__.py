"""The story, part by part: importing this package registers every scenario, in its order."""

from scenarios import first_journey, amo_trouble, states, again, leads, app, page_alone  # isort: skip

__all__ = ["again", "amo_trouble", "app", "first_journey", "leads", "page_alone", "states"]
