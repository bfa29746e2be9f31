"""The state of one fake: a working copy of its world, who is signed in, what is installed, what was granted.

Owns every rule-free record. Rules sit in the endpoints; time and HTTP stay outside.
"""

from collections import OrderedDict
from dataclasses import replace

from fake_amo.state.dataset import Account, Integration, User, World, check_subdomain
from fake_amo.state.grants import Grants, Lifetimes
from fake_amo.state.settings import AmoSettings, check_redirect_uri
from fake_amo.state.tables import AccountTables

_KEPT_SESSIONS = 20_000


class _Tables(dict[int, AccountTables]):
    """The tables of every account, made when they are first asked for."""

    def __init__(self, accounts: dict[int, Account]) -> None:
        super().__init__()
        self._accounts = accounts

    def __missing__(self, account_id: int) -> AccountTables:
        self[account_id] = AccountTables(self._accounts[account_id])
        return self[account_id]


class Store:
    """Everything that a request may read or change. Use it under the site's lock."""

    def __init__(self, world: World, settings: AmoSettings) -> None:
        """Copy the world; the world itself is never changed."""
        lifetimes = Lifetimes(
            settings.code_lifetime_s, settings.access_lifetime_s, settings.refresh_lifetime_s
        )
        self.world = world
        self.grants = Grants(settings.seed, lifetimes, settings.kept_grants)
        self.reset()

    def reset(self) -> None:
        """Start over from the world: no sessions, no grants, the first names, leads and redirect URIs."""
        self.grants.clear()
        self.integrations = {each.client_id: each for each in self.world.integrations}
        self.accounts = {each.id: each for each in self.world.accounts}
        self._users = {each.id: each for each in self.world.users}
        self._logins = {each.login: each for each in self.world.users}
        self._subdomains = {each.subdomain: each.id for each in self.world.accounts}
        self._newcomers: dict[int, int] = {}
        """The one account of each user who is not of the world."""
        self.tables = _Tables(self.accounts)
        self.sessions: OrderedDict[str, int] = OrderedDict()
        self.expected_user_id = self.world.users[0].id
        """Who is signed in where no session says otherwise, or whose login is filled in."""
        self.installed: set[tuple[str, int]] = set()
        self.disabled: set[tuple[str, int]] = set()
        self.unpaid: set[int] = set()

    # People

    def user(self, user_id: int) -> User:
        """Return a user that exists."""
        return self._users[user_id]

    def user_by_login(self, login: str) -> User | None:
        """Return the user of that login, or None."""
        return self._logins.get(login)

    def admit(self, user: User, account: Account) -> None:
        """Know a user who is not of the world, with the account that is that user's alone."""
        self._users[user.id] = self._logins[user.login] = user
        self.accounts[account.id] = account
        self._subdomains[account.subdomain] = account.id
        self._newcomers[user.id] = account.id

    def open_session(self, user_id: int) -> str:
        """Return the value of a fresh session cookie."""
        session = self.grants.new_handle()
        self.sessions[session] = user_id
        if len(self.sessions) > _KEPT_SESSIONS:
            self.sessions.popitem(last=False)
        return session

    # Accounts

    def account_by_subdomain(self, subdomain: str) -> Account | None:
        """Return the account that answers under that subdomain now, or None."""
        account_id = self._subdomains.get(subdomain)
        return None if account_id is None else self.accounts[account_id]

    def accounts_offered(self, user_id: int, integration: Integration) -> list[Account]:
        """Return the accounts in which that user may grant access (FACTS: CONSENT-ACCOUNTS)."""
        own = self._newcomers.get(user_id)
        candidates = (each.id for each in self.world.accounts) if own is None else (own,)
        return [
            each
            for each in map(self.accounts.__getitem__, candidates)
            if integration.owner_account_id in {None, each.id}
            and (
                user_id in each.admin_ids
                or (user_id in each.member_ids and (integration.client_id, each.id) in self.installed)
            )
        ]

    def rename_account(self, account: Account, subdomain: str) -> Account:
        """Move an account to a free subdomain and return it; raises ValueError for any other."""
        check_subdomain(subdomain)
        if self.account_by_subdomain(subdomain) is not None:
            raise ValueError(f"there is an account at {subdomain!r} already")
        renamed = replace(account, subdomain=subdomain)
        self.accounts[account.id] = renamed
        del self._subdomains[account.subdomain]
        self._subdomains[subdomain] = account.id
        return renamed

    # Integrations

    def set_redirect_uri(self, client_id: str, uri: str) -> None:
        """Register another redirect URI; raises ValueError if unusable, KeyError for no such client."""
        check_redirect_uri(uri)
        self.integrations[client_id] = replace(self.integrations[client_id], redirect_uri=uri)

    def disable(self, client_id: str, account_id: int) -> None:
        """Switch an integration off in an account: its tokens there end."""
        self.disabled.add((client_id, account_id))
        self.installed.discard((client_id, account_id))
        self.grants.revoke_all(client_id, account_id)

    def install(self, client_id: str, account_id: int) -> None:
        """Switch an integration on in an account."""
        self.disabled.discard((client_id, account_id))
        self.installed.add((client_id, account_id))
