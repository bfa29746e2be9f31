"""What every API v4 call goes through: the token, the account, the limits; and the shapes all lists share.

Owns the gate and `_links`. Must not know a single entity: those are in the room beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from fake_amo.http.messages import Call, Reply, json_reply
from fake_amo.oauth.token_endpoint import settle
from fake_amo.site.hosts import place_of
from fake_amo.site.problems import api_problem
from fake_amo.site.site import Site
from fake_amo.state.dataset import Account, Integration
from fake_amo.state.tables import AccountTables

HAL = "application/hal+json"
NOTHING = Reply(204)
"""How amoCRM answers where a list is empty or a single entity is missing (FACTS: API-EMPTY-204)."""
DEFAULT_LIMIT, MAX_LIMIT = 50, 250
_MOST_DIGITS, _MOST_PAGES = 18, 2**31


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls the API, and on whose data."""

    account: Account
    integration: Integration
    user_id: int
    tables: AccountTables


Endpoint = Callable[[Site, Call, Caller], Reply]


def authorised(endpoint: Endpoint) -> Callable[[Site, Call], Reply]:
    """Let an endpoint see only calls with a living token, a paid account and a free place in the second."""

    @wraps(endpoint)
    def gated(site: Site, call: Call) -> Reply:
        caller = caller_of(site, call)
        return caller if isinstance(caller, Reply) else endpoint(site, call, caller)

    return gated


def for_administrators(endpoint: Endpoint) -> Callable[[Site, Call], Reply]:
    """Let an endpoint see only such calls of the account's administrators; others get 403."""

    @wraps(endpoint)
    def admitted(site: Site, call: Call, caller: Caller) -> Reply:
        is_admin = caller.user_id in caller.account.admin_ids
        return endpoint(site, call, caller) if is_admin else api_problem("forbidden", site.profile)

    return authorised(admitted)


def caller_of(site: Site, call: Call) -> Caller | Reply:
    """Return who calls, or the refusal: 401, 402 or 429, in this order."""
    now = site.clock.now()
    pair = site.store.grants.living_access(call.bearer or "", now)
    integration = site.store.integrations.get(pair.client_id) if pair else None
    place = place_of(site, call)
    if pair is None or integration is None or (place.account and place.account.id != pair.account_id):
        return api_problem("unauthorized", site.profile)
    settle(site, pair)
    call.who |= {"client_id": pair.client_id, "account_id": pair.account_id, "user_id": pair.user_id}
    if pair.account_id in site.store.unpaid:
        return api_problem("payment_required", site.profile)
    each_account = site.settings.limits_of == "installation"
    if site.settings.limits and not site.limits.allow(
        pair.client_id, pair.account_id, now, each_account=each_account
    ):
        return api_problem("too_many_requests", site.profile)
    account = site.store.accounts[pair.account_id]
    return Caller(account, integration, pair.user_id, site.store.tables[account.id])


def report_api_request(site: Site, call: Call, reply: Reply | None) -> None:
    """Emit what was asked and how it was answered."""
    data = {
        "host": call.host,
        "method": call.method,
        "path": call.path,
        "query": call.raw_query,
        "status": reply.status if reply else None,
        **call.who,
    }
    site.emit("api_request", data, {"access_token": call.bearer or ""})


def hal(value: dict[str, Any], status: int = 200) -> Reply:
    """Return a success of the API."""
    return json_reply(status, value, HAL)


def link(href: str) -> dict[str, Any]:
    """Return `_links` with nothing but self."""
    return {"self": {"href": href}}


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of a list is asked for."""

    page: int
    limit: int

    @property
    def offset(self) -> int:
        """How many entities lie before the page."""
        return (self.page - 1) * self.limit


def paging_of(site: Site, call: Call) -> Paging | Reply:
    """Return the page asked for, or the 422 of a limit above 250; what is no number counts as not sent."""
    limit = _positive(call.query.get("limit"), DEFAULT_LIMIT)
    if limit > MAX_LIMIT:
        return api_problem("limit_exceeded", site.profile)
    return Paging(_positive(call.query.get("page"), 1), limit)


def list_of(
    call: Call,
    paging: Paging,
    name: str,
    entities: list[dict[str, Any]],
    *,
    more: bool,
    total: int | None = None,
) -> Reply:
    """Return one page in HAL, with links to its neighbours, or nothing where it is empty.

    `total` is for the lists that say how many there are.
    """
    if not entities:
        return NOTHING
    links: dict[str, Any] = {"self": {"href": _page_href(call, paging.page, paging.limit)}}
    if more:
        links["next"] = {"href": _page_href(call, paging.page + 1, paging.limit)}
    if paging.page > 1:
        links["first"] = {"href": _page_href(call, 1, paging.limit)}
        links["prev"] = {"href": _page_href(call, paging.page - 1, paging.limit)}
    body: dict[str, Any] = {"_page": paging.page}
    if total is not None:
        body = {"_total_items": total, **body, "_page_count": -(-total // paging.limit)}
    return hal({**body, "_links": links, "_embedded": {name: entities}})


def _page_href(call: Call, page: int, limit: int) -> str:
    """Return the address of a page, every other parameter as it was sent."""
    pairs = [(name, value) for name, value in call.query_pairs if name not in {"page", "limit"}]
    query = urlencode([*pairs, ("page", str(page)), ("limit", str(limit))], errors="surrogateescape")
    return f"{call.origin}{call.path}?{query}"


def whole_number(text: str) -> int | None:
    """Return the number that a parameter stands for, or None for what is none, or none that amoCRM has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def _positive(text: str | None, default: int) -> int:
    number = whole_number(text or "")
    return number if number and number < _MOST_PAGES else default
