"""FakeAmo: a running fake as a context manager, and everything a test may ask of it from Python.

Owns the life of the servers. What its methods do is in operations.py; HTTP clients ask through control.py.
"""

from contextlib import AbstractContextManager, ExitStack
from typing import Any, Self

from fake_amo.app import AmoApp
from fake_amo.control import operations
from fake_amo.http.aside import LedAside
from fake_amo.http.serving import AsgiApp, RunningServer, serve
from fake_amo.http.times import Times
from fake_amo.oauth.hooks import Delivery
from fake_amo.site.clock import Clock
from fake_amo.site.events import JournalEntry, Trouble, UnmodelledCall
from fake_amo.site.faults import Faults, Hold
from fake_amo.site.site import OWN_PORT, EventListener, Site
from fake_amo.state.settings import AmoSettings

BACKGROUND_TIMEOUT_S = 4.0
"""Longer than a webhook may take."""


class AmoTrouble(Exception):  # noqa: N818 - named after what it reports
    """Calls that the fake does not model, defects of the fake, faults that no request met."""


class FakeAmo:
    """A fake amoCRM on a loopback port.

    Use as a context manager: it is handed out running and ends within two seconds. `on_event` is called
    with each AmoEvent: from the server's thread for requests, from the caller's for its own operations.
    Leaving the block raises AmoTrouble where something must not pass in silence (`remarks()`), unless
    another exception is on its way or `raise_at_exit` is off.
    """

    def __init__(
        self,
        settings: AmoSettings | None = None,
        on_event: EventListener | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Prepare; nothing listens yet."""
        self.settings = settings or AmoSettings()
        self.clock = clock or Clock()
        self._site = Site(self.settings, self.clock, on_event)
        self._app = LedAside(AmoApp(self._site))
        self._stack = ExitStack()
        self._servers: list[RunningServer] = []

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            app, host = self._app, self.settings.host
            alone = self._served_alone()
            server = stack.enter_context(
                serve(
                    app,
                    host=host,
                    port=self.settings.port,
                    doors=len(alone),
                    date_header=False,
                    lan=self.settings.lan,
                )
            )
            self._servers.append(server)
            self._site.own_host = server.url.partition("://")[2]
            self._site.doors = dict(zip(server.doors, alone, strict=True))
            if self.settings.tls:
                self._serve_tls(stack, app)
            stack.callback(self.faults.clear)  # lets held answers go, so that the servers can end
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: object, problem: object, trace: object) -> None:
        self._site.wait_for_background(BACKGROUND_TIMEOUT_S)
        remarks = self.remarks()
        self._stack.close()
        if remarks and kind is None and self.settings.raise_at_exit:
            raise AmoTrouble("\n".join(remarks))

    def _served_alone(self) -> list[str]:
        """Return the subdomains that get an address of their own, where the settings name none."""
        accounts, named = self._site.world.accounts, self.settings.account_host
        if named is None:
            return [each.subdomain for each in accounts] if len(accounts) > 1 else []
        return [each.subdomain for each in accounts[1:]] if OWN_PORT in named else []

    def _serve_tls(self, stack: ExitStack, app: AsgiApp) -> None:
        from fake_amo.http.tls import ThrowAwayCa  # noqa: PLC0415 - costs 60 ms that plain HTTP need not pay

        ca = stack.enter_context(ThrowAwayCa())
        host = self.settings.host
        server = stack.enter_context(
            serve(
                app,
                ssl=ca.server_context(host),
                host=host,
                port=self.settings.tls_port,
                date_header=False,
            )
        )
        self._servers.append(server)
        self._site.tls = {"tls_url": server.url, "ca_file": str(ca.ca_file)}

    def leads_aside(self, *paths: str, app: AsgiApp) -> AbstractContextManager[None]:
        """Let another application answer below these paths at the fake's own origin, until the block ends."""
        return self._app.below(*paths, app=app)

    # Where it is and who may call

    @property
    def about(self) -> dict[str, Any]:
        """Everything below by name, as `python -m fake_amo` prints it."""
        return self._site.about()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`: consent at /oauth, tokens at /oauth2/access_token, the API at /api/v4."""
        return self._site.about()["url"]

    @property
    def control_url(self) -> str:
        """Where the control API is, documented at `{control_url}/openapi.json`."""
        return self._site.about()["control_url"]

    @property
    def tls_url(self) -> str | None:
        """`https://127.0.0.1:PORT`, where `tls` is set; any host name resolved to it works by SNI."""
        return self._site.tls.get("tls_url")

    @property
    def ca_file(self) -> str | None:
        """PEM file of the CA to trust, where `tls` is set; it goes when the fake ends."""
        return self._site.tls.get("ca_file")

    @property
    def account_host(self) -> str:
        """What `referer` carries for the default account."""
        return self._site.about()["account_host"]

    @property
    def accounts(self) -> tuple[operations.AccountView, ...]:
        """Every account as it is now, the default one first."""
        return operations.accounts(self._site)

    @property
    def client_id(self) -> str:
        """The default integration's id."""
        return operations.integration_of(self._site, None).client_id

    @property
    def client_secret(self) -> str:
        """The default integration's secret."""
        return operations.integration_of(self._site, None).client_secret

    @property
    def redirect_uri(self) -> str:
        """The default integration's registered redirect URI, as it is now."""
        return operations.integration_of(self._site, None).redirect_uri

    # What goes wrong

    @property
    def faults(self) -> Faults:
        """The menu of faults; see `fake_amo.site.faults.MENU`."""
        return self._site.faults

    def hold(self, step: str) -> Hold:
        """Hold the next answer of a step (`token`, `refresh`, `leads`, …) back until it is released."""
        return self._site.faults.hold(step)

    @property
    def trouble(self) -> list[Trouble]:
        """Defects so far, oldest first."""
        return list(self._site.trouble)

    def problems(self) -> list[str]:
        """Return one line for each defect of the fake itself."""
        let_out = [f"exception: {each}" for server in self._servers for each in server.errors]
        return operations.problems(self._site) + let_out

    def unmodelled(self) -> list[UnmodelledCall]:
        """Return the different (method, path) that were called and are not modelled, oldest first."""
        return self._site.unmodelled

    def left_over(self) -> list[str]:
        """Return one line for each fault that no request met."""
        return operations.left_over(self._site)

    def remarks(self) -> list[str]:
        """Return one line for everything that must not pass in silence: all of the above."""
        calls = [f"not modelled by the fake: {each}" for each in self.unmodelled()]
        return [*self.problems(), *calls, *self.left_over()]

    @property
    def times(self) -> Times:
        """How long its own answers took, without the time that faults asked for."""
        return self._site.times

    @property
    def journal(self) -> list[JournalEntry]:
        """The requests so far, oldest first, secrets masked; bounded by `journal_size`."""
        return self._site.journal.entries()

    # What a test does to it; names default to the first integration and the first account, and a wrong
    # name raises ValueError with those there are

    def reset(self) -> None:
        """Start over: world, sessions, grants, faults, clock, journal, trouble."""
        self._site.reset()

    def advance(
        self, *, seconds: float = 0.0, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0
    ) -> float:
        """Move the fake's clock forward, tell the listener so, and return its new time."""
        return self._site.advance(seconds=seconds, minutes=minutes, hours=hours, days=days)

    def now(self) -> float:
        """Return the time on the fake's clock, in seconds since the epoch."""
        return self._site.clock.now()

    def mint_code(self, client_id: str | None = None, account: str | None = None) -> str:
        """Return a fresh code without a browser, as if an admin of the account had allowed access."""
        return operations.mint_code(self._site, client_id, account).value

    def redirect_query(
        self, code: str | None, state: str | None, *, error: str | None = None, account: str | None = None
    ) -> dict[str, str]:
        """Return what amoCRM's redirect carries, in its order; an error comes without a code."""
        return operations.redirect_query(self._site, code, state, error=error, subdomain=account)

    def lead_words(self, account: str | None = None) -> tuple[str, ...]:
        """Return ids and names of leads that this account alone has."""
        return operations.lead_words(self._site, account)

    def sign_in_as(self, login: str) -> None:
        """Let that person be who is signed in in browsers without a session, until `reset`."""
        operations.sign_in_as(self._site, login)

    def set_redirect_uri(self, uri: str, client_id: str | None = None) -> None:
        """Register another redirect URI in the place of the old one; raises ValueError if unusable."""
        operations.set_redirect_uri(self._site, uri, client_id)

    def install_widget(self, client_id: str | None = None, account: str | None = None) -> Delivery:
        """Call the redirect URI from server to server with `from_widget=1`; waits 3 s, never tries again."""
        return operations.install_widget(self._site, client_id, account)

    def disconnect(self, client_id: str | None = None, account: str | None = None) -> Delivery | None:
        """Switch the integration off in an account: its tokens end, its hook (None: it has none) is told."""
        return operations.disconnect(self._site, client_id, account)

    def send_webhook(
        self,
        event: str = "add",
        lead_id: int | None = None,
        client_id: str | None = None,
        account: str | None = None,
    ) -> Delivery | None:
        """Tell the integration's webhook (None: it has none) of a change of a lead."""
        return operations.webhook(self._site, client_id, account, event, lead_id)

    def rename_account(self, to: str, account: str | None = None) -> str:
        """Move an account to another subdomain and return what `referer` carries from now on."""
        renamed = operations.rename_account(self._site, account, to)
        return self._site.account_host(renamed)

    def regenerate_secret(self, client_id: str | None = None) -> str:
        """Give an integration a new secret and return it; its tokens end."""
        return operations.regenerate_secret(self._site, client_id)

    def set_leads(self, count: int, account: str | None = None) -> None:
        """Give an account that many generated leads in the place of its own, until `reset`."""
        operations.set_leads(self._site, account, count)

    def set_paid(self, *, paid: bool, account: str | None = None) -> None:
        """Let an account's subscription run out (the API answers 402), or pay it."""
        operations.set_paid(self._site, account, paid=paid)
