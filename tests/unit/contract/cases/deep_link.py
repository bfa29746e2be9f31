"""DL-01 to DL-04 on timelines written by hand."""

from urllib.parse import quote

from harness.timeline.amo_events import TokenRequest
from harness.timeline.page_events import Departure, LeftAlone, PageOpened, PageShown
from tests.unit.contract.story import (
    ACCESS_TOKEN,
    CLIENT_SECRET,
    CODE,
    OTHER_CODE,
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
    happy_path,
    refused,
    unreachable,
)

BASE = "foryoure://amo-crm/callback"
STATES = {
    "empty": "",
    "Unicode": "стан 🙂",
    "reserved characters": "a&b=c#d?e/f+g%20h",
    "quotes and markup": "'\"</script>",
    "long": "x" * 2048,
}


def linked(url: str) -> Story:
    """Return the happy path with another link."""
    return happy_path().change(Departure, url=url)


def with_state(state: str, in_link: str) -> Story:
    """Return a story in which this state was given to amoCRM, and the link has its parameter so."""
    return granted(state).taps_return(f"{BASE}?success=true&state={in_link}")


def two_visits() -> Story:
    """Return two visits whose consents crossed; each has its own state."""
    story = begins().consents(CODE, STATE).consents(OTHER_CODE, "second")
    story.callback(code=CODE, state=STATE).asks_amo().answers().shows_success().taps_return()
    story.callback(code=OTHER_CODE, state="second").asks_amo(OTHER_CODE).answers().shows_success()
    return story.taps_return(f"{BASE}?success=true&state=second")


def flash_message(url: str) -> Story:
    """Return a story whose result page is gone when it is loaded again, and this link of what came."""
    story = begins().consents().callback(code=CODE, state=STATE).asks_amo()
    story.answers("", status=303, headers=(("Location", "/done"),)).follows("/done").answers().shows_success()
    story.taps_return().follows("/done").answers().shows_failure("gone").taps_return(url)
    return story.asks_status(True)


def stripped(*, opened: bool = False) -> Story:
    """Return a story whose page takes the code out of its address, where it is loaded again, or opened."""
    story = begins().consents().callback(code=CODE, state=STATE).asks_amo().answers().shows_success()
    if opened:
        story.say(PageOpened(url="http://127.0.0.1:1/api/amo-crm/callback"))
    story.callback().answers().shows(TEXTS.missing_heading, title=TEXTS.missing_title)
    return story.taps_return(f"{BASE}?error=missing_code").asks_status(True)


def redirected(location: str) -> Story:
    """Return a story whose callback answers with a redirect alone, with a body as Express gives it."""
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Location", location))
    return (
        begins().callback(code=CODE, state=STATE).asks_amo().answers("<p>Found", status=302, headers=headers)
    )


def again(url: str) -> Story:
    """Return the happy path, the callback loaded again, and this link opened by the page that came."""
    return happy_path().callback(code=CODE, state=STATE).answers().shows_success().taps_return(url)


def another_code(state: str) -> Story:
    """Return the happy path, then another code, of which amoCRM is never told, and a page of success."""
    story = happy_path().callback(code=OTHER_CODE, state=state).answers().shows_success()
    return story.taps_return(SUCCESS_LINK)


PASSED = [
    Case("DL-01", "no state where none came", granted("").taps_return(f"{BASE}?success=true")),
    Case("DL-02", "no state where none came", granted("").taps_return(f"{BASE}?success=true")),
    Case(
        "DL-01",
        "what else leaves by itself is no link to the app",
        happy_path().say_before(LeftAlone, Departure(url="mailto:help@example.com")),
    ),
    Case("DL-01", "a separator more", linked(f"{SUCCESS_LINK}&")),
    Case("DL-01", "the seeds' link", happy_path(), SUCCESS_LINK),
    Case("DL-01", "the other order", linked(f"{BASE}?state={STATE}&success=true")),
    Case(
        "DL-01",
        "another app",
        happy_path(deep_link={"scheme": "my-app", "host": "crm", "path": "/back"}).change(
            Departure, url="my-app://crm/back?success=true&state=x"
        ),
    ),
    Case(
        "DL-01",
        "a universal link of the app's own domain",
        happy_path(universal=("https://app.example",)).change(
            Departure, url=f"https://app.example/amo-crm/callback?success=true&state={STATE}"
        ),
    ),
    Case(
        "DL-01",
        "a store besides",
        happy_path().taps_return("https://apps.apple.com/app/id1"),
    ),
    Case("DL-01", "after a reload", again(SUCCESS_LINK)),
    *(Case(each, "gone at a reload", flash_message(f"{BASE}?error=gone")) for each in ("DL-01", "DL-02")),
    *(Case("DL-02", what, with_state(state, quote(state, safe=""))) for what, state in STATES.items()),
    Case(
        "DL-02",
        "no state given",
        begins()
        .consents(CODE, None)
        .callback(code=CODE)
        .asks_amo()
        .answers()
        .shows_success()
        .taps_return(f"{BASE}?success=true&state="),
    ),
    Case("DL-02", "a plus that stays a plus", with_state("a+b", "a+b")),
    Case("DL-02", "each visit its own", two_visits(), "second"),
    Case("DL-03", "state and success alone", happy_path()),
    Case("DL-03", "an error", refused()),
    Case("DL-04", "a refusal", refused()),
    Case("DL-04", "a missing code", code_missing()),
    Case("DL-04", "declined", declined()),
    Case("DL-04", "unreachable", unreachable()),
    Case("DL-04", "a reason that is not encoded, which is CB-09's", refused(error="50%")),
]

FAILED = [
    Case("DL-01", "the code instead of success", linked(f"{BASE}?code={CODE}&state={STATE}"), "code, state"),
    Case("DL-01", "the code beside success", linked(f"{SUCCESS_LINK}&code=x"), "success, state, code"),
    Case("DL-01", "no state", linked(f"{BASE}?success=true"), "parameters are success"),
    Case("DL-01", "no success", linked(f"{BASE}?state=x"), "parameters are state"),
    Case("DL-01", "success twice", linked(f"{SUCCESS_LINK}&success=true"), "success, state, success"),
    Case("DL-01", "another success", linked(f"{BASE}?success=1&state=x"), "success is “1”"),
    Case(
        "DL-01",
        "another host",
        linked("foryoure://amo/callback?success=true&state=x"),
        "foryoure://amo/callback",
    ),
    Case(
        "DL-01",
        "another path of the app's own domain",
        happy_path(universal=("https://app.example",)).change(
            Departure, url=f"https://app.example/callback?success=true&state={STATE}"
        ),
        "it opens “foryoure://callback”",
    ),
    Case("DL-01", "another scheme", linked("https://amo-crm/callback?success=true&state=x"), "https://"),
    Case("DL-01", "a slash more", linked(f"{BASE}/?success=true&state=x"), "callback/"),
    Case("DL-01", "in the fragment", linked(f"{BASE}#success=true&state=x"), "fragment"),
    Case("DL-01", "no parameters", linked(BASE), "parameters are none"),
    Case("DL-01", "a bare percent sign", linked(f"{BASE}?success=true&state=50%"), "bare `%`"),
    Case("DL-01", "an error after all", linked(f"{BASE}?error=x"), "parameters are error"),
    Case("DL-01", "at a reload", flash_message(f"{BASE}?state=x"), "parameters are state"),
    Case("DL-02", "at a reload", flash_message(f"{SUCCESS_LINK}x"), f"is “{STATE}x”"),
    Case("SEC-05", "a flash message at a reload", flash_message(f"{BASE}?error=gone"), "a link is"),
    Case("SEC-05", "an address without its code at a reload", stripped(), "a link is"),
    Case("SEC-05", "the same, nothing tapped", stripped().drop(Departure), "code is missing"),
    Case(
        "SEC-05", "the same, its address", stripped(), "loaded again at “/api/amo-crm/callback”, without the"
    ),
    Case("DL-02", "an escape that is none", with_state("a%zz", "a%zz"), "bare `%`"),
    Case("DL-02", "another state", linked(f"{BASE}?success=true&state=other"), "is “other”"),
    Case("DL-02", "none", linked(f"{BASE}?success=true"), "has no state"),
    Case("DL-02", "a null", granted("").taps_return(f"{BASE}?success=true&state=undefined"), "undefined"),
    Case("DL-02", "encoded twice", with_state("a b", "a%2520b"), "a%20b"),
    Case("DL-02", "not encoded", with_state("a&b", "a&b"), "is “a”"),
    Case("DL-02", "spaces as in a form", with_state("a b", "a+b"), "a+b"),
    Case("DL-02", "another charset", with_state("é", "%E9"), "no UTF-8"),
    Case("DL-02", "that of another visit", two_visits().change(Departure, nth=1, url=SUCCESS_LINK), STATE),
    Case("DL-02", "another one after a reload", again(f"{BASE}?success=true&state=other"), "other"),
    *(
        Case("DL-03", f"the {what}", linked(f"{SUCCESS_LINK}&x={value}"), "the link holds ‹")
        for what, value in {
            "code": CODE,
            "access token": ACCESS_TOKEN,
            "refresh token": REFRESH_TOKEN,
            "secret": CLIENT_SECRET,
        }.items()
    ),
    Case("DL-03", "the code in an error link", refused(error=CODE), "‹code:"),
    Case("DL-04", "an error beside success after a reload", again(f"{SUCCESS_LINK}&error=x"), "has success"),
    Case("DL-04", "success with nothing exchanged", another_code("third"), "has success"),
    Case("DL-04", "success too", refused(error="x&success=true"), "has success"),
    Case("DL-04", "no error", unreachable().change(Departure, url=BASE), "has no error"),
    Case("DL-04", "an empty error", declined().change(Departure, url=f"{BASE}?error="), "has no error"),
    Case("DL-04", "success after a refusal", refused().change(Departure, url=SUCCESS_LINK), "has success"),
    Case("DL-04", "another address", refused().change(Departure, url="foryoure://x?error=x"), "foryoure://x"),
    Case(
        "DL-04", "a bare percent sign", unreachable().change(Departure, url=f"{BASE}?error=50%"), "bare `%`"
    ),
    Case("DL-04", "success beside a bare percent sign", refused(error="50%&success=true"), "has success"),
    Case(
        "DL-04",
        "a bare percent sign and no error",
        refused().change(Departure, url=f"{BASE}?e=50%"),
        "has no error",
    ),
]

UNSEEN = [
    Case(
        "DL-01",
        "success after a refusal, which is DL-04's",
        refused().change(Departure, url=f"{SUCCESS_LINK}&x="),
    ),
    Case("DL-01", "an error after a reload without the code, which is SEC-05's", stripped()),
    Case("DL-02", "an error after a reload without the code, which is SEC-05's", stripped()),
    Case("SEC-05", "the same address, opened", stripped(opened=True), "no granted callback was loaded again"),
    Case("DL-01", "no departure", granted(), "no page opened a link"),
    Case("DL-01", "refused", refused(), "no page opened a link"),
    Case(
        "DL-01", "an error after a reload, which is SEC-05's", again(f"{BASE}?error=x").drop(Departure, tap=1)
    ),
    Case("DL-02", "no departure", granted()),
    Case("DL-02", "refused", refused()),
    Case("DL-03", "no departure", granted().drop(PageShown)),
    Case("SEC-04", "a redirect to the app is no page", redirected(SUCCESS_LINK)),
    Case("DL-03", "no code that could be there", code_missing(), "brought a code"),
    Case("DL-04", "success after a reload", again(SUCCESS_LINK)),
    Case("DL-04", "success", happy_path(), "no page of a failure"),
    Case("DL-04", "another code of a state that has its tokens", another_code(STATE)),
    Case(
        "DL-04",
        "tokens that amoCRM granted in spite of the trouble",
        unreachable().change(TokenRequest, status=200).change(Departure, url=SUCCESS_LINK),
    ),
]
