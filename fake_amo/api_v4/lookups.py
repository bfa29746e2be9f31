"""The look-ups outside API v4: which subdomain an account has now, and who the user is.

Owns /oauth2/account/subdomain, /oauth2/account/current/subdomain and /v3/user.
"""

from fake_amo.api_v4.gate.calls import Caller, authorised
from fake_amo.http.messages import Call, Reply, json_reply
from fake_amo.site.problems import access_denied, api_problem
from fake_amo.site.site import Site
from fake_amo.state.dataset import Account


def show_subdomain(site: Site, call: Call) -> Reply:
    """Return the account of a bearer token (deprecated by amoCRM, still in use)."""
    if call.bearer is None:
        return access_denied()
    pair = site.store.grants.living_access(call.bearer, site.clock.now())
    if pair is None:
        return api_problem("unauthorized", site.profile)
    call.who |= {"client_id": pair.client_id, "account_id": pair.account_id}
    return _shown(site, call, site.store.accounts[pair.account_id])


def show_current_subdomain(site: Site, call: Call) -> Reply:
    """Return the account of the refresh token in `X-Refresh-Token`, wherever it moved."""
    token = call.headers.get("x-refresh-token")
    if not token:
        return access_denied()
    pair = site.store.grants.by_refresh(token)
    if pair is None or pair.refresh_revoked or site.clock.now() >= pair.refresh_expires_at:
        return api_problem("unauthorized", site.profile)
    call.who |= {"client_id": pair.client_id, "account_id": pair.account_id}
    return _shown(site, call, site.store.accounts[pair.account_id])


@authorised
def show_token_user(site: Site, _call: Call, caller: Caller) -> Reply:
    """Return the user of the token, as League's provider asks for it."""
    user = site.store.user(caller.user_id)
    return json_reply(200, {"id": user.id, "name": user.name, "email": user.login})


def _shown(site: Site, call: Call, account: Account) -> Reply:
    return json_reply(
        200,
        {
            "id": account.id,
            "subdomain": account.subdomain,
            "domain": site.account_host(account, call),
            "top_level_domain": site.profile.zone.rpartition(".")[2],
        },
    )
