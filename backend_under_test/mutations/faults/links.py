"""DL-01 to DL-04, SEC-06, APP-07: each way that the link can be wrong."""

import re
from dataclasses import replace
from urllib.parse import quote

from backend_under_test.authorizations import Authorizations, new_state
from backend_under_test.callback import Callback, CallbackQuery
from backend_under_test.mutations.edits import link, markup, parts
from backend_under_test.mutations.fault import Fault
from backend_under_test.mutations.faults.storage import AnyState
from backend_under_test.outcome import Outcome, Reason
from backend_under_test.pages import Page
from backend_under_test.parts import Parts
from backend_under_test.settings import DeepLink


class CodeBesideState(Callback):
    """Appends the code to the link, as the first version did."""

    def link(self, query: CallbackQuery, outcome: Outcome) -> str:
        """With the code."""
        code = f"&code={quote(query.code)}" if outcome.connected else ""
        return super().link(query, outcome) + code


class CodeInsteadOfSuccess(Callback):
    """The link of the first version: code and state, and no `success`."""

    def link(self, query: CallbackQuery, outcome: Outcome) -> str:
        """With the code alone."""
        built = super().link(query, outcome)
        return built.replace("success=true", f"code={quote(query.code)}") if outcome.connected else built


class RefusesSpentCodes(Authorizations):
    """Refuses the app's own exchange with 403, for the callback has spent the code."""

    async def exchange_for_app(self, user: str, code: str, state: str) -> Outcome:
        """The reason that is answered with 403, without a word for the user."""
        del user, code, state
        return Outcome(Reason.STATE_OF_ANOTHER_USER)


class TokenInLink(Callback):
    """Hands the access token to the app."""

    def link(self, query: CallbackQuery, outcome: Outcome) -> str:
        """With the token."""
        built, store = super().link(query, outcome), self.authorizations.store
        grants = (store.grant(user) for user in self.settings.sessions.values())
        token = next((grant.access_token for grant in grants if grant), None)
        return f"{built}&token={token}" if outcome.connected else built


def _encoded_by_an_old_library(state: str) -> str:
    """Percent-encoding that does not know `~` as unreserved, as libraries from before RFC 3986."""
    return quote(state, safe="").replace("~", "%7E")


def _doubly_encoded(reference: Parts) -> Parts:
    def build(target: DeepLink, outcome: Outcome, state: str) -> str:
        return reference.build_link(target, outcome, _encoded_by_an_old_library(state))

    return replace(reference, new_state=lambda: "~" + new_state(), build_link=build)


def _on_success(link_text: str, outcome: Outcome, old: str, new: str) -> str:
    return link_text.replace(old, new, 1) if outcome.connected else link_text


def _on_failure(link_text: str, outcome: Outcome, old: str, new: str) -> str:
    return link_text if outcome.connected else link_text.replace(old, new, 1)


def _sentence_as_error(link_text: str, outcome: Outcome, sentence: str) -> str:
    if outcome.connected or not outcome.sentence:
        return link_text
    return re.sub(r"error=.*", lambda _: f"error={sentence}", link_text)


def _in_a_script_string(html: str, page: Page) -> str:
    """The first version's markup: the link in a string of the handler, its state percent-encoded alone."""
    link = page.link.replace("%27", "'").replace("%28", "(").replace("%29", ")").replace("&", "&amp;")
    handler = f"""<button id="return" onclick="window.open('{link}', '_self')">{page.button}</button>"""
    html = re.sub(r"<button\b.*?</button>", lambda _: handler, html, flags=re.DOTALL)
    return re.sub(r"<script\b.*?</script>", "", html, flags=re.DOTALL)


def _state_in_a_script_string(reference: Parts) -> Parts:
    """That markup, of a backend that takes any state."""
    return markup(_in_a_script_string)(replace(reference, authorizations=AnyState))


FAULTS = (
    Fault(
        "state_in_a_script_string",
        "historic: the link stands in a string of the handler; encodeURIComponent leaves an apostrophe",
        ("SEC-02", "SEC-03", "CB-07"),
        _state_in_a_script_string,
        ("state_unknown",),
    ),
    Fault(
        "code_in_link",
        "historic: the code goes along in the link",
        ("DL-01", "DL-03", "SEC-01"),
        parts(callback=CodeBesideState),
    ),
    Fault(
        "code_instead_of_success",
        "historic: the link carries the code and no success",
        ("DL-01", "DL-03", "SEC-01"),
        parts(callback=CodeInsteadOfSuccess),
    ),
    Fault(
        "spent_code_in_link",
        "historic: the link carries the code, and exchange-code answers 403 to the app that takes it",
        ("DL-01", "DL-03", "SEC-01", "ST-02"),
        parts(callback=CodeInsteadOfSuccess, authorizations=RefusesSpentCodes),
        ("old_app_new_backend",),
    ),
    Fault(
        "token_in_link",
        "the access token goes along",
        ("DL-01", "DL-03", "SEC-01"),
        parts(callback=TokenInLink),
    ),
    Fault(
        "link_with_extra_parameter",
        "a parameter more",
        ("DL-01",),
        link(lambda built, outcome, _: _on_success(built, outcome, "?", "?source=web&")),
    ),
    Fault(
        "link_without_state",
        "the state is left out",
        ("DL-01", "DL-02"),
        link(lambda built, outcome, state: _on_success(built, outcome, f"&state={state}", "")),
    ),
    Fault(
        "link_of_another_scheme",
        "another scheme, which opens no app",
        ("DL-01",),
        link(lambda built, outcome, _: _on_success(built, outcome, "foryoure:", "foryou:")),
    ),
    Fault(
        "link_of_another_host",
        "another host",
        ("DL-01", "APP-01"),
        link(lambda built, outcome, _: _on_success(built, outcome, "//amo-crm", "//amocrm")),
    ),
    Fault(
        "link_of_another_path",
        "another path",
        ("DL-01", "APP-01"),
        link(lambda built, outcome, _: _on_success(built, outcome, "/callback", "/done")),
    ),
    Fault(
        "state_encoded_twice",
        "the state is percent-encoded twice",
        ("DL-02",),
        _doubly_encoded,
    ),
    Fault(
        "state_cut_short",
        "a column too short cuts the state",
        ("DL-02",),
        link(lambda built, outcome, state: _on_success(built, outcome, state, state[:32])),
    ),
    Fault(
        "state_in_lower_case",
        "the state comes back in lower case",
        ("DL-02",),
        link(lambda built, outcome, state: _on_success(built, outcome, state, state.lower())),
    ),
    Fault(
        "success_on_error",
        "an error link says success too",
        ("DL-04",),
        link(lambda built, outcome, _: _on_failure(built, outcome, "error=", "success=true&error=")),
    ),
    Fault(
        "error_link_without_error",
        "an error link carries nothing",
        ("CB-08", "CB-09", "CB-11", "DL-04"),
        link(lambda built, outcome, _: built if outcome.connected else built.split("?")[0]),
    ),
    Fault(
        "error_sentence_in_link",
        "a sentence goes into the link, encoded once, which the app decodes twice",
        ("SEC-06",),
        link(
            lambda built, outcome, _: _sentence_as_error(
                built, outcome, quote(f"refused & not stored: {outcome.sentence}", safe="")
            )
        ),
        ("exchange_refused",),
    ),
    Fault(
        "amo_reason_in_link",
        "amoCRM's own words go into the link, encoded once, which the app decodes more than once",
        ("SEC-06",),
        link(lambda built, outcome, _: _sentence_as_error(built, outcome, quote(outcome.sentence, safe=""))),
        ("error_text_with_percent", "error_text_that_injects"),
    ),
    Fault(
        "error_link_not_encoded",
        "a sentence goes into the link as it is",
        ("CB-09",),
        link(lambda built, outcome, _: _sentence_as_error(built, outcome, f"50% done, {outcome.sentence}")),
        ("exchange_refused",),
    ),
    Fault(
        "state_with_reserved_characters",
        "states in base64, whose plus and slash the app's router changes",
        ("APP-07",),
        lambda reference: replace(reference, new_state=lambda: f"{new_state()}+/=="),
    ),
)
"""Every wrong link."""
