"""The leads and the tokens behind them: none, many, expired, revoked, limited, raced for."""

from harness.stage.scenario import scenario
from harness.stage.world import World

MANY = 10_000
RACERS = 3
DAYS = 2
"""On the second a backend needs the refresh token that the first one's refresh bought."""


def _connect(world: World) -> None:
    world.phone.open_crm_tab()
    world.phone.tap_connect()
    world.consent.allow()
    world.phone.return_to_crm_tab()


@scenario("APP-03")
def leads_empty(world: World) -> None:
    """The account has no leads: amoCRM answers 204 without a body."""
    world.amo.has_leads(0)
    _connect(world)


@scenario("LD-01", "APP-03")
def leads_many(world: World) -> None:
    """The account has 10,000 leads, and the app pages through all of them."""
    world.amo.has_leads(MANY)
    _connect(world)


@scenario("TOK-01")
def token_expires(world: World) -> None:
    """A day later the access token has expired, the day after the new one; the leads come each time."""
    world.amo.issues_short_tokens()
    _connect(world)
    world.amo.refreshes_to_short_tokens()
    for _ in range(DAYS):
        world.amo.access_token_expires()
        world.phone.start_again()
        world.phone.start_again()


@scenario("TOK-02")
def refresh_answer_lost(world: World) -> None:
    """The refresh was done, its answer was lost, and the old refresh token is spent."""
    world.amo.issues_short_tokens()
    _connect(world)
    world.amo.refresh_answer_gets_lost()
    world.phone.start_again()
    world.phone.start_again()  # the spent token is refused
    world.phone.start_again()  # by now the status must know


@scenario("TOK-01", "TOK-02")
def refresh_race(world: World) -> None:
    """Several requests find the access token expired at the same time; one refresh serves them all."""
    world.amo.issues_short_tokens()
    _connect(world)
    world.amo.access_token_expires()
    with world.race_for_leads(RACERS):
        world.phone.start_again()


@scenario("TOK-03")
def integration_revoked(world: World) -> None:
    """The user switches the integration off in amoCRM."""
    _connect(world)
    world.amo.switches_integration_off()
    world.phone.start_again()
    world.phone.start_again()


@scenario("TOK-04")
def rate_limited(world: World) -> None:
    """Too many requests: amoCRM answers 429 once."""
    _connect(world)
    world.amo.limits_requests()
    world.phone.start_again()
    world.phone.start_again()


@scenario("TOK-04")
def amo_down_later(world: World) -> None:
    """AmoCRM breaks down once, long after the account was connected."""
    _connect(world)
    world.amo.breaks_down()
    world.phone.start_again()
    world.phone.start_again()


@scenario("ST-01")
def widget_install(world: World) -> None:
    """The integration is installed from the marketplace: amoCRM's server calls, with no state."""
    world.phone.open_crm_tab()
    world.amo.installs_from_marketplace()
    world.phone.start_again()
    world.phone.tap_connect()
    world.consent.allow()
    world.phone.return_to_crm_tab()
