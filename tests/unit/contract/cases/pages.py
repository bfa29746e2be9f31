"""CB-04 and CB-08 to CB-11 on timelines written by hand."""

from dataclasses import asdict, replace

from harness.timeline.amo_events import FaultUsed, TokenRequest
from harness.timeline.events import AppResponse, BackendKilled, StoryStep
from harness.timeline.gateway_events import Broken, GatewayRequest, GatewayResponse, Released, StatusProbe
from harness.timeline.page_events import Departure, PageShown
from tests.unit.contract.story import (
    BUTTON,
    CODE,
    OTHER_CODE,
    PAGE_HEADERS,
    REASON,
    STATE,
    TEXTS,
    Case,
    Story,
    begins,
    code_missing,
    declined,
    granted,
    happy_path,
    refused,
    unreachable,
)

JSON = (("Content-Type", "application/json"),)
UKRAINIAN = replace(
    TEXTS,
    success_title="Підключення",
    success_heading="Готово!",
    success_message="AMO CRM підключено.",
    tap_hint="Поверніться в застосунок:",
)


def says(story: Story, *words: str, title: str | None = None) -> Story:
    """Return the story with other words on its page."""
    story.change(PageShown, text="\n".join(words))
    return story if title is None else story.change(PageShown, title=title)


def in_ukrainian() -> Story:
    """Return a correct story of a backend whose configuration replaces the wording."""
    story = granted(texts=asdict(UKRAINIAN))
    wordings = (UKRAINIAN.success_heading, UKRAINIAN.success_message, UKRAINIAN.tap_hint)
    return says(story, *wordings, title=UKRAINIAN.success_title)


def made_up() -> Story:
    """Return a story of a callback without `referer`, sent from somebody's page and refused with JSON."""
    story = begins().say(StoryStep(what="a link on another page", foreign_host="127.0.0.1:9"))
    return answered_json(story.callback(code=CODE, state=STATE).answers(connected=False))


def answered_json(story: Story) -> Story:
    """Return the story with JSON in the place of its page, which no browser shows."""
    return story.drop(PageShown).change(GatewayResponse, headers=JSON, body='{"error": "x"}', status=500)


def turned_away(after: int) -> Story:
    """Return a story of so many refused states, and of one more callback that a limit turns away."""
    story = begins()
    for number in range(after):
        story.callback(code=f"{CODE}{number}").answers().shows_failure("Unknown.")
    story.callback(code=CODE).answers("Too many requests", status=429)
    return story.shows("Too many requests", title="", button=None)


def answered_json_in_the_browser() -> Story:
    """Return a story in which the browser shows JSON."""
    story = unreachable().change(PageShown, content_type="application/json", button=None)
    return says(story, '{"error": "ECONNRESET"}')


def refused_and(how: str) -> Story:
    """Return the story of a refusal after which no page comes: the answer breaks off, or leads nowhere."""
    story = begins().consents().callback(code=CODE, state=STATE).asks_amo(status=400)
    if how == "broken":
        return story.gateway(Broken, reason="connection reset")
    story.answers("<p>Found</p>", status=302, headers=(*PAGE_HEADERS, ("Location", "/loop")), connected=False)
    return story.change(GatewayResponse, goes_on=True, is_page=False)


def reset_content() -> Story:
    """Return a story in which an answer that calls itself HTML tells the browser to stay where it is."""
    story = unreachable().drop(PageShown).change(GatewayRequest, is_browser=True, is_navigation=True)
    return story.change(GatewayResponse, status=205, is_page=False)


def broken() -> Story:
    """Return a story in which the backend breaks off after it got its tokens."""
    story = begins().consents().callback(code=CODE, state=STATE).asks_amo()
    return story.gateway(Broken, reason="connection reset")


def connected_before_the_refusal() -> Story:
    """Return a story in which a second exchange is refused for an account that is connected."""
    story = happy_path().consents("def50200second", "s2").callback(code="def50200second", state="s2")
    story.asks_amo("def50200second", status=400).answers(connected=True).shows_failure(REASON)
    return story.taps_return("foryoure://amo-crm/callback?error=refused")


def asked_unseen(story: Story) -> Story:
    """Return the story of a callback that asks amoCRM all the same, and whose page nobody saw."""
    asked = TokenRequest(grant_type="authorization_code", code="", status=400)
    return story.drop(PageShown).drop(Departure).say_before(GatewayResponse, asked)


def connected_unseen() -> Story:
    """Return the story of a refusal after which the status says connected, and whose page nobody saw."""
    return refused().drop(PageShown).drop(Departure).asks_status(True)


def refused_by(status: int) -> Story:
    """Return the story of a refusal in which amoCRM's answer has another status."""
    return refused().change(TokenRequest, status=status)


def refused_then_granted() -> Story:
    """Return a story in which the user tries again after a refusal, and succeeds."""
    story = refused().consents(OTHER_CODE).callback(code=OTHER_CODE, state=STATE).asks_amo(OTHER_CODE)
    return story.answers().shows_success().taps_return().asks_status(True)


def looked_at(look: str) -> Story:
    """Return a story in which somebody looks at the callback before its user comes."""
    first = begins().consents().callback(code=CODE, state=STATE)
    first.change(GatewayRequest, nth=-1, look=look)
    first.answers(connected=False)
    return first.callback(code=CODE, state=STATE).asks_amo().answers().shows_success()


def looked_at_and_spent(look: str) -> Story:
    """Return a story in which a look spends the code, so that its user is refused."""
    story = begins().consents().callback(code=CODE, state=STATE)
    story.change(GatewayRequest, nth=-1, look=look)
    story.asks_amo(hold=False).answers()
    return story.callback(code=CODE, state=STATE).asks_amo(status=400).answers().shows_failure(REASON)


def looked_at_alone() -> Story:
    """Return a story in which the user never comes."""
    story = begins().consents().callback(code=CODE, state=STATE)
    story.change(GatewayRequest, nth=-1, look="HEAD")
    return story.answers(connected=False)


ALL_BUT_A_REASON = (TEXTS.failed_heading, TEXTS.tap_hint, TEXTS.button)

PASSED = [
    *(Case("CB-12", each, looked_at(each), "succeeded") for each in ("HEAD", "prefetch", "preview")),
    Case("CB-04", "the seeds' page", happy_path(), TEXTS.success_heading),
    Case("CB-04", "a charset spelt otherwise", happy_path().change(PageShown, charset="utf-8")),
    Case("CB-04", "a wording of its own", in_ukrainian(), "Готово!"),
    Case(
        "CB-04",
        "a message over two lines",
        says(
            granted(),
            *TEXTS.success_heading.split(),
            *(TEXTS.success_message.replace("successfully", "\n successfully"), TEXTS.tap_hint),
        ),
    ),
    Case(
        "CB-04",
        "signs that take no room",
        says(
            granted(),
            TEXTS.success_heading.replace("✓", "✓\ufe0e")
            .replace("iza", "i\u00adza")
            .replace("fu", "\u200bfu"),
            *(TEXTS.success_message, TEXTS.tap_hint),
        ),
    ),
    Case("CB-08", "the seeds' page and link", code_missing(), "code is missing"),
    Case(
        "CB-08",
        "an empty code",
        begins()
        .callback(code="")
        .answers()
        .shows(TEXTS.missing_heading, title="x")
        .taps_return("foryoure://amo-crm/callback?error=missing_code"),
    ),
    Case("CB-09", "connected by another attempt", refused_then_granted()),
    Case("CB-09", "another user is connected", refused().asks_status(True, user="2")),
    Case("CB-09", "a stable reason in the link", refused(), REASON),
    Case("CB-09", "the seeds' encoded message in the link", refused(error="Invalid%20account"), REASON),
    Case("CB-09", "a refusal without a hint", refused_by(status=401)),
    Case("CB-09", "a reason about null", says(refused(), *ALL_BUT_A_REASON, "The code is null")),
    Case(
        "CB-09",
        "an arrow on the button",
        refused().change(PageShown, button=replace(BUTTON, text="← " + TEXTS.button, name="")),
    ),
    Case("CB-10", "amoCRM resets the connection", unreachable(), "Authorization failed"),
    Case("CB-10", "amoCRM answers 500", unreachable().change(TokenRequest, status=500)),
    Case("CB-10", "more often than a person comes", turned_away(after=3), "Unknown."),
    Case("CB-10", "a page with a status of its own", unreachable().change(PageShown, http_status=502)),
    Case(
        "CB-10", "a state that is refused", begins().callback(code=CODE).answers().shows_failure("Unknown.")
    ),
    Case(
        "CB-10",
        "another error than a refusal of access",
        begins().callback(error="server_error").answers().shows_failure(),
    ),
    Case(
        "CB-10",
        "words like those of a trace",
        says(unreachable(), "at noon (12:30) the file line 3 was busy"),
    ),
    Case("CB-11", "a page of failure", declined(), "declined"),
    Case(
        "CB-11",
        "a page for a missing code",
        says(declined(), TEXTS.missing_heading).change(
            Departure, url="foryoure://amo-crm/callback?error=missing_code"
        ),
    ),
]

FAILED = [
    *(Case("CB-12", e, looked_at_and_spent(e), "the user is told") for e in ("HEAD", "prefetch", "preview")),
    Case("CB-04", "another status", happy_path().change(PageShown, http_status=201), "HTTP 201"),
    Case("CB-04", "plain text", happy_path().change(PageShown, content_type="text/plain"), "text/plain"),
    Case("CB-04", "no content type", happy_path().change(GatewayResponse, headers=()), "no Content-Type"),
    Case("CB-04", "another charset", happy_path().change(PageShown, charset="windows-1251"), "windows-1251"),
    Case("CB-04", "another title", happy_path().change(PageShown, title="OK"), "titled “OK”"),
    *(
        Case(
            "CB-04",
            f"without “{wording[:12]}”",
            says(
                granted(),
                *(w for w in (TEXTS.success_heading, TEXTS.success_message, TEXTS.tap_hint) if w != wording),
            ),
            wording,
        )
        for wording in (TEXTS.success_heading, TEXTS.success_message, TEXTS.tap_hint)
    ),
    Case("CB-04", "JSON", answered_json(granted()), "HTTP 500, application/json"),
    Case(
        "CB-08",
        "no button and no return",
        code_missing().change(PageShown, button=None).drop(Departure),
        "no button",
    ),
    Case("CB-08", "another page", says(code_missing(), TEXTS.failed_heading), "Authorization failed"),
    Case("CB-08", "no button", code_missing().change(PageShown, button=None), "no button"),
    Case(
        "CB-08",
        "another button",
        code_missing().change(PageShown, button=replace(BUTTON, text="OK", name="OK")),
        "OK",
    ),
    Case(
        "CB-08", "another error", code_missing().change(Departure, url="foryoure://amo-crm/callback?error=x")
    ),
    Case(
        "CB-08",
        "no error",
        code_missing().change(Departure, url="foryoure://amo-crm/callback"),
        "the link is",
    ),
    Case(
        "CB-08",
        "a token request",
        code_missing().say_before(
            GatewayResponse, TokenRequest(grant_type="authorization_code", code="undefined", status=400)
        ),
        "token request",
    ),
    Case("CB-08", "no page", answered_json(code_missing()), "application/json"),
    Case("CB-08", "amoCRM asked, and the browser told nothing", asked_unseen(code_missing()), "was sent"),
    Case("CB-11", "amoCRM asked, and the browser told nothing", asked_unseen(declined()), "was sent"),
    Case("CB-09", "connected, and the browser told nothing", connected_unseen(), "the status said connected"),
    Case(
        "CB-09",
        "no button and no return",
        refused().change(PageShown, button=None).drop(Departure),
        "no button",
    ),
    Case("CB-09", "broken off after a refusal", refused_and("broken"), "broke off: connection reset"),
    Case("CB-09", "a redirect that nothing follows", refused_and("loop"), "none of them to a page"),
    Case("CB-09", "another title", refused().change(PageShown, title=TEXTS.success_title), "titled"),
    Case("CB-09", "another heading", says(refused(), "Oops", REASON), "Oops"),
    Case("CB-09", "no reason", says(refused(), *ALL_BUT_A_REASON), "no reason"),
    *(
        Case("CB-09", f"{nothing} for a reason", says(refused(), *ALL_BUT_A_REASON, nothing), "no reason")
        for nothing in ("Error: [object Object]", "undefined", "Причина: null")
    ),
    Case("CB-09", "no button", refused().change(PageShown, button=None), "no button"),
    Case("CB-09", "nothing for an error", refused(error="undefined"), "the link is"),
    Case("CB-09", "an object for an error", refused(error="%5Bobject%20Object%5D"), "the link is"),
    Case("CB-09", "no error in the link", refused(error=""), "the link is"),
    Case("CB-09", "an error that is not encoded", refused(error="50%"), "has a bare `%` in"),
    Case(
        "CB-09",
        "the probe says connected",
        refused().change(StatusProbe, connected=True),
        "connected",
    ),
    Case("CB-09", "the status says connected", refused().asks_status(True), "the status said connected"),
    Case(
        "CB-04",
        "not in the encoding that it names",
        granted().change(GatewayResponse, is_corrupt=True, unreadable="the body is not gzip"),
        "a phone shows no page: the body is not gzip",
    ),
    Case("CB-10", "JSON in the browser", answered_json_in_the_browser(), "application/json"),
    Case("CB-10", "JSON called HTML", says(unreachable(), '{"error": "x"}'), "the page is JSON"),
    Case("CB-10", "JSON that nobody showed", answered_json(unreachable()), "application/json"),
    Case("CB-10", "turned away at the second", turned_away(after=1), "no button"),
    Case("CB-10", "a blank page", says(unreachable(), "").change(PageShown, button=None), "blank"),
    Case("CB-10", "no button", unreachable().change(PageShown, button=None), "no button"),
    Case("CB-04", "a page that hangs at load", granted().never_shown(), "stopped answering"),
    Case("CB-10", "a page that hangs at load", unreachable().never_shown(), "shows no page"),
    Case("CB-10", "a status without a page", reset_content(), "HTTP 205"),
    Case("CB-10", "broken off", broken(), "broke off: connection reset"),
    *(
        Case("CB-10", f"a trace like {language}", says(unreachable(), TEXTS.button, trace), "stack trace")
        for language, trace in (
            ("Python's", "Traceback (most recent call last):"),
            ("Node's", "Error: x\n    at Object.send (/app/routes.js:12:9)"),
            ("Java's", "\tat ua.crm.Amo.send(Amo.java:12)"),
            ("Node's for the anonymous", "Error: x\n    at node:internal/process:95:5"),
            ("PHP's", "#0 /app/index.php(12): send()"),
            ("Go's", "goroutine 1 [running]:"),
        )
    ),
    Case("CB-11", "a success page", says(declined(), TEXTS.success_heading), "successful"),
    Case("CB-11", "another error", declined().change(Departure, url="foryoure://amo-crm/callback?error=x")),
    Case("CB-11", "no button", declined().change(PageShown, button=None), "no button"),
    Case(
        "CB-11",
        "a token request",
        declined().say_before(
            GatewayResponse, TokenRequest(grant_type="authorization_code", code="", status=400)
        ),
        "token request",
    ),
]

UNSEEN = [
    Case("CB-12", "nobody looked", happy_path(), "nobody looked"),
    Case("CB-12", "the user never came", looked_at_alone(), "not answered"),
    Case("CB-04", "no answer", begins().callback(code=CODE, state=STATE).asks_amo(), "did not tell"),
    Case("CB-04", "refused", refused(), "no callback was granted"),
    Case("CB-04", "the browser told nothing", granted().drop(PageShown), "did not tell"),
    Case(
        "CB-04",
        "the backend was killed by the harness",
        granted().drop(PageShown).say_before(Released, BackendKilled(why="")),
    ),
    Case("CB-04", "broken off, which is CB-10's", broken()),
    Case("CB-08", "a code", happy_path(), "no callback came without"),
    Case("CB-08", "nobody returned", code_missing().drop(Departure), "link was not seen"),
    Case("CB-09", "the browser told nothing", refused().drop(PageShown), "did not tell"),
    Case(
        "CB-09",
        "nobody asked",
        refused().drop(StatusProbe).drop(AppResponse),
        "nobody asked",
    ),
    Case("CB-09", "granted", happy_path(), "refused no token request"),
    Case(
        "CB-09",
        "nonsense, which is CB-10's",
        refused_by(status=200).say_before(TokenRequest, FaultUsed(step="token", fault="malformed_json")),
    ),
    Case("CB-09", "nobody returned", refused().drop(Departure), "link was not seen"),
    Case("CB-09", "connected before", connected_before_the_refusal(), "nobody asked"),
    Case("CB-10", "a machine that was too slow", unreachable().never_shown(is_slow=True), "did not tell"),
    Case("CB-10", "granted", happy_path(), "nothing unforeseen"),
    Case(
        "CB-10",
        "a documented refusal",
        refused().say_before(
            TokenRequest, FaultUsed(step="token", fault="problem", details={"name": "expired_code"})
        ),
    ),
    Case("CB-10", "a callback that amoCRM never sends", made_up(), "nothing unforeseen"),
    Case("CB-10", "the browser told nothing", unreachable().drop(PageShown), "did not tell"),
    Case("CB-11", "no code and no error", code_missing(), "access_denied"),
    Case("CB-11", "nobody returned", declined().drop(Departure), "link was not seen"),
]
