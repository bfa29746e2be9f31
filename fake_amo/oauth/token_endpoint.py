"""POST /oauth2/access_token: both grants, every refusal, in the order in which League 8.4 checks.

Owns the order of checks; the numbers in comments are the steps of FACTS.md TOKEN-ORDER and REFRESH-ORDER.
Must not hold state: records are in grants.py, texts in problems.py.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from fake_amo.http.messages import Call, Reply, json_reply
from fake_amo.site.hosts import Place, place_of
from fake_amo.site.problems import token_problem
from fake_amo.site.site import Site
from fake_amo.state.dataset import Integration
from fake_amo.state.grants import Code, Holder, Pair

_GRANTS = ("authorization_code", "refresh_token")


class _Refused(Exception):  # noqa: N818 - it carries a documented refusal, it is not an error of the fake
    """Ends the checks; its argument is a name in TOKEN_PROBLEMS."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """What a token request carries; a value that is not text counts as missing."""

    grant_type: str | None
    client_id: str | None
    client_secret: str | None
    redirect_uri: str | None
    code: str | None
    refresh_token: str | None


def steps_of(call: Call) -> tuple[str, ...]:
    """Return which step of the faults menu a token request is."""
    return ("refresh",) if _ask(call).grant_type == "refresh_token" else ("token",)


def answer_token_request(site: Site, call: Call) -> Reply:
    """Return a pair of tokens or a refusal."""
    return grant(site, call, None)


def grant(site: Site, call: Call, access_lives_s: int | None) -> Reply:
    """Return a pair whose access token lives that long (None: as the settings say), or a refusal."""
    ask = _ask(call)
    place = place_of(site, call)
    try:
        if place.kind == "main":
            raise _Refused("send_to_account")
        if ask.grant_type == "authorization_code":
            pair = _exchange(site, call, ask, place, access_lives_s)
        elif ask.grant_type == "refresh_token":
            pair = _refresh(site, call, ask, place, access_lives_s)
        else:
            raise _Refused("grant_type_unsupported")
    except _Refused as refusal:
        return token_problem(str(refusal), site.profile)
    return _success(site, pair)


def report_token_request(site: Site, call: Call, reply: Reply | None) -> None:
    """Emit what was asked and answered, then the tokens if there are any."""
    ask = _ask(call)
    integration = site.store.integrations.get(ask.client_id or "")
    note = reply.note if reply else {}
    site.emit(
        "token_request",
        {
            "host": call.host,
            "grant_type": ask.grant_type,
            "client_id": ask.client_id,
            "redirect_uri": ask.redirect_uri,
            "code": ask.code,
            "refresh_token": ask.refresh_token,
            "has_code": ask.code is not None,
            "has_refresh_token": ask.refresh_token is not None,
            "client_ok": integration is not None and integration.client_secret == ask.client_secret,
            "status": reply.status if reply else None,
            "problem": note.get("problem"),
            "hint": note.get("hint"),
        },
        {
            "code": ask.code or "",
            "refresh_token": ask.refresh_token or "",
            "client_secret": ask.client_secret or "",
        },
    )
    pair: Pair | None = note.get("pair")
    if pair is not None:
        site.emit(
            "tokens_issued",
            {
                "grant_type": ask.grant_type,
                "client_id": pair.client_id,
                "account_id": pair.account_id,
                "access_token": pair.access,
                "refresh_token": pair.refresh,
                "expires_in": pair.access_lives_s,
            },
            {"access_token": pair.access, "refresh_token": pair.refresh},
        )


def _ask(call: Call) -> _Ask:
    """Read the fields; credentials that the body lacks may come as Basic (League's fallback)."""
    fields = call.fields
    basic_id, basic_secret = call.basic or (None, None)
    texts: dict[str, str | None] = {
        name: value if isinstance(value := fields.get(name), str) and value else None
        for name in ("grant_type", "client_id", "client_secret", "redirect_uri", "code", "refresh_token")
    }
    return _Ask(
        texts["grant_type"],
        texts["client_id"] or basic_id,
        texts["client_secret"] or basic_secret,
        texts["redirect_uri"],
        texts["code"],
        texts["refresh_token"],
    )


def _client(site: Site, call: Call, ask: _Ask) -> Integration:
    """Steps 2 to 4: client id, secret, redirect URI."""
    if ask.client_id is None or not _is_uuid(ask.client_id):
        raise _Refused("client_id_invalid")
    integration = site.store.integrations.get(ask.client_id)
    if integration is None:
        raise _Refused("client_unknown")
    call.who["client_id"] = integration.client_id
    if ask.client_secret != integration.client_secret:
        raise _Refused("client_secret_wrong")
    if ask.redirect_uri is None:
        raise _Refused("redirect_uri_missing")
    if ask.redirect_uri != integration.redirect_uri:
        raise _Refused("redirect_uri_wrong")
    return integration


def _exchange(site: Site, call: Call, ask: _Ask, place: Place, access_lives_s: int | None) -> Pair:
    recognised = site.store.grants.code(ask.code or "")
    try:
        integration = _client(site, call, ask)
        code = _checked_code(site, ask, recognised, place)
    except _Refused:
        if recognised is not None and site.settings.failed_exchange_burns_code:
            recognised.spent = True
        raise
    code.spent = True  # only now: a refused exchange leaves the code good (FACTS: CODE-NOT-BURNT)
    holder = Holder(integration.client_id, code.account_id, code.user_id)
    return _issue(site, call, integration, holder, access_lives_s)


def _checked_code(site: Site, ask: _Ask, code: Code | None, place: Place) -> Code:
    if ask.code is None:  # 5
        raise _Refused("code_missing")
    if code is None:  # 6
        raise _Refused("code_undecryptable")
    if site.clock.now() >= code.expires_at:  # 7
        raise _Refused("code_expired")
    if code.spent:  # 8
        raise _Refused("code_revoked")
    if code.client_id != ask.client_id:  # 9
        raise _Refused("code_of_another_client")
    if place.account is not None and place.account.id != code.account_id:  # 10
        raise _Refused("account_invalid")
    if code.redirect_uri != ask.redirect_uri:  # 11
        raise _Refused("redirect_uri_changed")
    _check_paid(site, code.account_id)
    return code


def _refresh(site: Site, call: Call, ask: _Ask, place: Place, access_lives_s: int | None) -> Pair:
    integration = _client(site, call, ask)
    old = _checked_refresh(site, ask, place)
    settle(site, old)
    holder = Holder(integration.client_id, old.account_id, old.user_id)
    pair = _issue(site, call, integration, holder, access_lives_s)
    if site.settings.refresh == "grace":
        pair.superseded = old
    else:
        _supersede(site, old)
    return pair


def _checked_refresh(site: Site, ask: _Ask, place: Place) -> Pair:
    if ask.refresh_token is None:  # 5
        raise _Refused("refresh_missing")
    pair = site.store.grants.by_refresh(ask.refresh_token)
    if pair is None:  # 6
        raise _Refused("refresh_undecryptable")
    if pair.client_id != ask.client_id:  # 7
        raise _Refused("refresh_of_another_client")
    if site.clock.now() >= pair.refresh_expires_at:  # 8
        raise _Refused("refresh_expired")
    if pair.refresh_revoked:  # 9
        raise _Refused("refresh_revoked")
    if place.account is not None and place.account.id != pair.account_id:  # 10
        raise _Refused("account_invalid")
    _check_paid(site, pair.account_id)
    return pair


def _check_paid(site: Site, account_id: int) -> None:
    """Last: an account whose subscription ran out gets no tokens (FACTS: TOKEN-UNPAID)."""
    if site.settings.unpaid_refuses_tokens and account_id in site.store.unpaid:
        raise _Refused("account_unpaid")


def settle(site: Site, pair: Pair) -> None:
    """Note the first use of a pair: under grace rotation its predecessor ends here."""
    if pair.superseded is not None:
        _supersede(site, pair.superseded)
        pair.superseded = None


def _supersede(site: Site, old: Pair) -> None:
    old.refresh_revoked = True
    if site.settings.refresh_revokes_access:
        old.access_revoked = True


def _issue(
    site: Site, call: Call, integration: Integration, holder: Holder, access_lives_s: int | None
) -> Pair:
    call.who |= {"account_id": holder.account_id, "user_id": holder.user_id}
    claims: dict[str, Any] = {
        "sub": str(holder.user_id),
        "grant_type": "",
        "account_id": holder.account_id,
        "base_domain": site.profile.zone,
        "version": 2,
        "scopes": list(integration.scopes),
    }
    if site.profile.late_claims:
        claims |= {"hash_uuid": site.store.grants.new_uuid(), "api_domain": site.api_host(call)}
    return site.store.grants.issue_pair(holder, claims, site.clock.now(), access_lives_s)


def _success(site: Site, pair: Pair) -> Reply:
    body: dict[str, Any] = {"token_type": "Bearer", "expires_in": pair.access_lives_s}
    if site.profile.server_time:
        body["server_time"] = int(pair.issued_at)
    body |= {"access_token": pair.access, "refresh_token": pair.refresh}
    reply = json_reply(200, body, "application/json; charset=UTF-8", note={"pair": pair})
    return reply.with_header("pragma", "no-cache").with_header("cache-control", "no-store")


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
