"""TOK-01 to TOK-04 on timelines written by hand."""

from typing import Any

from harness.timeline.amo_events import AmoClockAdvanced, ApiRequest, TokenRequest, TokensIssued
from harness.timeline.events import ScreenState, StoryStep, TokenState
from tests.unit.contract.story import CODE, STATE, Case, Story, begins, happy_path

OK = 200
CONNECT_PROMPT = "Підключіть АМО CRM"
REFRESH = "def50200refresh4711"


def after(tokens: TokenState, story: Story | None = None) -> Story:
    """Return the happy path up to the moment at which this happens to the tokens."""
    return (story or happy_path()).say(StoryStep(what="something happens to the tokens", tokens=tokens))


def refreshes(
    story: Story,
    status: int | None = 200,
    account: int = 1,
    lives_s: int | None = None,
    problem: str | None = None,
) -> Story:
    """The backend asks for new tokens of an account."""
    refresh = TokenRequest(grant_type="refresh_token", refresh_token=REFRESH, status=status, problem=problem)
    story.say(refresh)
    issued = TokensIssued(grant_type="refresh_token", account_id=account, expires_in=lives_s)
    return story.say(issued) if status == 200 else story


def calls_amo(story: Story, status: int | None) -> Story:
    """The backend asks amoCRM for the leads."""
    return story.say(ApiRequest(method="GET", path="/api/v4/leads", status=status))


def tab(
    story: Story, leads: int | None = 3, text: str = "Підключено", state: ScreenState = "connected"
) -> Story:
    """The app shows its CRM tab."""
    return story.screen("crm", state, text, leads=leads)


def expired_unnoticed() -> Story:
    """The token expires, one refresh, and the leads come."""
    return tab(refreshes(after("expired")).asks_status(True).asks_leads())


def expired_noticed(**shown: Any) -> Story:
    """The token expires, and the user sees it."""
    return tab(calls_amo(after("expired"), 401).asks_leads(None, status=401), **shown)


def clock_moved_alone() -> Story:
    """AmoCRM's clock was moved, the backend's own was not, and it refreshed nothing."""
    story = after("expired").say(AmoClockAdvanced(seconds=86_460.0))
    return tab(calls_amo(story, 401).asks_leads(None, status=502), leads=None)


def short_token() -> Story:
    """Return the story up to an access token that lives for three seconds."""
    return begins().consents().callback(code=CODE, state=STATE).asks_amo().say(TokensIssued(expires_in=3))


def succeeds(story: Story) -> Story:
    """The page is shown and left, and the app says that it was connected."""
    story.shows_success().is_left_alone().taps_return()
    return story.link_arrives(success="true", state=STATE).screen("callback", "success")


def refreshed_early(status: int = 200, **shown: Any) -> Story:
    """A backend that refreshes minutes before a token ends does so at once where the token is short."""
    story = refreshes(succeeds(short_token().answers()), status)
    return tab(story.asks_status(status == OK), **shown)


def refreshed_for_the_leads() -> Story:
    """The CRM tab waits for the leads, for which the backend refreshes first; they never come."""
    return refreshes(tab(succeeds(short_token().answers()), leads=None), 400)


def refreshed_at_the_page() -> Story:
    """Asked for the status at the page's first byte, the backend refreshes, and amoCRM refuses."""
    return succeeds(refreshes(short_token(), 400).answers(connected=False))


def lost(status: bool | None, leads: int) -> Story:
    """The answer to a refresh is lost; then the status says this, and the leads answer that."""
    story = refreshes(after("refresh_lost")).asks_status(status)
    return story.asks_leads(3 if leads == 200 else None, status=leads)


def switched_off(status: bool | None, leads: int = 502) -> Story:
    """The integration is switched off in amoCRM."""
    story = calls_amo(after("switched_off"), 401).asks_status(status)
    return story.asks_leads(None if leads >= 400 else 3, status=leads)


def known_too_late(tokens: TokenState) -> Story:
    """The status says connected before the leads make the backend ask amoCRM, and nobody asks again."""
    story = after(tokens).asks_status(True)
    story = refreshes(story, None) if tokens == "refresh_lost" else calls_amo(story, 401)
    return story.asks_leads(None, status=409)


def tries_again(known: bool | None = None, leads: int = 409) -> Story:
    """The answer to a refresh is lost, the backend tries once more and is refused; then it may be asked."""
    story = refreshes(after("refresh_lost")).asks_leads(None, status=503).asks_status(True)
    story = refreshes(story, 400).asks_leads(None, status=leads)
    return story if known is None else story.asks_status(known).asks_leads(None, status=leads)


def limited(status: bool | None, answer: int | None = 429) -> Story:
    """AmoCRM limits requests."""
    return calls_amo(after("limited"), answer).asks_leads(None, status=503).asks_status(status)


def limited_late() -> Story:
    """AmoCRM limits requests once the status was asked for."""
    return calls_amo(after("limited").asks_status(True), 429).asks_leads(None, status=503)


PASSED = [
    Case("TOK-01", "refreshed", expired_unnoticed(), "3 leads"),
    Case("TOK-01", "refreshed early", refreshed_early(), "3 leads"),
    Case("TOK-02", "one refresh", expired_unnoticed(), "one refresh"),
    Case("TOK-02", "one for each account", refreshes(refreshes(after("expired")), account=2), "one refresh"),
    Case("TOK-02", "again once expired", refreshes(refreshes(after("expired"), lives_s=0)), "one refresh"),
    Case("TOK-02", "an answer lost, and told", lost(status=False, leads=401), "said not connected"),
    Case("TOK-02", "an answer lost, and leads all the same", lost(status=True, leads=200)),
    Case("TOK-02", "an answer lost, told once refused", tries_again(known=False), "said not connected"),
    Case("TOK-03", "told by the status", switched_off(status=False), "said not connected"),
    Case("TOK-03", "the leads were kept", switched_off(status=True, leads=200)),
    Case("TOK-04", "told by the leads alone", limited(status=True), "connected"),
    Case("TOK-04", "amoCRM down", limited(status=True, answer=502)),
]

FAILED = [
    Case("TOK-01", "to be connected again", expired_noticed(leads=None, text=CONNECT_PROMPT), CONNECT_PROMPT),
    Case("TOK-01", "no list", expired_noticed(leads=None), "no list"),
    Case("TOK-01", "early, and not stored", refreshed_early(leads=None), "no list"),
    Case("TOK-01", "early, refused", refreshed_early(400, leads=None, text=CONNECT_PROMPT), CONNECT_PROMPT),
    Case("TOK-02", "two early ones", tab(refreshes(refreshed_early())), "2 refreshes bought"),
    Case("TOK-02", "two refreshes", refreshes(refreshes(after("expired"))), "2 refreshes bought"),
    Case(
        "TOK-02", "two in an hour", refreshes(refreshes(after("expired"), lives_s=3600)), "2 refreshes bought"
    ),
    Case("TOK-02", "a spent token", refreshes(refreshes(after("expired")), 401), "token that was spent"),
    Case(
        "TOK-02",
        "a spent token, told by its name",
        refreshes(refreshes(after("expired")), 401, problem="refresh_revoked"),
        "token that was spent",
    ),
    Case(
        "TOK-02", "a lie after a lost answer", lost(status=True, leads=500), "while the leads answer HTTP 500"
    ),
    Case("TOK-02", "a lie once refused", tries_again(known=True), "while the leads answer HTTP 409"),
    Case("TOK-02", "no readable status after it", lost(status=None, leads=500), "no readable answer"),
    Case("TOK-03", "a 403", switched_off(status=False, leads=403), "answered 403"),
    Case("TOK-03", "connected without leads", switched_off(status=True), "while the leads answer HTTP 502"),
    Case("TOK-04", "disconnected", limited(status=False), "said not connected"),
    Case(
        "TOK-04",
        "the tab prompts",
        tab(limited(status=True), leads=None, text=CONNECT_PROMPT, state="disconnected"),
        CONNECT_PROMPT,
    ),
]

UNSEEN = [
    Case("APP-03", "refreshed early in vain", refreshed_early(400, leads=None), "CRM tab was not shown"),
    Case("APP-03", "refreshed for the leads", refreshed_for_the_leads(), "TOK-01 says how that went"),
    Case("ST-01", "early, refused", refreshed_early(400, leads=None), "only once something else"),
    Case("CB-02", "refreshed as the page waits", refreshed_at_the_page(), "TOK-01 says how that went"),
    Case("TOK-01", "nothing expired", happy_path(), "no access token expired"),
    Case("TOK-01", "nobody looked", after("expired"), "nobody opened the CRM tab"),
    Case("TOK-01", "clocks that do not agree", clock_moved_alone(), "the backend's own was not"),
    Case("TOK-01", "never connected", after("expired", begins()), "granted tokens before"),
    Case("TOK-02", "no refresh", after("expired"), "refreshed nothing"),
    Case(
        "TOK-02",
        "a refresh that is none",
        refreshes(after("expired"), 400, problem="redirect_uri_missing"),
        "amoCRM took no refresh: redirect_uri_missing (TOK-01)",
    ),
    Case("TOK-02", "no refresh to lose", after("refresh_lost"), "refreshed nothing"),
    Case("TOK-02", "no status after it", refreshes(after("refresh_lost")), "nobody asked for the status"),
    Case("TOK-03", "never switched off", happy_path(), "was not switched off"),
    Case("TOK-03", "nobody called amoCRM", after("switched_off").asks_status(True), "it could not know"),
    Case("TOK-02", "a status from before", known_too_late("refresh_lost"), "once the backend could know"),
    Case("TOK-02", "a status from before the refusal", tries_again(), "once the backend could know"),
    Case("TOK-03", "a status from before", known_too_late("switched_off"), "once the backend could know"),
    Case("TOK-04", "a status from before", limited_late(), "once the backend could know"),
    Case("TOK-04", "never limited", happy_path(), "limited nothing"),
    Case("TOK-04", "no status", calls_amo(after("limited"), 429), "nobody asked for the status"),
    Case("TOK-04", "nobody called amoCRM", after("limited").asks_status(False), "did not call amoCRM"),
]
