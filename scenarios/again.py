"""Things that happen twice, at once, or in the middle of something else."""

from harness.stage.delivery import LOOKS
from harness.stage.page.alone import MOMENTS
from harness.stage.scenario import scenario
from harness.stage.world import World
from scenarios.states import SECOND_USER


@scenario("CB-03", "SEC-05")
def callback_reloaded(world: World) -> None:
    """Safari had discarded the tab and loads the callback's address again, and later once more."""
    world.phone.open_crm_tab()
    world.phone.tap_connect()
    world.consent.allow()
    world.page.reload()
    world.page.leave_alone(minutes=10, moments=MOMENTS)
    world.page.reload()
    world.page.leave_alone(minutes=10)
    world.phone.return_to_crm_tab()


@scenario("CB-03", "SEC-05")
def callback_delivered_twice(world: World) -> None:
    """Safari sends the callback twice at the same time."""
    world.phone.open_crm_tab()
    query = world.amo.redirect(state=world.state_for())
    with world.amo.held_token_answer() as held, world.twin_delivery(query, held):
        world.page.open_callback(query)
    world.phone.return_to_crm_tab()


@scenario("CB-03", "ST-01")
def consent_sent_twice(world: World) -> None:
    """Safari sends the consent twice: two codes for one state come at the same time.

    Whoever refuses the second of them is right (SEC-03), so its page may tell of a failure; CB-03 asks that
    one is sent, and none twice, and ST-01 that the user is connected in the end.
    """
    world.phone.open_crm_tab()
    world.phone.tap_connect()
    state = world.state_for()
    twin, query = world.amo.redirect(state=state), world.amo.redirect(state=state)
    with world.amo.held_token_answer() as held, world.twin_delivery(twin, held):
        world.page.open_callback(query)
    world.phone.return_to_crm_tab()
    world.phone.start_again()


@scenario("CB-07")
def tap_twice(world: World) -> None:
    """The user taps, comes back to the browser, and taps once more."""
    world.phone.open_crm_tab()
    world.phone.tap_connect()
    world.consent.allow()
    world.phone.return_to_crm_tab()
    world.page.leave_alone(minutes=10, moments=MOMENTS)
    world.phone.return_to_crm_tab()


@scenario("ST-03", needs=("process", "storage"))
def backend_dies_at_first_byte(world: World) -> None:
    """The backend is killed at the page's first byte and started again."""
    world.phone.open_crm_tab()
    world.phone.tap_connect()
    with world.backend_dies_at_first_byte():
        world.consent.allow()


@scenario("ST-01", "CB-02", needs=("connect", "users", "tabs"))
def two_users_at_once(world: World) -> None:
    """Two users are on amoCRM's consent page at the same time; each connects an account of their own."""
    second = world.new_phone(SECOND_USER)
    for phone in (world.phone, second):
        phone.open_crm_tab()
        phone.tap_connect()
    second.consent.allow()
    second.return_to_crm_tab()
    world.consent.allow()
    world.phone.return_to_crm_tab()


@scenario("CB-12")
def somebody_looks_first(world: World) -> None:
    """A HEAD request, a prefetch and a messenger's preview ask for the callback before its user does."""
    for look in LOOKS:
        query = world.amo.redirect(state=world.state_for())
        world.looks_first(query, look)
        world.page.open_callback(query)


@scenario("SEC-09", needs=("connect", "users", "tabs", "leads"))
def two_accounts(world: World) -> None:
    """Two users connect an account each, and each sees their own leads, then and after a refresh."""
    second = world.new_phone(SECOND_USER)
    world.amo.tells_accounts_apart()
    for account, phone in enumerate((world.phone, second)):
        world.amo.signs_in(account)
        world.amo.issues_short_tokens()
        phone.open_crm_tab()
        phone.tap_connect()
        phone.consent.allow()
        phone.return_to_crm_tab()
    for _ in ("as it is", "after a refresh"):
        for phone in (world.phone, second):
            phone.start_again()
        world.amo.access_token_expires()
