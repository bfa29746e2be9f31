"""CB-04, SEC-02, SEC-04, A11Y-01, A11Y-02: words, headers, foreign texts, what nobody can read."""

from dataclasses import replace
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from backend_under_test.callback import Callback, CallbackQuery
from backend_under_test.mutations.edits import on_success, parts, response_headers, style, swapped
from backend_under_test.mutations.fault import Fault
from backend_under_test.outcome import Outcome
from backend_under_test.pages import Page


class SuccessIsCreated(Callback):
    """Answers a success with a status that is not 200."""

    def respond(self, page: Page) -> Response:
        """201."""
        response = super().respond(page)
        response.status_code = 201 if page.succeeded else response.status_code
        return response


class UnescapedTexts(Callback):
    """Trusts amoCRM's error texts as markup."""

    def page(self, query: CallbackQuery, outcome: Outcome) -> Page:
        """With the texts as they came."""
        page = super().page(query, outcome)
        trusted: Any = tuple(Markup(f"AMO CRM: {message}") for message in page.messages)  # noqa: S704 - that is the fault
        return replace(page, messages=trusted)


class ShowsQuery(Callback):
    """Shows a parameter of the query on failure pages, as markup."""

    parameter = "state"

    def page(self, query: CallbackQuery, outcome: Outcome) -> Page:
        """With the parameter below the sentence."""
        page = super().page(query, outcome)
        shown: Any = Markup(f"<small>{getattr(query, self.parameter)}</small>")  # noqa: S704 - that is the fault
        messages = page.messages if outcome.connected else (*page.messages, shown)
        return replace(page, messages=messages)


class ShowsError(ShowsQuery):
    """Shows what amoCRM's redirect named as the error."""

    parameter = "error"


def without(header: str) -> Fault:
    """A fault that leaves one header out."""
    name = header.lower().replace("-", "_")
    return Fault(
        f"{name}_missing",
        f"the page is sent without {header}",
        ("SEC-04",),
        response_headers(lambda headers, _: {key: value for key, value in headers.items() if key != header}),
    )


def with_header(identity: str, title: str, clause: str, **values: str) -> Fault:
    """A fault that sends other values of headers with a success."""
    changed = {name.replace("_", "-"): value for name, value in values.items()}
    return Fault(
        identity, title, (clause,), response_headers(lambda headers, _: headers | changed, on_success)
    )


def other_words(identity: str, title: str, old: str, new: str) -> Fault:
    """A fault that says something else on the success page."""
    return Fault(identity, title, ("CB-04",), swapped(old, new, on_success))


_PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="

FAULTS = (
    other_words("success_titled_otherwise", "another title", "<title>AMO CRM Authorization<", "<title>Done<"),
    other_words("success_without_heading", "another heading", "✓ Authorization successful!", "✓ Done"),
    other_words(
        "success_without_message", "the message is left out", "Your AMO CRM account has been", "Account"
    ),
    other_words(
        "success_without_tap_hint", "no word about the button", "Please tap the button below", "Go back"
    ),
    Fault("success_is_201", "another HTTP status", ("CB-04",), parts(callback=SuccessIsCreated)),
    with_header(
        "success_in_another_charset",
        "declared as windows-1251",
        "CB-04",
        Content_Type="text/html; charset=windows-1251",
    ),
    Fault(
        "success_as_plain_text",
        "declared as plain text",
        ("CB-04", "CB-05"),
        response_headers(
            lambda headers, _: headers | {"Content-Type": "text/plain; charset=utf-8"}, on_success
        ),
    ),
    without("Cache-Control"),
    without("Referrer-Policy"),
    with_header(
        "cache_control_private",
        "may be stored by the browser",
        "SEC-04",
        Cache_Control="private, max-age=3600",
    ),
    with_header(
        "referrer_policy_unsafe", "sends the whole address on", "SEC-04", Referrer_Policy="unsafe-url"
    ),
    Fault(
        "amo_text_unescaped",
        "amoCRM's text is shown as markup",
        ("SEC-02",),
        parts(callback=UnescapedTexts),
        ("hostile_error_text",),
    ),
    Fault(
        "state_unescaped",
        "the state is shown as markup",
        ("SEC-02",),
        parts(callback=ShowsQuery),
        ("state_unknown",),
    ),
    Fault(
        "error_unescaped",
        "the error is shown as markup",
        ("SEC-02",),
        parts(callback=ShowsError),
        ("hostile_error_parameter",),
    ),
    Fault(
        "text_too_pale",
        "the colours of the first version, which do not reach 4.5:1",
        ("A11Y-01", "A11Y-02"),
        style(".success { color: #4CAF50 } .error { color: #f44336 } button { color: #007AFF }"),
    ),
    Fault(
        "language_missing",
        "the page does not state its language",
        ("A11Y-01", "A11Y-02"),
        swapped('<html lang="en">', "<html>"),
    ),
    Fault(
        "language_of_a_part_unknown",
        "a part of the page states a language that there is not",
        ("A11Y-02",),
        swapped("<main>", '<main lang="english">'),
    ),
    Fault(
        "zoom_forbidden",
        "the page cannot be enlarged",
        ("A11Y-02",),
        swapped("initial-scale=1", "initial-scale=1, maximum-scale=1, user-scalable=no"),
    ),
    Fault(
        "picture_without_words",
        "a picture that nobody can hear",
        ("A11Y-02",),
        swapped("<main>", f'<main><img src="{_PICTURE}" width="40" height="40">'),
    ),
    Fault(
        "button_hidden_from_readers",
        "the button is hidden from whoever has the page read out",
        ("A11Y-02",),
        swapped('<button type="button"', '<button type="button" aria-hidden="true"'),
    ),
    Fault(
        "role_unknown",
        "the heading has a role that there is not",
        ("A11Y-02",),
        swapped("<h1 class", '<h1 role="title" class'),
    ),
)
"""Every wrong page."""
