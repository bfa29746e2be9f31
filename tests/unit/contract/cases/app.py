"""APP-01 to APP-07 on timelines written by hand."""

import json
from typing import Any

from harness.timeline.amo_events import ApiRequest, FaultUsed, TokensIssued
from harness.timeline.events import (
    AppRequest,
    AppResponse,
    AppScreen,
    AppTap,
    HostDecided,
    LinkDelivered,
    LinkRouted,
    NetworkCondition,
    PhoneSwitchedOn,
    ScreenState,
    StoryStep,
)
from tests.unit.contract.story import (
    CODE,
    ERROR_TEXT,
    STATE,
    Case,
    Story,
    begins,
    code_missing,
    granted,
    happy_path,
    refused,
)

NO_CODE_TEXT = "Код авторизації відсутній."
CODE_LINK = "foryoure://amo-crm/callback?code=old&state=x"
CONNECT_PROMPT = "Підключіть АМО CRM"


def returned() -> Story:
    """Return the story up to the delivered success link."""
    return granted().taps_return().link_arrives(success="true", state=STATE)


def in_crm_tab(
    state: str = "connected", text: str = "Підключено", leads: int | None = 3, **started: Any
) -> Story:
    """Return the happy path with something else in the CRM tab."""
    story = happy_path(**started)
    return story.change(
        AppScreen,
        nth=len(story.places(AppScreen)) - 1,
        state=state,
        text=text,
        leads=leads,
    )


def leads_first() -> Story:
    """Return a story in which the leads are refreshed before the status."""
    story = returned().asks_leads().asks_status(True).screen("callback", "success", at_s=10)
    return story.screen("crm", "connected", at_s=11, leads=3)


def nothing_refreshed() -> Story:
    """Return a story in which the app asks nobody and comes back to the tab as it was."""
    story = returned().screen("callback", "success", at_s=10)
    return story.screen("crm", "disconnected", CONNECT_PROMPT, at_s=11)


def crm_after(gap_s: float) -> Story:
    """Return a story in which the CRM tab follows the success screen after so many seconds."""
    story = returned().asks_status(True).asks_leads().screen("callback", "success", at_s=10)
    return story.screen("crm", "connected", at_s=10 + gap_s, leads=3)


def old_link(state: ScreenState = "success", text: str = "") -> Story:
    """Return the story of a link with a code alone, and what the app makes of it."""
    story = begins().link_arrives(CODE_LINK, code="old", state="x").asks_status(True).asks_leads()
    return story.screen("callback", state, text).screen("crm", "connected")


def of_a_real_app(story: Story) -> Story:
    """Return a story whose link nobody saw arrive, nor any screen after it."""
    first = story.places(LinkDelivered)[0]
    story.change(LinkDelivered, is_inferred=True)
    story.events = [n for i, n in enumerate(story.events) if i < first or not isinstance(n, AppScreen)]
    return story


def ended_at_success() -> Story:
    """Return a journey by hand that ends while the app shows success."""
    story = granted(by_hand=True).link_arrives(success="true").asks_status(True).asks_leads()
    return story.screen("callback", "success", at_s=10)


def older_app(story: Story) -> Story:
    """Return the story on a phone with the app from before the fix."""
    return story.say_before(AppScreen, PhoneSwitchedOn(build="before_fix", sdk=52, host="ios-safari"))


def without_status_call(story: Story) -> Story:
    """Return the story on a phone whose app shows the leads without asking for the status."""
    return story.say_before(AppScreen, PhoneSwitchedOn(build="leads_alone", sdk=54, host="ios-safari"))


def kept_by_host() -> Story:
    """Return the story of a host that does nothing with the link."""
    seen = "page stays, nothing happens"
    return (
        granted()
        .taps_return()
        .say(HostDecided(url="foryoure://x", host="ios-wkwebview", outcome="dropped", seen=seen))
    )


def without_network(story: Story) -> Story:
    """Return the story on a phone that loses its network before the link comes."""
    return story.say_before(LinkDelivered, NetworkCondition(network="offline"))


def network_again(story: Story) -> Story:
    """Return a story in which the phone has its network again, which it had lost before the link came."""
    return without_network(story).say(NetworkCondition(network="online"))


def came_twice(second: ScreenState = "success") -> Story:
    """Return a story in which the link comes again while success is shown."""
    story = returned().asks_status(True).asks_leads().screen("callback", "success", at_s=10)
    story.link_arrives(success="true", state=STATE)
    return story if second == "success" else story.screen("callback", second)


def empty_link(text: str = NO_CODE_TEXT, **params: Any) -> Story:
    """Return the story of a link without anything that the app knows."""
    return begins().link_arrives("foryoure://amo-crm/callback", **params).screen("callback", "error", text)


def error_screen(text: str) -> Story:
    """Return the story of an error link with this text on the app's screen."""
    return refused().change(AppScreen, nth=1, text=text)


def issued(state: str) -> Story:
    """Return a story in which the backend issues this state."""
    return begins(state)


def marked(state: str) -> Story:
    """Return a story in which the backend issues it in an answer that begins with a byte order mark."""
    body = json.dumps({"url": f"https://www.amocrm.ru/oauth?state={state}"})
    return begins(state).change(AppResponse, nth=0, body=f"\ufeff{body}")


def expired_afterwards() -> Story:
    """Return the happy path, after which the token expires and the leads do not come."""
    story = happy_path().say(StoryStep(what="a day passes", tokens="expired"))
    return story.screen("crm", "disconnected", CONNECT_PROMPT)


def error_again() -> Story:
    """Return a story in which a second error link comes while the first one's screen stands."""
    url = "foryoure://amo-crm/callback?error=x"
    story = begins().link_arrives(url, error="x").screen("callback", "error", ERROR_TEXT)
    story.link_arrives(url, error="x").say(AppTap(target="retry"))
    return story.screen("crm", "disconnected", CONNECT_PROMPT)


def still_waiting(*, code: bool = False) -> Story:
    """Return a story in which the leads are being asked for again when it ends."""
    story = begins().link_arrives("foryoure://amo-crm/callback?code=x", code="x") if code else returned()
    return story.screen("callback", "processing", at_s=10).asks_status(True).asks_leads(None, status=500)


def later_page_refused(first: int | None = 50) -> Story:
    """Return a story in which the first leads come, and a later page is refused."""
    story = returned().screen("callback", "processing", at_s=10).asks_status(True)
    story.screen("callback", "success", at_s=10).asks_leads(first).asks_leads(None, status=429)
    return story.screen("crm", "connected", "Підключено", at_s=11)


PASSED = [
    Case("APP-01", "in order", happy_path(), "in this order"),
    Case("APP-01", "delivered twice", happy_path().link_arrives(success="true").app_succeeds()),
    Case(
        "APP-01",
        "an app that asks for no status",
        without_status_call(happy_path().drop(AppRequest, purpose="status")),
        "in this order",
    ),
    Case("APP-02", "status and leads alone", happy_path(), "it called status, leads"),
    Case("APP-03", "three leads", happy_path(), "3 leads"),
    Case("APP-03", "as many as there are", in_crm_tab(leads=7, leads_expected=7), "7 leads"),
    Case(
        "APP-03",
        "pages that have leads twice",
        happy_path(leads_expected=120)
        .asks_leads(100, more=True)
        .screen("crm", "connected", leads=200, user="1"),
        "200 leads",
    ),
    Case("APP-03", "the first page alone", in_crm_tab(leads=50, leads_expected=120), "50 leads"),
    Case("APP-03", "the token expired afterwards", expired_afterwards(), "3 leads"),
    Case("APP-04", "while the error stands already", error_again()),
    Case("APP-03", "an account without leads", in_crm_tab(leads=0, leads_expected=0), "0 leads"),
    Case(
        "APP-03",
        "loading first",
        happy_path().say_before(AppScreen, AppScreen(screen="crm", state="loading")),
    ),
    Case("APP-03", "the link twice", came_twice().screen("crm", "connected", at_s=11, leads=3)),
    Case(
        "APP-03",
        "to be connected until the network is there again",
        network_again(happy_path().change(AppScreen, nth=-1, text=CONNECT_PROMPT)).screen(
            "crm", "connected", leads=3
        ),
    ),
    Case("APP-04", "the text and the CRM tab", refused(), "the error, then the CRM tab"),
    Case("APP-05", "refreshed", old_link(), "it called status, leads"),
    Case("APP-06", "nothing in the link", empty_link(), "it was shown"),
    Case("APP-06", "success, but not true", empty_link(success="false")),
    Case("APP-06", "an empty code", empty_link(code="")),
    Case("APP-07", "unreserved characters", issued("Az09-._~"), "Az09-._~"),
    Case("APP-07", "an answer with a byte order mark", marked("Az09"), "Az09"),
]

FAILED = [
    Case(
        "APP-01",
        "the leads not refreshed by an app that asks for no status",
        without_status_call(happy_path().drop(AppRequest)),
        "the leads were not refreshed",
    ),
    Case(
        "APP-01",
        "the status not refreshed",
        happy_path().drop(AppRequest, purpose="status"),
        "status was not",
    ),
    Case(
        "APP-01", "the leads not refreshed", happy_path().drop(AppRequest, purpose="leads"), "leads were not"
    ),
    Case("APP-01", "nothing refreshed", nothing_refreshed(), "the status was not refreshed"),
    Case("APP-01", "the leads first", leads_first(), "before the status"),
    Case("APP-01", "no success", happy_path().drop(AppScreen, state="success"), "success was not shown"),
    Case("APP-01", "no CRM tab", happy_path().drop(AppScreen, state="connected"), "did not follow"),
    Case("APP-01", "the CRM tab at once", crm_after(0), "after 0.00 s"),
    Case("APP-01", "the CRM tab late", crm_after(3), "after 3.00 s"),
    Case(
        "APP-02",
        "exchange-code",
        happy_path().say(AppRequest(purpose="exchange_code")),
        "exchange-code",
    ),
    Case("APP-03", "still to be connected", in_crm_tab("disconnected", CONNECT_PROMPT, None), CONNECT_PROMPT),
    Case(
        "APP-03",
        "to be connected for a moment",
        happy_path().screen("crm", "disconnected", CONNECT_PROMPT).screen("crm", "connected", leads=3),
        CONNECT_PROMPT,
    ),
    Case(
        "APP-03",
        "to be connected though the network is there again",
        network_again(in_crm_tab("disconnected", CONNECT_PROMPT, None)),
        CONNECT_PROMPT,
    ),
    Case("APP-01", "the link twice and no CRM tab", came_twice("processing"), "did not follow"),
    Case("APP-03", "the first page was refused", later_page_refused(None), "no list"),
    Case("APP-03", "no list", in_crm_tab(leads=None), "no list"),
    Case("APP-03", "an empty list", in_crm_tab(leads=0, leads_expected=120), "0 leads of 120"),
    Case("APP-03", "somebody else's too", in_crm_tab(leads=9, leads_expected=3), "9 leads of 3"),
    Case(
        "APP-03",
        "no list because the token was not refreshed",
        in_crm_tab(leads=None).say_before(
            LinkRouted, ApiRequest(method="GET", path="/api/v4/leads", status=401)
        ),
    ),
    Case("APP-04", "another text", error_screen("Помилка"), "callback error “Помилка”"),
    Case("APP-04", "success", refused().change(AppScreen, nth=1, state="success"), "callback success"),
    Case(
        "APP-04",
        "retry leads nowhere",
        refused().drop(AppScreen, screen="crm", at_s=15),
        "retry did not lead",
    ),
    Case("APP-05", "exchange-code", old_link().say(AppRequest(purpose="exchange_code")), "exchange-code"),
    Case("APP-05", "an error", old_link(state="error", text=NO_CODE_TEXT), NO_CODE_TEXT),
    Case(
        "APP-05", "not refreshed", old_link().drop(AppRequest, purpose="status"), "status was not refreshed"
    ),
    Case("APP-06", "another text", empty_link("Помилка"), "Помилка"),
    Case("APP-06", "no screen", empty_link().drop(AppScreen, screen="callback"), "no screen"),
    *(Case("APP-07", f"a {c!r}", issued(f"a{c}b"), c.strip()) for c in "+&#%=/ é"),
]


def short_token_over() -> Story:
    """Return a story whose access token has ended at once when the CRM tab is shown, which lists nothing."""
    story = begins().consents().callback(code=CODE, state=STATE).asks_amo()
    story.say(TokensIssued(expires_in=0)).answers().shows_success().is_left_alone().taps_return()
    story.link_arrives(success="true", state=STATE)
    story.screen("callback", "success", at_s=10)
    return story.screen("crm", "connected", "Підключено", at_s=11)


UNSEEN = [
    Case(
        "APP-01", "a journey by hand that ends at success", ended_at_success(), "while the app showed success"
    ),
    Case("APP-01", "a real app", of_a_real_app(happy_path()), "its user alone sees"),
    Case(
        "APP-03", "a real app", of_a_real_app(granted().link_arrives(success="true")), "its user alone sees"
    ),
    Case("APP-04", "a real app", of_a_real_app(refused()), "its user alone sees"),
    Case("APP-05", "a real app", of_a_real_app(old_link()), "its user alone sees"),
    Case(
        "APP-06",
        "a real app",
        of_a_real_app(begins().link_arrives("foryoure://amo-crm/callback")),
        "its user",
    ),
    Case("APP-03", "a later page was refused", later_page_refused(), "page was answered with HTTP 429"),
    Case("APP-03", "a short token had ended", short_token_over(), "had ended before"),
    Case("APP-01", "the leads are asked for again", still_waiting(), "still waiting"),
    Case("APP-05", "the leads are asked for again", still_waiting(code=True), "still waiting"),
    Case("APP-01", "no link", granted(), "no link with success=true"),
    Case("APP-01", "an error", refused()),
    Case("APP-01", "a page that stays", kept_by_host(), "in ios-wkwebview: page stays, nothing happens"),
    Case("APP-01", "a link that the router dropped", granted().say(LinkDelivered(url="x"))),
    Case(
        "APP-01",
        "nothing to refresh",
        returned().asks_status(False).screen("callback", "success", at_s=1),
        "leads",
    ),
    Case("APP-01", "an older app", older_app(happy_path())),
    Case("APP-01", "no network", without_network(happy_path()), "no network"),
    Case("APP-05", "no network", without_network(old_link()), "no network"),
    Case(
        "APP-03", "no network", without_network(in_crm_tab("disconnected", CONNECT_PROMPT, None)), "the end"
    ),
    Case("APP-02", "no link", granted()),
    Case("APP-02", "nothing called", returned(), "called nothing"),
    Case(
        "APP-03",
        "no tokens",
        begins().link_arrives(success="true").app_succeeds(),
        "after tokens were granted",
    ),
    Case("APP-03", "not yet there", returned().screen("callback", "success"), "not shown after the success"),
    Case(
        "APP-03",
        "amoCRM down",
        in_crm_tab(leads=None)
        .say_before(AppScreen, FaultUsed(step="leads", fault="server_error"))
        .move(FaultUsed, before=LinkRouted),
        "did not serve the leads",
    ),
    Case("APP-04", "no error", happy_path()),
    Case(
        "APP-04",
        "no retry",
        code_missing().drop(AppTap, target="retry").drop(AppScreen, at_s=15),
        "retry",
    ),
    Case("APP-05", "no such link", happy_path()),
    Case("APP-06", "no such link", happy_path()),
    Case("APP-06", "an error", empty_link(ERROR_TEXT, error="x")),
    Case("APP-07", "a state of the harness's own", happy_path().drop(AppResponse, purpose="auth_url")),
    Case("APP-07", "no state", issued(""), "issued no state"),
]
