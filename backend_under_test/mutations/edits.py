"""The few moves by which a broken or a different backend is made of the reference.

Owns replacing parts. Must not know any single fault or variant.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from backend_under_test.outcome import Outcome, Reason
from backend_under_test.pages import Page, PageView
from backend_under_test.parts import Parts
from backend_under_test.settings import DeepLink

Change = Callable[[Parts], Parts]


def parts(**changes: Any) -> Change:
    """Replace these parts."""
    return lambda reference: replace(reference, **changes)


class EditedView(PageView):
    """The reference's page with its markup or headers edited, and without the policy that would stop that."""

    def __init__(
        self,
        edit: Callable[[str, Page], str] = lambda html, _: html,
        edit_headers: Callable[[dict[str, str], Page], dict[str, str]] = lambda headers, _: headers,
        concerns: Callable[[Page], bool] = lambda _: True,
    ) -> None:
        self._edit = edit
        self._edit_headers = edit_headers
        self._concerns = concerns

    def html(self, page: Page) -> str:
        """The edited page."""
        html = super().html(page)
        return self._edit(html, page) if self._concerns(page) else html

    def headers(self, page: Page) -> dict[str, str]:
        """The edited headers."""
        headers = super().headers(page)
        if not self._concerns(page):
            return headers
        headers.pop("Content-Security-Policy")
        return self._edit_headers(headers, page)


def on_success(page: Page) -> bool:
    """Only pages after a successful exchange."""
    return page.succeeded


def on_failure(page: Page) -> bool:
    """Only pages after a failure."""
    return not page.succeeded


def after(*reasons: Reason) -> Callable[[Page], bool]:
    """Only pages whose link gives one of these reasons."""
    return lambda page: page.link.endswith(tuple(f"error={reason}" for reason in reasons))


def markup(edit: Callable[[str, Page], str], concerns: Callable[[Page], bool] = lambda _: True) -> Change:
    """Edit the page's markup."""
    return parts(view=lambda: EditedView(edit, concerns=concerns))


def swapped(old: str, new: str, concerns: Callable[[Page], bool] = lambda _: True) -> Change:
    """Put other markup in the place of some; raises ValueError where the page no longer has it."""

    def edit(html: str, _page: Page) -> str:
        if old not in html:
            raise ValueError(f"the page has no {old!r} to replace")
        return html.replace(old, new)

    return markup(edit, concerns)


def script(javascript: str, concerns: Callable[[Page], bool] = lambda _: True) -> Change:
    """Run a script at the end of the page; LINK is the deep link, `button` the button."""
    tag = f"<script>{{ const LINK = button.dataset.link; {javascript} }}</script>"
    return swapped("</body>", f"{tag}</body>", concerns)


def style(css: str, concerns: Callable[[Page], bool] = lambda _: True) -> Change:
    """Add a rule to the page's style."""
    return swapped("</style>", f"{css}</style>", concerns)


def response_headers(
    edit: Callable[[dict[str, str], Page], dict[str, str]], concerns: Callable[[Page], bool] = lambda _: True
) -> Change:
    """Edit the page's headers."""
    return parts(view=lambda: EditedView(edit_headers=edit, concerns=concerns))


def link(rewrite: Callable[[str, Outcome, str], str]) -> Change:
    """Rewrite the reference's link, knowing the outcome and the state."""

    def change(reference: Parts) -> Parts:
        build = reference.build_link

        def rewritten(target: DeepLink, outcome: Outcome, state: str) -> str:
            return rewrite(build(target, outcome, state), outcome, state)

        return replace(reference, build_link=rewritten)

    return change
