"""DL-01 to DL-04: the link that brings the user back to the app.

Owns these clauses. They judge the links that pages really opened; what the app makes of one is in
`harness.contract.app`.
"""

from collections.abc import Iterator

from harness.contract.clause import NOT_SENT, Finding, Symptom, clause, finding, over_all
from harness.contract.reading.amo_side import is_granted
from harness.contract.reading.link import Link
from harness.contract.reading.reading import Reading
from harness.contract.reading.visits import ERROR_KINDS, Visit
from harness.contract.reading.words import quoted
from harness.timeline.amo_events import TokenRequest
from harness.timeline.masking import masks_in
from harness.timeline.page_events import Departure

NO_LINK = "no page opened a link"


def _success_links(reading: Reading) -> Iterator[tuple[Visit, Departure, Link]]:
    """Yield the links of visits with granted tokens, and later ones that claim success."""
    for visit, departure, link in reading.links_to_the_app:
        is_first = visit.kind == "granted" and not _tells_a_reload_of_failure(visit, departure, link)
        if is_first or (visit.kind in ("granted", "repeat") and "success" in link.names):
            yield visit, departure, link


def _tells_a_reload_of_failure(visit: Visit, departure: Departure, link: Link) -> bool:
    """Tell whether a page that had its button was loaded again and is gone, as a flash message is."""
    again = [index for index in visit.loads_again if index < departure.index]
    had_button = [page for page in visit.pages if page.button]
    return "error" in link.names and any(page.index < index for page in had_button for index in again)


@clause(
    "DL-01",
    "must",
    "Success link: `foryoure://amo-crm/callback?success=true&state=<state>`, "
    "these two parameters and no other",
    source="S1, S2",
    remedy="build the success link from `success=true` and the callback's `state`, and put nothing else "
    "into it",
)
def success_link(reading: Reading) -> Finding:
    """Judge each link of a page that follows granted tokens."""
    base = reading.deep_link.base
    expected = f"{base}?success=true&state=<state>, in any order, and nothing else; no state where none came"
    return over_all(
        (
            finding(expected, _wrong_with_success(visit, link, base), quoted(link.url), departure)
            for visit, departure, link in _success_links(reading)
        ),
        NO_LINK,
        due_to="CB-07",
    )


def _wrong_with_success(visit: Visit, link: Link, base: str) -> Iterator[str]:
    if link.flaw:
        yield f"{quoted(link.url)} {link.flaw}"
        return
    if link.base != base:
        yield f"it opens {quoted(link.base)}"
    without_state = link.names == ["success"] and not visit.given("state")
    if sorted(link.names) != ["state", "success"] and not without_state:
        yield f"its parameters are {', '.join(link.names) or 'none'}"
    success = link.value("success")
    if success not in (None, "true"):
        yield f"success is {quoted(success)}"
    if link.fragment:
        yield f"it has a fragment {quoted(link.fragment)}"


@clause(
    "DL-02",
    "must",
    "`state` in the link, percent-decoded once, is exactly what was given to amoCRM: "
    "empty, Unicode, reserved characters",
    source="S1",
    remedy="hand on the callback's `state` as it came, percent-encoded once (encodeURIComponent, "
    "urllib.parse.quote with safe='', rawurlencode)",
)
def state_survives(reading: Reading) -> Finding:
    """Judge each success link against the state of its visit."""
    return over_all(
        (_state_in(visit, departure, link) for visit, departure, link in _success_links(reading)),
        NO_LINK,
        due_to="CB-07",
    )


def _state_in(visit: Visit, departure: Departure, link: Link) -> Finding:
    """AmoCRM hands the state back as it was given, so the callback's is the one that counts."""
    state = visit.given("state")
    found = link.value("state")
    wrong: list[str | Symptom] = []
    if link.flaw:
        wrong = [Symptom(f"{quoted(link.url)} {link.flaw}", "DL-01")]
    elif found is None and state:
        wrong = [Symptom(f"{quoted(link.url)} has no state", "DL-01")]
    elif (found or "") != state:
        wrong = [f"the link's state, percent-decoded once, is {quoted(found)}"]
    return finding(
        f"state {quoted(state)}", wrong, f"the link's state is {quoted(state)}", visit.request, departure
    )


@clause(
    "DL-03",
    "must",
    "Neither the code nor a token nor the secret is in the link",
    source="S2 change 1",
    remedy="leave code, tokens and secret out of the app's link: the backend has exchanged the code "
    "already, and the app needs `success` and `state` alone",
)
def no_secret_in_the_link(reading: Reading) -> Finding:
    """Judge every link that a page opened after a callback that brought a code."""
    return over_all(
        (_without_secrets(event) for visit, event, _ in reading.links if visit.code),
        "no page opened a link after a callback that brought a code",
        due_to="CB-07",
    )


def _without_secrets(departure: Departure) -> Finding:
    found = dict.fromkeys(masks_in(departure.url))
    wrong = [f"the link holds {', '.join(found)}"] if found else []
    return finding("no code, token or secret in the link", wrong, "none of them is there", departure)


@clause(
    "DL-04",
    "must",
    "An error link has `error` and no `success`",
    source="S1",
    remedy="build the link of a page that tells of a failure from `error=<reason>`, without `success`",
)
def error_link(reading: Reading) -> Finding:
    """Judge each link of a page that follows a failure, and any that carries an error."""
    return over_all(
        (
            finding(
                "a link with error and without success",
                _wrong_with_error(visit, link, reading.deep_link.base),
                quoted(link.url),
                departure,
            )
            for visit, departure, link in reading.links_to_the_app
            if _is_error_link(reading, visit, link)
        ),
        "no page of a failure opened a link",
        due_to="CB-07",
    )


def _is_error_link(reading: Reading, visit: Visit, link: Link) -> bool:
    """A visit that failed may have got its tokens all the same, so only one without them must say error."""
    without_tokens = visit.kind == "failed" and not _has_tokens(reading, visit)
    return visit.kind in ERROR_KINDS or without_tokens or "error" in link.names


def _has_tokens(reading: Reading, visit: Visit) -> bool:
    """Tell whether amoCRM granted tokens for the visit, or for another delivery of the same state.

    Whoever exchanged for a look, or for the other half of a consent that was sent twice, is connected.
    """
    state = visit.given("state")
    codes = {each.given("code") for each in reading.exchanges if state and each.given("state") == state}
    granted = (sent.code for sent in reading.timeline.of(TokenRequest) if is_granted(sent))
    return visit.may_have_tokens or any(code in codes for code in granted if code)


def _wrong_with_error(visit: Visit, link: Link, base: str) -> Iterator[str | Symptom]:
    exchanged_nothing = bool(visit.code) and not visit.token_requests and not visit.given("error")
    is_another = bool(link.flaw) and visit.kind == "refused"  # how a reason is encoded is CB-09's there
    if link.flaw and not is_another:
        yield f"{quoted(link.url)} {link.flaw}"
        return
    names = link.names_as_written if is_another else link.names
    if link.base != base:
        yield f"it opens {quoted(link.base)}"
    if not (link.value("error") or (is_another and "error" in names)):
        said = f"{quoted(link.url)} has no error"
        yield Symptom(said, NOT_SENT.name) if exchanged_nothing else said
    if "success" in names:
        said = f"{quoted(link.url)} has success"
        yield Symptom(said, NOT_SENT.name) if exchanged_nothing else said
