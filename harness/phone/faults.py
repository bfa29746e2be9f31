"""Broken builds of the app: what each clause about the app is there to catch.

Owns the list. A fault overrides one step of a screen and copies nothing of it.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from harness.phone.app import OWN_SCREENS, Screens
from harness.phone.javascript.promise import spawn
from harness.phone.links.router import Params
from harness.phone.screens import STATUS_KEY, SUCCESS_SHOWN_S, CallbackScreen, CrmTab, Screen
from harness.phone.settings import PhoneOptions
from harness.phone.wiring import DOCUMENTS


@dataclass(frozen=True)
class AppFault:
    """The app with one thing wrong: the screens or the option that make it so."""

    id: str
    title: str
    breaks: tuple[str, ...]
    screens: Screens = OWN_SCREENS
    scenarios: tuple[str, ...] = ()
    options: PhoneOptions = field(default_factory=PhoneOptions)


class _NothingRefreshed(CallbackScreen):
    def _succeeded(self) -> None:
        self._show_success()


class _NoWayBack(CallbackScreen):
    def _show_success(self) -> None:
        self._show("success")


class _NoSecondOfSuccess(CallbackScreen):
    def _show_success(self) -> None:
        self._show("success")
        self._parts.replace_with_crm()


class _ExchangesOnSuccess(CallbackScreen):
    def _succeeded(self) -> None:
        spawn(self._parts.clock, self._parts.api.exchange_code(""))
        super()._succeeded()


class _TellsTheErrorItself(CallbackScreen):
    def _handle_link(self, code: Any, success: Any, error: Any) -> None:
        if error:
            self._show("error", str(error))
        else:
            super()._handle_link(code, success, error)


class _TakesErrorForSuccess(CallbackScreen):
    def _handle_link(self, code: Any, success: Any, error: Any) -> None:
        super()._handle_link(code, "true" if error else success, None)


class _DeadRetry(CallbackScreen):
    def retry(self) -> None:
        """Do nothing."""


class _ExchangesOldCode(CallbackScreen):
    def _has_code(self, code: str) -> None:
        spawn(self._parts.clock, self._parts.api.exchange_code(code))
        super()._has_code(code)


class _DropsOldCode(CallbackScreen):
    def _handle_link(self, code: Any, success: Any, error: Any) -> None:
        del code
        super()._handle_link(None, success, error)


class _SpinsOnNothing(CallbackScreen):
    def _handle_link(self, code: Any, success: Any, error: Any) -> None:
        if code or success or error:
            super()._handle_link(code, success, error)
        else:
            self._show("processing")


class _GoesBackToTheTab(CallbackScreen):
    """`router.back()`: no tab lies below an app that the link has started."""

    def _show_success(self) -> None:
        if self._parts.queries.query(STATUS_KEY, self._parts.api.status).data is None:
            self._show("success")
        else:
            super()._show_success()


class _HangsOnSecondLink(CallbackScreen):
    """The effect's clean-up has cleared the timer, and a guard then takes the link for handled."""

    _handled = False
    _timer_cleared = False

    def receive(self, params: Params) -> None:
        """Take the first link alone."""
        if self._handled:
            self._timer_cleared = True
            self._show("processing")
        else:
            self._handled = True
            super().receive(params)

    def _show_success(self) -> None:
        self._show("success")
        self._parts.clock.call_later(SUCCESS_SHOWN_S, self._leave)

    def _leave(self) -> None:
        if not self._timer_cleared:
            self._parts.replace_with_crm()


class _NoLeads(CrmTab):
    def view(self) -> Screen:
        """Return the tab without its list."""
        shown = super().view()
        return Screen(shown.name, shown.state, shown.text, connected=shown.connected)


def _callback(
    fault_id: str, title: str, breaks: tuple[str, ...], screen: type[CallbackScreen], *scenarios: str
) -> AppFault:
    return AppFault(fault_id, title, breaks, Screens(callback=screen), scenarios)


_TRUSTS_ITS_DATA = PhoneOptions(wiring=DOCUMENTS)
"""With the app's own `staleTime` of 0 a mount asks again, and what was not refreshed would not be seen."""


APP_FAULTS: dict[str, AppFault] = {
    fault.id: fault
    for fault in (
        AppFault(
            "app_refreshes_nothing",
            "shows success and the CRM tab as it was",
            ("APP-01", "APP-03"),
            Screens(callback=_NothingRefreshed),
            options=_TRUSTS_ITS_DATA,
        ),
        _callback("app_stays_on_success", "never goes on to the CRM tab", ("APP-01",), _NoWayBack),
        _callback(
            "app_hurries_to_the_tab", "does not show success for a second", ("APP-01",), _NoSecondOfSuccess
        ),
        _callback(
            "app_exchanges_on_success", "calls exchange-code all the same", ("APP-02",), _ExchangesOnSuccess
        ),
        AppFault(
            "app_shows_no_leads",
            "the CRM tab is connected and has no list",
            ("APP-03",),
            Screens(crm_tab=_NoLeads),
        ),
        _callback(
            "app_shows_the_links_error",
            "writes the text of the link instead of its own",
            ("APP-04",),
            _TellsTheErrorItself,
        ),
        _callback(
            "app_takes_error_for_success", "refreshes on an error link", ("APP-04",), _TakesErrorForSuccess
        ),
        _callback("app_retry_is_dead", "“try again” leads nowhere", ("APP-04",), _DeadRetry),
        _callback(
            "app_exchanges_old_code", "exchanges the code of an old backend", ("APP-05",), _ExchangesOldCode
        ),
        _callback(
            "app_drops_old_code",
            "takes a link with a code alone for an empty one",
            ("APP-05",),
            _DropsOldCode,
        ),
        _callback(
            "app_spins_on_nothing", "shows no text for a link without anything", ("APP-06",), _SpinsOnNothing
        ),
        _callback(
            "app_goes_back_to_the_tab",
            "goes back after a success, where an app that the link started has nothing to go back to",
            ("APP-01",),
            _GoesBackToTheTab,
            "app_cold_start",
        ),
        _callback(
            "app_hangs_on_second_link",
            "processes for ever when the link comes twice",
            ("APP-01",),
            _HangsOnSecondLink,
            "app_link_twice",
        ),
        AppFault(
            "app_is_not_told_of_the_network",
            "does not ask again when the network is back",
            ("APP-03",),
            scenarios=("offline_on_return",),
            options=PhoneOptions(wiring=replace(DOCUMENTS, net_info=False)),
        ),
    )
}
