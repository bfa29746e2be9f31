"""SEC-01 to SEC-07 on timelines written by hand."""

from typing import Any, Literal

from harness.timeline.events import (
    AppResponse,
    BackendOutput,
    BackendStarted,
    ConnectionRefused,
    PageSent,
    StoryStep,
    TurnedElsewhere,
)
from harness.timeline.gateway_events import Broken, GatewayResponse
from harness.timeline.page_events import Departure, PageComplained, PageShown, Reloaded, ScriptRan
from tests.unit.contract.story import (
    ACCESS_TOKEN,
    CLIENT_SECRET,
    CODE,
    OTHER_CODE,
    PAGE_HEADERS,
    REFRESH_TOKEN,
    STATE,
    SUCCESS_LINK,
    TEXTS,
    Case,
    Story,
    begins,
    code_missing,
    declined,
    granted,
    handed_on,
    happy_path,
    refused,
    unreachable,
)

HTML = (("Content-Type", "text/html"),)
MARKUP = "<img src=x onerror=stolen()>"
ESCAPED = "&lt;img src=x onerror=stolen()&gt;"
FORGED = "ok\n2026-01-01 INFO connected user 1"


def complains(level: str, text: str) -> Story:
    """Return the happy path whose page writes this to its console, or whose browser does."""
    return happy_path().say(PageComplained(level=level, text=f"it says {text}"))


def answers(purpose: Literal["status", "leads"], **holds: Any) -> Story:
    """Return the happy path with one more answer to the app, which holds this."""
    return happy_path().say(AppResponse(purpose=purpose, status=200, **holds))


def hostile(body: str, *values: str) -> Story:
    """Return the story of a refusal whose text is hostile, with this page."""
    story = begins().say(StoryStep(what="a hostile text", hostile=values or (MARKUP,)))
    story.consents().callback(code=CODE, state=STATE).asks_amo(status=400)
    return story.answers(body, connected=False).shows_failure("text")


def foreign_state(kind: Literal["unknown", "spent"] = "unknown") -> Story:
    """Return the correct story of a state that has to be refused."""
    story = begins().say(StoryStep(what="another state", state_kind=kind))
    return (
        story.callback(code=CODE, state="forged").answers(connected=False).shows_failure("Not started here.")
    )


def spent_state() -> Story:
    """Return a whole happy path and then a second code with the state that it spent."""
    story = happy_path().say(StoryStep(what="again", state_kind="spent"))
    return story.callback(code=OTHER_CODE, state=STATE).answers().shows_failure("Already used.")


def answered_with(*headers: tuple[str, str], body: str = "") -> Story:
    """Return the happy path with these headers on its page."""
    return happy_path().change(GatewayResponse, headers=(*HTML, *headers), body=body)


def reloaded() -> Story:
    """Return the correct story of a callback that is loaded again."""
    story = happy_path().say(Reloaded(url="")).callback(code=CODE, state=STATE)
    return story.answers("<p>again</p>").shows_success().asks_status(True)


def delivered_twice(body: str = "<h1>✓ Authorization successful!</h1>", status: int = 200) -> Story:
    """Return a story in which the callback is delivered twice at once; one answer is shown by nobody."""
    story = begins().consents().callback(code=CODE, state=STATE).callback(code=CODE, state=STATE)
    story.asks_amo().answers(body, status=status)
    story.exchanges = 1
    return story.answers().shows_success().asks_status(True)


def result_page_reloaded(*said: str, **page: Any) -> Story:
    """Return a story in which the page that the callback redirects to is loaded again."""
    story = begins().consents().callback(code=CODE, state=STATE).asks_amo()
    story.answers("", status=303, headers=(("Location", "/done"),)).follows("/done").answers().shows_success()
    story.follows("/done").answers().shows(*said, title="", **page).asks_status(True)
    return story


GONE: dict[str, Any] = {"http_status": 404, "button": None}


def error_link(value: str, **params: Any) -> Story:
    """Return a story with this encoded error in the link, and what the app's router makes of it."""
    url = f"foryoure://amo-crm/callback?error={value}"
    story = unreachable().change(Departure, url=url)
    return story.link_arrives(url, **params) if params else story


def prints(*lines: str, hostile: tuple[str, ...] = ()) -> Story:
    """Return the happy path of a backend that writes these lines."""
    story = happy_path().say(StoryStep(what="", hostile=hostile))
    for line in lines:
        story.say(BackendOutput(line=line))
    return story


def other_user_after_reload() -> Story:
    """Return a reload after which another user's status is the first to be asked for."""
    story = happy_path().callback(code=CODE, state=STATE).answers().shows_success()
    return story.asks_status(False, user="2").asks_status(True)


def delivered_before() -> Story:
    """Return a story in which the page's link had been made up before, and read otherwise."""
    url = "foryoure://amo-crm/callback?error=x"
    story = begins().link_arrives(url, success="true").callback(code=CODE, state=STATE).answers()
    return story.shows_failure("x").taps_return(url)


SECRETS = {
    "code": CODE,
    "access token": ACCESS_TOKEN,
    "refresh token": REFRESH_TOKEN,
    "secret": CLIENT_SECRET,
}


def elsewhere(request: str = "", *, tls: bool = False) -> Story:
    """Return a story whose callback names another host, which is then sent this."""
    story = begins().consents().say(StoryStep(what="another host", foreign_host="127.0.0.1:9"))
    story.callback(code=CODE, state=STATE, referer="127.0.0.1:9")
    if request or tls:
        story.say(TurnedElsewhere(host="127.0.0.1:9", request=request, tls=tls))
    return story


def asked_by_proxy(host: str) -> Story:
    """Return a story whose callback names another host, to which the backend is not let through."""
    return elsewhere().say(ConnectionRefused(host=host)).answers(connected=False).shows_failure()


PASSED = [
    Case("SEC-08", "not turned to", elsewhere().asks_amo().answers().shows_success(), "not turned to"),
    Case("SEC-08", "refused", elsewhere().answers(connected=False).shows_failure()),
    Case("SEC-08", "asked without a secret", elsewhere("GET / HTTP/1.1").asks_amo().answers()),
    Case("SEC-08", "another refused connection", asked_by_proxy("fonts.example")),
    Case("SEC-01", "a browser's own complaint names the address", complains("error", CODE)),
    Case("SEC-01", "nothing shown", happy_path(), "none in the page, a header, the link"),
    Case("SEC-01", "an error", refused()),
    Case("SEC-01", "a session that is renewed", answers("status", headers=(("X", "‹session:0a1b2c3d›"),))),
    Case("SEC-01", "the code is handed on to another address", handed_on()),
    Case("SEC-02", "escaped", hostile(ESCAPED), "nothing of it became markup"),
    Case("SEC-02", "not repeated", hostile("<p>failed</p>")),
    Case("SEC-02", "harmless as it is", hostile("<p>50% off", "50% off")),
    Case(
        "SEC-02",
        "JSON is no markup",
        hostile(MARKUP).change(GatewayResponse, headers=(("Content-Type", "text/plain"),)),
    ),
    Case(
        "SEC-03",
        "an error link",
        foreign_state().taps_return("foryoure://amo-crm/callback?error=state_unknown"),
    ),
    Case("SEC-03", "an unknown state", foreign_state(), "the unknown state was refused"),
    Case("SEC-03", "a spent state", spent_state(), "the spent state was refused"),
    Case("SEC-04", "both headers", happy_path(), "both are there"),
    Case(
        "SEC-04",
        "among other words",
        answered_with(("cache-control", "private, No-Store"), ("referrer-policy", "origin, no-referrer")),
    ),
    Case(
        "SEC-04",
        "the policy in the markup",
        answered_with(("Cache-Control", "no-store"), body='<meta name="referrer" content="no-referrer">'),
    ),
    Case("SEC-05", "disconnected long after", reloaded().asks_status(False)),
    Case("SEC-05", "another user is not connected", other_user_after_reload()),
    Case("SEC-05", "loaded again", reloaded(), "no failure was shown"),
    Case("SEC-05", "delivered twice", delivered_twice()),
    Case("CB-05", "what a reload shows is SEC-05's", result_page_reloaded("Nothing here", **GONE)),
    Case("SEC-05", "a result page loaded again", result_page_reloaded(TEXTS.success_heading)),
    Case("SEC-06", "another link that the app got", error_link("x").link_arrives("y", success="true")),
    Case("SEC-06", "the same link delivered before", delivered_before()),
    Case("SEC-06", "a stable reason", error_link("amo_unreachable"), "amo_unreachable"),
    Case("SEC-06", "a sentence", error_link("Invalid%20account", error="Invalid account")),
    Case("SEC-07", "hostile text that ends its line", prints("INFO started", hostile=("x\n\n",))),
    Case("SEC-07", "a quiet log", prints("INFO started"), "none in 1 lines"),
    Case("SEC-07", "hostile text on one line", prints(f"refused {FORGED!r}", hostile=(FORGED,))),
]

FAILED = [
    Case("SEC-01", "a token in the console", complains("log", ACCESS_TOKEN), "the page's console"),
    Case("SEC-01", "a token beside the code that is handed on", handed_on(also=ACCESS_TOKEN)),
    Case("SEC-08", "the code", elsewhere(f"POST / HTTP/1.1 code={CODE}").asks_amo().answers(), "‹code:"),
    Case(
        "SEC-08",
        "the secret",
        elsewhere(f"secret={CLIENT_SECRET}").answers(connected=False),
        "‹client_secret:",
    ),
    Case("SEC-08", "by the page", happy_path().say(PageSent(url=f"https://a.example/?{CODE}")), "to a.ex"),
    Case("SEC-08", "over TLS", elsewhere(tls=True).answers(connected=False), "TLS connection"),
    Case("SEC-08", "stopped by the proxy", asked_by_proxy("127.0.0.1"), "turned to 127.0.0.1"),
    *(
        Case(
            "SEC-01",
            f"the {what} in the page",
            happy_path().change(GatewayResponse, body=f"<p>{value}"),
            "the page holds ‹",
        )
        for what, value in SECRETS.items()
    ),
    *(
        Case(
            "SEC-01",
            f"the {what} in a header",
            happy_path().change(GatewayResponse, headers=(*PAGE_HEADERS, ("Set-Cookie", f"x={value}"))),
            "a header holds ‹",
        )
        for what, value in SECRETS.items()
    ),
    Case(
        "SEC-01",
        "a script wrote it into the page",
        happy_path().change(PageShown, html=f"<p>{CODE}"),
        "the page holds",
    ),
    Case(
        "SEC-01",
        "in a redirect",
        begins()
        .callback(code=CODE)
        .asks_amo()
        .answers("", status=303, headers=(("Location", f"/done?code={CODE}"),)),
        "a header holds ‹code:",
    ),
    Case(
        "SEC-01",
        "in the link",
        happy_path().change(Departure, url=f"{SUCCESS_LINK}&t={ACCESS_TOKEN}"),
        "the link",
    ),
    Case("SEC-01", "in status", answers("status", body=ACCESS_TOKEN), "the answer of status holds"),
    Case("SEC-01", "in leads", answers("leads", body=ACCESS_TOKEN), "the answer of leads holds"),
    Case(
        "SEC-01", "in its header", answers("status", headers=(("X", ACCESS_TOKEN),)), "a header of the answer"
    ),
    Case("SEC-02", "markup", hostile(f"<p>{MARKUP}"), "unescaped in the page"),
    Case(
        "SEC-02",
        "markup in a body that cannot be read",
        hostile("").change(GatewayResponse, unreadable="br").change(PageShown, html=f"<p>{MARKUP}"),
        "unescaped in the page",
    ),
    Case("SEC-02", "the end of a script", hostile("<script>x='</script><b>'", "</script><b>"), "unescaped"),
    Case(
        "SEC-02",
        "a script ran",
        hostile(ESCAPED).say(ScriptRan(marker="stolen")),
        "it ran: “stolen”",
    ),
    Case("SEC-02", "a script ran that no scenario sent", happy_path().say(ScriptRan(marker="x"))),
    Case(
        "SEC-03",
        "exchanged, and no answer",
        foreign_state().asks_amo().drop(GatewayResponse).drop(PageShown),
        "sent to",
    ),
    Case("SEC-03", "exchanged", foreign_state().asks_amo(), "sent to amoCRM"),
    Case(
        "SEC-03", "a success page", foreign_state().change(PageShown, text=TEXTS.success_heading), "succeeded"
    ),
    Case("SEC-03", "a success link", foreign_state().taps_return(), "success=true"),
    Case("SEC-03", "a spent state exchanged", spent_state().asks_amo(OTHER_CODE), "sent to amoCRM"),
    Case(
        "SEC-04",
        "kept in a cache",
        answered_with(("Cache-Control", "no-cache"), ("Referrer-Policy", "no-referrer")),
        "“no-cache”",
    ),
    Case(
        "SEC-04",
        "no word of a cache",
        answered_with(("Referrer-Policy", "no-referrer")),
        "Cache-Control is “”",
    ),
    Case("SEC-04", "a referrer", answered_with(("Cache-Control", "no-store")), "referrer policy is “”"),
    Case(
        "SEC-04",
        "another policy",
        answered_with(("Cache-Control", "no-store"), ("Referrer-Policy", "origin")),
    ),
    Case(
        "SEC-05",
        "a failure, and nobody asked",
        reloaded().change(PageShown, nth=1, text=TEXTS.failed_heading).drop(AppResponse, purpose="status"),
    ),
    Case(
        "SEC-05",
        "a failure is shown",
        reloaded().change(PageShown, nth=1, text=TEXTS.failed_heading),
        "failed",
    ),
    Case("SEC-05", "an error status", reloaded().change(GatewayResponse, nth=1, status=400), "HTTP 400"),
    Case(
        "SEC-05",
        "an error link",
        reloaded().taps_return("foryoure://amo-crm/callback?error=x").asks_status(True),
    ),
    Case(
        "SEC-05",
        "disconnected",
        reloaded().drop(AppResponse, purpose="status").asks_status(False),
        "the status said not connected",
    ),
    Case(
        "SEC-05",
        "a failure that nobody saw",
        delivered_twice("<h1>✗ Authorization failed</h1>"),
        "Authorization f",
    ),
    Case(
        "SEC-05",
        "broken off",
        begins()
        .callback(code=CODE)
        .asks_amo()
        .answers()
        .callback(code=CODE)
        .gateway(Broken, reason="reset")
        .asks_status(True),
        "broke off: reset",
    ),
    Case(
        "SEC-05", "a result page that is 404", result_page_reloaded("Nothing here", **GONE), ", was HTTP 404"
    ),
    Case("SEC-05", "a result page that is gone", result_page_reloaded(TEXTS.missing_heading), "missing"),
    *(Case("SEC-06", f"a {c}", error_link(f"x%{ord(c):02X}success%3Dtrue"), f"“{c}”") for c in "&#%"),
    Case(
        "SEC-06", "parameters that the app got", error_link("x", error="x", success="true"), "error, success"
    ),
    *(
        Case("SEC-07", f"the {what}", prints(f"GET /callback?x={value}"), "‹")
        for what, value in SECRETS.items()
    ),
    Case(
        "SEC-07",
        "a forged line",
        prints("refused ok", "2026-01-01 INFO connected user 1", hostile=(FORGED,)),
        "text from outside wrote",
    ),
]

UNSEEN = [
    Case("SEC-08", "no callback named another", happy_path(), "no callback named another host"),
    Case("SEC-08", "never answered", elsewhere(), "was not answered"),
    Case("SEC-01", "no code", code_missing()),
    Case("SEC-01", "no answer", granted().drop(GatewayResponse)),
    Case("SEC-02", "nothing hostile", happy_path(), "no hostile text"),
    Case("SEC-02", "no page", hostile(ESCAPED).drop(PageShown), "no browser"),
    Case("SEC-02", "no answer", hostile(ESCAPED).drop(GatewayResponse), "not answered"),
    Case("SEC-02", "hostile for another visit", happy_path().say(StoryStep(what="", hostile=(MARKUP,)))),
    Case("SEC-03", "its own state", happy_path()),
    Case("SEC-03", "not answered", foreign_state().drop(GatewayResponse).drop(PageShown), "not answered"),
    Case(
        "SEC-04",
        "no HTML",
        happy_path().change(GatewayResponse, headers=(("Content-Type", "application/json"),)),
    ),
    Case("SEC-04", "no page", begins()),
    Case("SEC-04", "half a page", answered_with().gateway(Broken, reason="killed"), "broke off: killed"),
    Case("SEC-05", "loaded once", happy_path(), "no granted callback was loaded again"),
    Case("SEC-05", "two users", happy_path().callback(code=OTHER_CODE).asks_amo(OTHER_CODE).answers()),
    Case("SEC-05", "nobody asked", reloaded().drop(AppResponse, purpose="status"), "nobody asked"),
    Case("SEC-05", "refused both times", refused().callback(code=CODE).asks_amo(status=400).answers()),
    Case("SEC-06", "no error", happy_path()),
    Case("SEC-06", "nobody returned", declined().drop(Departure)),
    Case(
        "SEC-07",
        "output that the harness does not see",
        prints("x").change(BackendStarted, how="already running"),
        "does not see",
    ),
    Case("SEC-07", "no code", code_missing(), "brought a code"),
]
