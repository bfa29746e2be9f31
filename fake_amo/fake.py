"""FakeAmo: a running fake as a context manager, and everything a test may ask of it from Python.

Owns the life of the servers. Rules are in the endpoints; what HTTP clients may ask is in control.py.
"""

from contextlib import ExitStack
from typing import Self

from fake_amo.app import AmoApp
from fake_amo.clock import Clock
from fake_amo.consent import code_for
from fake_amo.events import JournalEntry, Trouble
from fake_amo.faults import Faults, Hold
from fake_amo.serving import serve
from fake_amo.settings import AmoSettings
from fake_amo.site import EventListener, Site
from fake_amo.world import Account, Integration


class AmoTrouble(Exception):  # noqa: N818 - named after what it reports
    """Calls that the fake does not model, defects of the fake, faults that no request met."""


class FakeAmo:
    """A fake amoCRM on a loopback port.

    Use as a context manager: it is handed out running and ends within two seconds. `on_event` is called
    with each AmoEvent, from the server's thread.
    """

    def __init__(
        self,
        settings: AmoSettings | None = None,
        on_event: EventListener | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Prepare; nothing listens yet. Raises ValueError for impossible settings."""
        self.settings = settings or AmoSettings()
        self.clock = clock or Clock()
        self._site = Site(self.settings, self.clock, on_event)
        self._stack = ExitStack()
        self._url = ""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            app = AmoApp(self._site)
            server = stack.enter_context(
                serve(app, host=self.settings.host, port=self.settings.port, date_header=False)
            )
            self._url = server.url
            self._site.own_host = server.url.partition("://")[2]
            stack.callback(self.faults.clear)  # lets held answers go, so that the server can end
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: object, problem: object, trace: object) -> None:
        left_over = self.problems()
        self._stack.close()
        if left_over and kind is None and self.settings.raise_at_exit:
            raise AmoTrouble("\n".join(left_over))

    # Where it is and who may call

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`: consent at /oauth, tokens at /oauth2/access_token, the API at /api/v4."""
        return self._url

    @property
    def account_host(self) -> str:
        """What `referer` carries for the default account."""
        return self._site.account_host(self._account())

    @property
    def client_id(self) -> str:
        """The default integration's id."""
        return self._integration().client_id

    @property
    def client_secret(self) -> str:
        """The default integration's secret."""
        return self._integration().client_secret

    @property
    def redirect_uri(self) -> str:
        """The default integration's registered redirect URI, as it is now."""
        return self._integration().redirect_uri

    def set_redirect_uri(self, uri: str, client_id: str | None = None) -> None:
        """Register another redirect URI in the place of the old one; raises ValueError if unusable."""
        with self._site.transaction() as store:
            store.set_redirect_uri(self._integration(client_id).client_id, uri)

    # What goes wrong

    @property
    def faults(self) -> Faults:
        """The menu of faults; see `fake_amo.faults.MENU`."""
        return self._site.faults

    def hold(self, step: str) -> Hold:
        """Hold the next answer of a step (`token`, `refresh`, `leads`, …) back until it is released."""
        return self._site.faults.hold(step)

    @property
    def trouble(self) -> list[Trouble]:
        """Unmodelled calls and defects so far, oldest first."""
        return list(self._site.trouble)

    def problems(self) -> list[str]:
        """Return one line for each trouble and for each fault that no request met."""
        lines = [f"{each.kind}: {each.text}" for each in self.trouble]
        return lines + [f"fault left over: {each} ({each.left} left)" for each in self.faults.pending()]

    # What a test does without a browser

    def mint_code(self, client_id: str | None = None, account: str | None = None) -> str:
        """Return a fresh code, as if the account's first admin had allowed access.

        `account` is a subdomain; without it the default account. Raises ValueError for unknown names.
        """
        with self._site.transaction() as store:
            in_account = self._account(account)
            user = store.user((in_account.admin_ids or in_account.member_ids)[0])
            return code_for(self._site, self._integration(client_id), user, in_account).value

    def advance(
        self, *, seconds: float = 0.0, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0
    ) -> float:
        """Move the fake's clock forward and return its new time."""
        return self.clock.advance(seconds=seconds, minutes=minutes, hours=hours, days=days)

    @property
    def journal(self) -> list[JournalEntry]:
        """The requests so far, oldest first, secrets masked; bounded by `journal_size`."""
        return self._site.journal.entries()

    def reset(self) -> None:
        """Start over: world, sessions, grants, faults, clock, journal, trouble. Takes well under 1 ms."""
        self._site.reset()

    def _integration(self, client_id: str | None = None) -> Integration:
        wanted = self._site.world.integrations[0].client_id if client_id is None else client_id
        found = self._site.store.integrations.get(wanted)
        if found is None:
            known = ", ".join(self._site.store.integrations)
            raise ValueError(f"no integration {wanted!r}; there are {known}")
        return found

    def _account(self, subdomain: str | None = None) -> Account:
        store = self._site.store
        if subdomain is None:
            return store.accounts[self._site.world.accounts[0].id]
        found = store.account_by_subdomain(subdomain)
        if found is None:
            known = ", ".join(each.subdomain for each in store.accounts.values())
            raise ValueError(f"no account {subdomain!r}; there are {known}")
        return found
