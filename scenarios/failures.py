"""amoCRM is slow, refuses, breaks off, or says something hostile."""

from harness.stage.scenario import scenario
from harness.stage.world import World
from scenarios.hostile import HOSTILE_TEXTS

REFUSALS = (
    "client_id_invalid",
    "client_unknown",
    "client_secret_wrong",
    "redirect_uri_missing",
    "redirect_uri_wrong",
    "code_missing",
    "code_undecryptable",
    "code_expired",
    "code_revoked",
    "code_of_another_client",
    "account_invalid",
    "send_to_account",
    "grant_type_unsupported",
)
"""The rows of amoCRM's error table that an exchange can meet, by the fake's names."""

BREAKDOWNS: tuple[tuple[str, dict[str, str]], ...] = (
    ("reset", {"when": "before"}),
    ("reset", {"when": "middle"}),
    ("server_error", {}),
    ("nginx_403", {}),
    ("malformed_json", {}),
    ("truncated_json", {}),
    ("missing_field", {"field": "access_token"}),
)
"""Each way in which amoCRM can be down or talk nonsense, by the fake's names."""

SLOW_S = 0.5


@scenario("CB-01", "CB-02", "CB-04")
def exchange_is_slow(world: World) -> None:
    """The token answer takes its time, and the page waits for it."""
    world.phone.open_crm_tab()
    world.phone.tap_connect()
    world.consent.allow(answered_after_s=SLOW_S)


@scenario("CB-09", "DL-04")
def every_refusal(world: World) -> None:
    """Every row of amoCRM's error table, one callback each."""
    for name in REFUSALS:
        world.amo.goes_wrong("token", "problem", name=name)
        world.page.open_callback(world.amo.redirect(state=world.state_for()))
        world.phone.return_to_crm_tab()


@scenario("CB-10")
def amo_unreachable(world: World) -> None:
    """The connection is cut, the answer is an error page, half a JSON, or lacks the token."""
    for kind, parameters in BREAKDOWNS:
        world.amo.goes_wrong("token", kind, **parameters)
        world.page.open_callback(world.amo.redirect(state=world.state_for()))
        world.page.leave_alone(minutes=10)
        world.phone.return_to_crm_tab()


@scenario("CB-10", patience_s=1.0)
def amo_does_not_answer(world: World) -> None:
    """The token answer never comes, and the backend gives up waiting."""
    world.tell("amoCRM never answers", fault="silence")
    with world.amo.held_token_answer():
        world.page.open_callback(world.amo.redirect(state=world.state_for()))
    world.phone.return_to_crm_tab()


@scenario("SEC-02", "CB-09")
def hostile_error_text(world: World) -> None:
    """What amoCRM gives as the reason is markup, script and control characters."""
    for text in HOSTILE_TEXTS:
        world.tell("the reason is hostile", hostile=[text])
        world.amo.goes_wrong("token", "problem", name="code_revoked", hint=text)
        world.page.open_callback(world.amo.redirect(state=world.state_for()))
        world.phone.return_to_crm_tab()


@scenario("SEC-02")
def hostile_error_parameter(world: World) -> None:
    """The callback's `error` is markup, script and control characters."""
    for text in HOSTILE_TEXTS:
        world.tell("the error is hostile", hostile=[text])
        world.page.open_callback(world.amo.redirect(error=text, state=world.state_for()))
        world.phone.return_to_crm_tab()
