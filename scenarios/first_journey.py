"""From "connect" to the leads, and the three other ways that the first evening can end.

Each scenario drives the world in the app's words and asserts nothing.
"""

from harness.stage.page.alone import MOMENTS
from harness.stage.scenario import scenario
from harness.stage.world import World

PAGE = ("CB-05", "CB-06", "CB-07")
CONNECTED = ("CB-01", "CB-02", "CB-03", "CB-04", "DL-01", "DL-02", "DL-03", "ST-01", "ST-02")
KEPT_CLEAN = ("SEC-01", "SEC-04", "SEC-07", "A11Y-01", "A11Y-02")
ERROR_LINK = ("DL-04", "APP-04", "SEC-06")


@scenario(*PAGE, *CONNECTED, *KEPT_CLEAN, "APP-01", "APP-02", "APP-03")
def connect_happy_path(world: World) -> None:
    """The user connects the account and sees the leads."""
    world.phone.open_crm_tab()
    world.phone.tap_connect()
    world.consent.allow()
    world.page.leave_alone(minutes=10)
    world.phone.return_to_crm_tab()


@scenario("CB-05", "CB-06")
def left_alone(world: World) -> None:
    """The user does nothing for ten minutes, leaves the browser, and comes back to it."""
    world.phone.open_crm_tab()
    world.phone.tap_connect()
    world.consent.allow()
    world.page.leave_alone(minutes=10, moments=MOMENTS)


@scenario("CB-09", *PAGE, *ERROR_LINK, "A11Y-02")
def exchange_refused(world: World) -> None:
    """The code is refused by amoCRM."""
    world.amo.goes_wrong("token", "problem", name="code_revoked")
    world.phone.open_crm_tab()
    world.phone.tap_connect()
    world.consent.allow()
    world.page.leave_alone(minutes=10, moments=MOMENTS)
    world.phone.return_to_crm_tab()


@scenario("CB-08", *PAGE, *ERROR_LINK)
def code_missing(world: World) -> None:
    """The callback is opened without a code."""
    world.phone.open_crm_tab()
    world.phone.tap_connect()
    world.page.open_callback({})
    world.page.leave_alone(minutes=10, moments=MOMENTS)
    world.phone.return_to_crm_tab()


@scenario("CB-11", *PAGE, *ERROR_LINK)
def user_declines(world: World) -> None:
    """The user taps «Отказаться»."""
    world.phone.open_crm_tab()
    world.phone.tap_connect()
    world.consent.decline()
    world.page.leave_alone(minutes=10, moments=MOMENTS)
    world.phone.return_to_crm_tab()
