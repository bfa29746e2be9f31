"""What becomes of `state`: carried whole, kept as text, and refused where it is not the user's own."""

from harness.stage.page.alone import MOMENTS
from harness.stage.scenario import scenario
from harness.stage.world import World
from scenarios.hostile import HOSTILE_LINES, HOSTILE_TEXTS

SECOND_USER = "test-2"

UNUSUAL_STATES = (
    "",
    "привіт-світ",
    "a+b c&d=e%26#f?g/h",
    "%2B%25",
    "'\"`\\</script><!--",
    "x" * 2048,
)
"""Empty, Unicode, reserved characters, percent signs, quotes, and two kilobytes."""


@scenario("APP-07", needs=("connect",))
def state_is_issued(world: World) -> None:
    """The backend gives the user a state to take to amoCRM."""
    world.phone.open_crm_tab()
    world.phone.tap_connect()


@scenario("DL-01", "DL-02", "CB-04")
def state_survives(world: World) -> None:
    """The state comes back in the link exactly as amoCRM got it, whatever is in it."""
    world.phone.open_crm_tab()
    world.phone.tap_connect()
    world.consent.allow()
    world.phone.return_to_crm_tab()
    for state in (None, *UNUSUAL_STATES):
        world.tell("an unusual state, or none", state_kind="unknown")
        world.page.open_callback(world.amo.redirect(state=state))
        world.phone.return_to_crm_tab()


@scenario("SEC-02", "SEC-03", "SEC-07")
def state_unknown(world: World) -> None:
    """A state comes back that the backend never issued."""
    for state in ("never-issued", *HOSTILE_TEXTS, *HOSTILE_LINES):
        hostile = [] if state == "never-issued" else [state]
        world.tell("the state was never issued", state_kind="unknown", hostile=hostile)
        world.page.open_callback(world.amo.redirect(state=state))
        if not hostile:
            world.page.leave_alone(minutes=10, moments=MOMENTS)
        world.phone.return_to_crm_tab()


@scenario("SEC-03", needs=("connect",))
def state_spent(world: World) -> None:
    """A state comes back a second time, with another code."""
    state = world.state_for()
    world.page.open_callback(world.amo.redirect(state=state))
    world.tell("the state was spent before", state_kind="spent")
    world.page.open_callback(world.amo.redirect(state=state))
    world.page.leave_alone(minutes=10, moments=MOMENTS)


@scenario("ST-01", "CB-02", needs=("connect", "users", "tabs"))
def state_of_another_user(world: World) -> None:
    """The state decides whose account is connected, not who opened the app last."""
    second = world.new_phone(SECOND_USER)
    second.open_crm_tab()
    second.tap_connect()
    world.phone.open_crm_tab()
    world.phone.tap_connect()
    state = second.page.state_of_address()
    second.page.open_callback(world.amo.redirect(state=state))
    second.return_to_crm_tab()
    world.phone.start_again()


@scenario("CB-06", "DL-04")
def code_and_error_together(world: World) -> None:
    """The callback carries both a code and an error."""
    world.tell("both a code and an error")
    code = world.amo.fresh_code()
    world.page.open_callback(world.amo.redirect(code=code, error="access_denied", state=world.state_for()))
    world.page.leave_alone(minutes=10, moments=MOMENTS)
    world.phone.return_to_crm_tab()


@scenario("SEC-08")
def referer_of_somebody_else(world: World) -> None:
    """The callback's `referer` names a host that is not amoCRM's; then the user opens the app.

    So does the header `Referer`, beside the parameter and in its place, where a link on that host leads here.
    """
    with world.somebody_elses_host() as spellings:
        for lost in ((), ("referer",)):
            query = world.amo.redirect(state=world.state_for())
            world.tell("the header Referer names somebody else", foreign_host=spellings[0])
            page = f"http://{spellings[0]}/"
            world.follows_a_link({name: query[name] for name in query if name not in lost}, page)
            world.phone.start_again()
        for referer in spellings:
            world.tell("referer names somebody else", foreign_host=referer)
            world.page.open_callback(world.amo.redirect(state=world.state_for(), referer=referer))
            world.phone.start_again()
