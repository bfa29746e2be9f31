"""CB-01 to CB-03 on timelines written by hand."""

from harness.timeline.amo_events import ConsentShown, FaultUsed, TokenHeld, TokenReleased, TokenRequest
from harness.timeline.events import AppRequest, AppResponse, BackendKilled, StoryStep
from harness.timeline.gateway_events import (
    Broken,
    FirstByte,
    Released,
    StatusProbe,
)
from harness.timeline.page_events import (
    PageShown,
    Reloaded,
)
from tests.unit.contract.story import (
    CODE,
    OTHER_CODE,
    STATE,
    TEXTS,
    Case,
    Story,
    begins,
    code_missing,
    consent_sent_twice,
    declined,
    granted,
    handed_on,
    happy_path,
    refused,
    unreachable,
)


def redirected(*, reloaded: bool = False) -> Story:
    """Return a correct story whose callback answers 303 to a result page."""
    story = begins().consents().callback(code=CODE, state=STATE).asks_amo()
    story.answers("", status=303, headers=(("Location", "/done?id=7"),))
    story.follows("/done", id="7").answers().shows_success()
    if reloaded:
        story.say(Reloaded(url="")).follows("/done", id="7").answers().shows_success()
    return story.is_left_alone().taps_return()


def second_user_while_first_is_held() -> Story:
    """Return two visits; the first one's token answer is held while the second one is answered."""
    story = begins().callback(code=CODE, state=STATE).asks_amo(hold=False).say(TokenHeld(step="token"))
    story.callback(code=OTHER_CODE, state="other").asks_amo(OTHER_CODE, hold=False).answers().shows_success()
    story.say(TokenReleased(step="token"))
    story.exchanges = 1
    return story.answers().shows_success()


def reload_after(story: Story) -> Story:
    """Return the story with the callback loaded again, answered without asking amoCRM."""
    return story.callback(code=CODE, state=STATE).answers().shows_success()


def exchanged_by_the_app() -> Story:
    """Return a story in which the page comes with the exchange left to the app."""
    story = begins().consents().callback(code=CODE, state=STATE).answers().shows_success().taps_return()
    story.say(AppRequest(id=9, purpose="exchange_code")).asks_amo(hold=False)
    return story.say(AppResponse(id=9, purpose="exchange_code", status=200))


def killed_at_first_byte() -> Story:
    """Return the happy path whose backend the harness kills while the first byte is held back."""
    return happy_path().say_before(Released, BackendKilled(why=""))


def again_after_sending_twice() -> Story:
    """Return a story in which the code is sent twice at first, and the callback is reloaded later."""
    return reload_after(happy_path().asks_amo(status=400, hold=False))


PASSED = [
    Case("CB-03", "sent again at a reload", reload_after(happy_path()).asks_amo(status=400)),
    Case(
        "CB-01", "the page comes after the held answer", happy_path(), "while the answer was held for 1.0 ms"
    ),
    Case("CB-01", "a refusal is held too", refused(), "not one byte"),
    Case("CB-01", "another user's page may come meanwhile", second_user_while_first_is_held()),
    Case("CB-02", "asked as the user whose visit it is", happy_path().change(StatusProbe, user="1")),
    Case("CB-02", "connected at the first byte", happy_path(), "said connected"),
    Case("CB-02", "connected at the first byte of a result page", redirected()),
    Case("CB-03", "one token request", happy_path(), "one token request"),
    Case("CB-03", "a reload does not send it again", reload_after(happy_path())),
    Case("CB-03", "two codes of two users", second_user_while_first_is_held()),
    Case("CB-03", "two codes of one state", consent_sent_twice(), "one token request"),
    Case("CB-01", "the code is handed on to another address", handed_on(), "not one byte"),
]

FAILED = [
    Case("CB-01", "a redirect elsewhere before the exchange", handed_on(with_code=False)),
    Case("CB-01", "a byte while held", happy_path().move(FirstByte, before=TokenReleased), "1.0 ms before"),
    Case("CB-01", "the page first, then the exchange", happy_path().move(FirstByte, before=TokenRequest)),
    Case(
        "CB-01",
        "too early without a hold",
        happy_path().drop(TokenHeld).drop(TokenReleased).move(FirstByte, before=TokenRequest),
    ),
    Case(
        "CB-02",
        "tokens, another page, not connected",
        granted().change(PageShown, text="Please wait").change(StatusProbe, connected=False),
    ),
    Case(
        "CB-02",
        "not connected at the first byte",
        happy_path().change(StatusProbe, connected=False),
        "not connected",
    ),
    Case(
        "CB-02",
        "no readable status",
        happy_path().change(StatusProbe, connected=None, http_status=403),
        "HTTP 403",
    ),
    Case(
        "CB-02",
        "no status at all",
        happy_path().change(StatusProbe, connected=None, http_status=None),
        "no answer",
    ),
    Case("CB-02", "connected only at the redirect", redirected().change(StatusProbe, nth=1, connected=False)),
    Case(
        "CB-02",
        "success is claimed although amoCRM could not be reached",
        unreachable().change(PageShown, text=TEXTS.success_heading),
    ),
    Case("CB-03", "sent twice", happy_path().asks_amo(status=400, hold=False), "2 times"),
    Case("CB-03", "sent twice for the first delivery", again_after_sending_twice(), "2 times"),
    Case("CB-03", "neither of two codes sent", consent_sent_twice().drop(TokenRequest), "never"),
    Case("CB-03", "never sent", happy_path().drop(TokenRequest), "never sent"),
    Case(
        "CB-03",
        "another code sent",
        refused().change(TokenRequest, code="another"),
        "another code was sent, which amoCRM refused",
    ),
    Case(
        "CB-03",
        "never sent, its own state refused",
        refused().drop(TokenRequest),
        "never sent; the state is the backend's own",
    ),
    Case(
        "CB-03",
        "never sent, a state of the app's",
        happy_path(offers=("callback", "status")).drop(TokenRequest),
        "where the backend issues states, [http].connect names the path",
    ),
    Case("CB-03", "never sent, by hand", happy_path(by_hand=True).drop(TokenRequest), "never sent"),
    Case("CB-03", "sent by the app", exchanged_by_the_app(), "exchange-code"),
]

UNSEEN = [
    Case("CB-01", "held for ever", happy_path().drop(TokenReleased), "that amoCRM answered"),
    Case("CB-01", "no hold", happy_path().drop(TokenHeld).drop(TokenReleased), "did not hold"),
    Case("CB-01", "no exchange", code_missing(), "no callback led to"),
    Case(
        "CB-03",
        "begun in the journey before",
        happy_path(by_hand=True).drop(TokenRequest).drop(AppResponse, purpose="auth_url").drop(ConsentShown),
        "begun before this journey",
    ),
    Case("CB-01", "amoCRM in trouble", unreachable()),
    Case(
        "CB-01",
        "the backend had hung up before the answer was let go",
        happy_path().move(FirstByte, before=TokenReleased).change(TokenReleased, abandoned=True),
    ),
    Case(
        "CB-01",
        "the backend had hung up, and its page came before the answer was let go",
        happy_path().move(TokenReleased, before=PageShown).change(TokenReleased, abandoned=True),
    ),
    Case(
        "CB-02",
        "the backend had hung up before the answer was let go",
        happy_path()
        .change(StatusProbe, connected=False)
        .change(PageShown, text=TEXTS.failed_heading)
        .change(TokenReleased, abandoned=True),
    ),
    Case(
        "CB-02",
        "the journey ended before the answer was let go",
        happy_path()
        .change(StatusProbe, connected=False)
        .change(PageShown, text=TEXTS.failed_heading)
        .drop(TokenReleased),
    ),
    Case("CB-01", "no answer at all", happy_path().drop(FirstByte), "no byte"),
    Case("CB-02", "killed by the harness", killed_at_first_byte()),
    Case("CB-02", "nothing asked", happy_path().drop(StatusProbe), "not asked for"),
    Case("CB-02", "asked as somebody else", happy_path().change(StatusProbe, user="2"), "asked for as 2"),
    Case("CB-02", "no tokens", refused(), "no callback was granted"),
    Case(
        "CB-03",
        "amoCRM fails as only the fake tells",
        unreachable().drop(TokenRequest).drop(StoryStep),
        "made to fail",
    ),
    Case(
        "CB-03",
        "amoCRM fails as only the scenario tells",
        unreachable().drop(TokenRequest).drop(FaultUsed),
        "made to fail",
    ),
    Case(
        "CB-03", "killed by the harness", killed_at_first_byte().drop(TokenRequest), "no callback delivered"
    ),
    Case("CB-03", "no code", declined(), "no callback delivered a code"),
    Case(
        "CB-03", "an error beside the code", begins().callback(code=CODE, error="x").answers(), "error beside"
    ),
    Case(
        "CB-03",
        "a state to be refused",
        begins().say(StoryStep(what="", state_kind="unknown")).callback(code=CODE).answers(),
        "had to refuse",
    ),
    Case("CB-03", "amoCRM is down", unreachable().drop(TokenRequest), "made to fail"),
    Case("CB-03", "broken off", begins().callback(code=CODE).gateway(Broken, reason="reset"), "broke off"),
    Case("CB-03", "the marketplace's call", begins().callback(code=CODE, from_widget="1").answers()),
]
