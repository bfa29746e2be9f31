"""What a tester may do to a fake apart from its faults, once for Python and once for HTTP.

Owns the look-up of names and the messages for wrong ones. FakeAmo and control.py both call it.
"""

from dataclasses import dataclass, replace

from fake_amo.oauth.consent import code_for
from fake_amo.oauth.hooks import Delivery, send_disconnect, send_install, send_webhook
from fake_amo.site.site import Site
from fake_amo.state.dataset import Account, Integration, User, made_leads
from fake_amo.state.grants import Code

SOME_LEADS = 50
"""How many leads are looked at for what tells two accounts apart."""
WEBHOOK_EVENTS = ("add", "update", "delete", "status")


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account as a test needs to know it."""

    id: int
    subdomain: str
    name: str
    host: str
    """What `referer` carries for it; where there are several accounts, the address of this one alone."""
    login: str
    """Of the first person who may allow access there; see `FakeAmo.sign_in_as`."""


def integration_of(site: Site, client_id: str | None) -> Integration:
    """Return an integration, the default one for None; raises ValueError naming those there are."""
    wanted = site.world.integrations[0].client_id if client_id is None else client_id
    found = site.store.integrations.get(wanted)
    if found is None:
        raise ValueError(f"no integration {wanted!r}; there are {', '.join(site.store.integrations)}")
    return found


def account_of(site: Site, subdomain: str | None) -> Account:
    """Return an account, the default one for None; raises ValueError naming those there are."""
    if subdomain is None:
        return site.store.accounts[site.world.accounts[0].id]
    found = site.store.account_by_subdomain(subdomain)
    if found is None:
        known = ", ".join(each.subdomain for each in site.store.accounts.values())
        raise ValueError(f"no account {subdomain!r}; there are {known}")
    return found


def accounts(site: Site) -> tuple[AccountView, ...]:
    """Return every account as it is now, the default one first."""
    return tuple(
        AccountView(each.id, each.subdomain, each.name, site.account_host(each), _admin(site, each).login)
        for each in site.store.accounts.values()
    )


def mint_code(site: Site, client_id: str | None, subdomain: str | None) -> Code:
    """Return a fresh code, as if an admin of the account had allowed access."""
    with site.transaction():
        account = account_of(site, subdomain)
        return code_for(site, integration_of(site, client_id), _admin(site, account), account)


def redirect_query(
    site: Site, code: str | None, state: str | None, *, error: str | None, subdomain: str | None
) -> dict[str, str]:
    """Return what the redirect to the redirect URI carries, in amoCRM's order (FACTS: REDIRECT-ORDER)."""
    account, client_id = account_of(site, subdomain), integration_of(site, None).client_id
    given = {} if state is None else {"state": state}
    if error is not None:
        return ({} if code is None else {"code": code}) | {"error": error, "client_id": client_id} | given
    platform = {"platform": str(site.profile.platform)} if site.profile.platform_sent else {}
    sent = {} if code is None else {"code": code}
    return sent | given | {"referer": site.account_host(account)} | platform | {"client_id": client_id}


def lead_words(site: Site, subdomain: str | None) -> tuple[str, ...]:
    """Return ids and names of leads that no other account has."""
    mine = account_of(site, subdomain)
    words = {each.id: _words(site, each) for each in site.store.accounts.values()}
    others = {word for account_id, told in words.items() if account_id != mine.id for word in told}
    return tuple(word for word in words[mine.id] if word not in others)


def _words(site: Site, account: Account) -> list[str]:
    kept = site.store.tables[account.id].leads
    leads, _more = kept.page(offset=0, limit=SOME_LEADS, order="id", descending=False, wanted=None)
    return [word for lead in leads for word in (str(lead.id), lead.name)]


def set_redirect_uri(site: Site, uri: str, client_id: str | None) -> None:
    """Register another redirect URI in the place of the old one."""
    with site.transaction() as store:
        store.set_redirect_uri(integration_of(site, client_id).client_id, uri)


def rename_account(site: Site, subdomain: str | None, to: str) -> Account:
    """Move an account to another subdomain."""
    with site.transaction() as store:
        return store.rename_account(account_of(site, subdomain), to)


def set_paid(site: Site, subdomain: str | None, *, paid: bool) -> None:
    """Let an account's subscription run out, or pay it: unpaid, the API answers 402."""
    with site.transaction() as store:
        account = account_of(site, subdomain)
        (store.unpaid.discard if paid else store.unpaid.add)(account.id)


def regenerate_secret(site: Site, client_id: str | None) -> str:
    """Give an integration a new secret and return it; every token of it ends (FACTS: SECRET-REGENERATED)."""
    with site.transaction() as store:
        integration = integration_of(site, client_id)
        secret = (store.grants.new_handle() + store.grants.new_handle())[:64]
        store.integrations[integration.client_id] = replace(integration, client_secret=secret)
        store.grants.revoke_all(integration.client_id)
        return secret


def install_widget(site: Site, client_id: str | None, subdomain: str | None) -> Delivery:
    """Install the integration from a widget; waits up to 3 s for the backend's answer, which is ignored."""
    account = account_of(site, subdomain)
    return send_install(site, integration_of(site, client_id), _admin(site, account), account)


def disconnect(site: Site, client_id: str | None, subdomain: str | None) -> Delivery | None:
    """Switch the integration off in an account; its tokens end, its hook is told."""
    return send_disconnect(site, integration_of(site, client_id), account_of(site, subdomain))


def webhook(
    site: Site, client_id: str | None, subdomain: str | None, event: str, lead_id: int | None
) -> Delivery | None:
    """Tell the integration's webhook of a change of a lead, the account's first one for None."""
    if event not in WEBHOOK_EVENTS:
        raise ValueError(f"no webhook event {event!r}; there are {', '.join(WEBHOOK_EVENTS)}")
    account = account_of(site, subdomain)
    with site.transaction() as store:
        leads = store.tables[account.id].leads
        first, _more = leads.page(offset=0, limit=1, order="id", descending=False, wanted=None)
        lead = leads.get(lead_id) if lead_id is not None else next(iter(first), None)
    if lead is None:
        raise ValueError(f"no lead {lead_id} in {account.subdomain}")
    return send_webhook(site, integration_of(site, client_id), account, event, lead)


def problems(site: Site) -> list[str]:
    """Return one line for each defect of the fake."""
    return [f"{each.kind}: {each.text}" for each in site.trouble]


def left_over(site: Site) -> list[str]:
    """Return one line for each fault that no request met."""
    return [f"fault left over: {each} ({each.left} left)" for each in site.faults.pending()]


def _admin(site: Site, account: Account) -> User:
    return site.store.user((account.admin_ids or account.member_ids)[0])


def set_leads(site: Site, subdomain: str | None, count: int) -> None:
    """Give an account that many generated leads in the place of its own; the same count, the same leads."""
    with site.transaction() as store:
        account = account_of(site, subdomain)
        store.tables[account.id].replace_leads(made_leads(account, count, site.settings.seed))


def sign_in_as(site: Site, login: str) -> User:
    """Let that person be the one who is signed in, or whose login is filled in, until a reset."""
    with site.transaction() as store:
        user = store.user_by_login(login)
        if user is None:
            known = ", ".join(each.login for each in site.world.users)
            raise ValueError(f"no user {login!r}; there are {known}")
        store.expected_user_id = user.id
        return user
