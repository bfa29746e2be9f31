"""Ways back into the app: started anew, twice, by hand, offline, by an older link, in an older build."""

from harness.stage.scenario import scenario
from harness.stage.world import World
from scenarios.hostile import PERCENT_TEXTS, SPLITTING_TEXTS

LONG_OFFLINE_S = 60
"""Longer than an app goes on asking: TanStack Query gives up after three retries, 7 s."""


def _allow(world: World) -> None:
    world.phone.open_crm_tab()
    world.phone.tap_connect()
    world.consent.allow()


@scenario("APP-01", "APP-02", "APP-03", "ST-02")
def app_cold_start(world: World) -> None:
    """The system had ended the app behind the browser, and the link starts it."""
    _allow(world)
    world.phone.return_to_crm_tab(start="cold")


@scenario("APP-01", "APP-02", "APP-03", "ST-02")
def app_link_twice(world: World) -> None:
    """The system hands the link over twice."""
    _allow(world)
    world.phone.tap_return()
    world.phone.link_comes_again()


@scenario("DL-01", "DL-03", "ST-01", "ST-02")
def old_app_new_backend(world: World) -> None:
    """An app from before the fix finds no code in the link; started anew it is connected."""
    phone = world.new_phone(build="before_fix")
    phone.open_crm_tab()
    phone.tap_connect()
    phone.consent.allow()
    phone.return_to_crm_tab()
    phone.start_again()


@scenario("APP-01", "APP-03", "ST-02")
def app_without_a_status(world: World) -> None:
    """An app whose CRM tab shows the leads and never asks for the status."""
    phone = world.new_phone(build="leads_alone")
    phone.open_crm_tab()
    phone.tap_connect()
    phone.consent.allow()
    phone.return_to_crm_tab()


@scenario("APP-05", "CB-03", "ST-02")
def new_app_old_backend(world: World) -> None:
    """The link is an old backend's: the code that the callback has just spent, and no success."""
    world.phone.open_crm_tab()
    world.phone.tap_connect()
    query = world.amo.redirect(state=world.state_for())
    world.page.open_callback(query)
    world.phone.follow_link(world.link(**query))


@scenario("APP-06")
def link_without_anything(world: World) -> None:
    """A link without any parameter opens the app."""
    world.phone.open_crm_tab()
    world.phone.follow_link(world.link())


def _refuse(world: World, reason: str) -> None:
    world.amo.goes_wrong("token", "problem", name="code_revoked", hint=reason)
    world.page.open_callback(world.amo.redirect(state=world.state_for()))
    world.phone.return_to_crm_tab()


@scenario("CB-09", "SEC-06")
def error_text_with_percent(world: World) -> None:
    """The reason has percent signs, on which the app's router throws."""
    world.phone.open_crm_tab()
    for reason in PERCENT_TEXTS:
        _refuse(world, reason)


@scenario("CB-09", "SEC-06")
def error_text_that_injects(world: World) -> None:
    """The reason has what the app's router takes for further parameters."""
    world.phone.open_crm_tab()
    for reason in SPLITTING_TEXTS:
        _refuse(world, reason)


@scenario("APP-03", "ST-01", "ST-02")
def offline_on_return(world: World) -> None:
    """The phone has no network when its user returns; a minute later it has one, and they look again."""
    _allow(world)
    world.phone.lose_network()
    world.phone.return_to_crm_tab()
    world.phone.wait(seconds=LONG_OFFLINE_S)
    world.phone.find_network()
    world.phone.look_at_the_tab_again()


@scenario("CB-06", "ST-01")
def user_comes_back_by_hand(world: World) -> None:
    """The user leaves the browser without tapping the button; the app, started anew, is connected."""
    _allow(world)
    world.page.leave_alone(minutes=10, moments=("switch",))
    world.phone.come_back_by_hand()
    world.phone.start_again()
