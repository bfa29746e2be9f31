"""A page alone, whatever serves it: looked at, left alone, tapped, and given what must stay text."""

from harness.stage.page.alone import MOMENTS
from harness.stage.scenario import PAGE, scenario
from harness.stage.world import World
from scenarios.hostile import HOSTILE_TEXTS


@scenario("CB-05", "CB-06", "CB-07", "SEC-04", "A11Y-01", "A11Y-02", needs=(PAGE,))
def page_alone(world: World) -> None:
    """The user opens the page, does nothing for ten minutes, comes back to it, and taps the button."""
    world.open_page()
    world.page.leave_alone(minutes=10, moments=MOMENTS)
    world.page.tap_return()


@scenario("SEC-02", needs=(PAGE,))
def page_with_hostile_address(world: World) -> None:
    """The page's address carries markup and scripts as `state` and as `error`."""
    for text in HOSTILE_TEXTS:
        world.tell("the address is hostile", hostile=[text])
        world.open_page(state=text, error=text)
        world.page.tap_return()
