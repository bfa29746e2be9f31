"""LD-01 and SEC-09 on timelines written by hand."""

from harness.timeline.amo_events import TokenRequest, TokensIssued
from harness.timeline.events import AppResponse, StoryStep
from tests.unit.contract.story import CODE, OTHER_CODE, STATE, Case, Story, begins, happy_path

ACCOUNTS = {"1": ("30001", "Ніна"), "2": ("90002", "Остап")}
OTHER_STATE = "user-2.nonce-def"


def shown(leads: int | None, expected: int | None) -> Story:
    """Return the happy path with so many leads on the CRM tab, of so many."""
    story = happy_path(leads_expected=expected)
    return story.screen("crm", "connected", "Підключено", leads=leads)


def asks(story: Story, user: str, body: str) -> Story:
    """A user's app is answered with leads."""
    return story.say(AppResponse(purpose="leads", status=200, leads=1, body=body, user=user))


def connects(story: Story, code: str, state: str, account: int, **beside: str) -> Story:
    """A callback gets tokens of an account."""
    story.callback(code=code, state=state, **beside)
    story.say(TokenRequest(grant_type="authorization_code", code=code, status=200))
    story.say(TokensIssued(account_id=account))
    return story.answers().shows_success()


def two_users(second: int = 2, then: str = "", *, told: bool | None = None, **beside: str) -> Story:
    """Return a story in which two users connect an account each.

    `told` is what the second one's status said in between.
    """
    story = begins().taps_connect(OTHER_STATE, user="2")
    story.say(StoryStep(what="two accounts", accounts=ACCOUNTS))
    connects(story, CODE, STATE, 1, **beside)
    if told is not None:
        story.asks_status(told, user="2")
    return connects(story, OTHER_CODE, OTHER_STATE, second, **beside | ({"referer": then} if then else {}))


def paged(*pages: int, without_end: bool = False) -> Story:
    """Return a connected app that asks for pages of so many leads, of which the last names no other."""
    story = begins(leads_expected=sum(pages)).consents(CODE, STATE).callback(code=CODE, state=STATE)
    story.asks_amo().answers().shows_success()
    for number, leads in enumerate(pages, start=1):
        story.asks_leads(leads, more=without_end or number < len(pages))
    return story.screen("crm", "connected", leads=sum(pages), user="1")


PASSED = [
    Case("LD-01", "all", shown(120, 120), "120 leads"),
    Case("LD-01", "none of none", shown(0, 0), "0 leads"),
    Case("LD-01", "a full last page names an empty one", paged(50, 0), "50 leads"),
    Case("SEC-09", "their own by id", asks(asks(two_users(), "1", "[30001]"), "2", "[90002]"), "30001"),
    Case("SEC-09", "their own by name", asks(two_users(), "2", '["Остап"]'), "Остап"),
]

FAILED = [
    Case("LD-01", "the first page alone", shown(50, 120), "50 leads of 120"),
    Case(
        "LD-01",
        "a later page was refused",
        begins(leads_expected=120)
        .consents(CODE, STATE)
        .callback(code=CODE, state=STATE)
        .asks_amo()
        .answers()
        .shows_success()
        .asks_leads(50, more=True)
        .asks_leads(None, status=429)
        .screen("crm", "connected", user="1"),
        "0 leads of 120",
    ),
    Case("LD-01", "an empty page names another", paged(50, 0, without_end=True), "says that another follows"),
    Case("LD-01", "twice", shown(240, 120), "240 leads of 120"),
    Case("SEC-09", "the other's by id", asks(two_users(), "2", "[30001]"), "30001"),
    Case(
        "SEC-09",
        "the one before, at one address",
        asks(two_users(referer="127.0.0.1:6300"), "2", "[30001]"),
        "2 sees the lead “30001” of another account",
    ),
    Case(
        "SEC-09",
        "the later one, at one address, and users are not told apart",
        asks(two_users(referer="127.0.0.1:6300", told=True), "1", "[90002]"),
        "1 sees the lead “90002” of another account",
    ),
    Case(
        "SEC-09",
        "both at one address, which no key explains",
        asks(two_users(referer="127.0.0.1:6300"), "1", "[30001, 90002]"),
        "of another account",
    ),
    Case(
        "SEC-09",
        "the later one, each at its own address",
        asks(two_users(referer="127.0.0.1:6300", then="127.0.0.1:6301"), "1", "[90002]"),
        "of another account",
    ),
    Case("SEC-09", "the other's beside their own", asks(two_users(), "1", '["Ніна","Остап"]'), "Остап"),
]

UNSEEN = [
    Case("LD-01", "nobody knows how many", shown(50, None), "number of leads is known"),
    Case("LD-01", "never connected", begins(leads_expected=3), "number of leads is known"),
    Case("SEC-09", "one account", asks(two_users(second=1), "1", "[30001]"), "fewer than two accounts"),
    Case(
        "SEC-09",
        "the later one, at one address",
        asks(asks(two_users(referer="127.0.0.1:6300", told=False), "2", "[90002]"), "1", "[90002]"),
        "one `referer` here, by which it may keep them: hand it {amo_hosts}",
    ),
    Case("SEC-09", "nobody asked", two_users(), "asked for the leads"),
    Case("SEC-09", "leads without a name", asks(two_users(), "1", "[{}]"), "neither ids nor names"),
]
