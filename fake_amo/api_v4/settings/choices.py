"""Short lists that clients read once: loss reasons, sources, catalogs, customers, unsorted leads.

Owns their contents, which are mostly empty: an account of the fake has none of them to begin with.
"""

from fake_amo.api_v4.gate.calls import NOTHING, Caller, authorised, list_of, paging_of
from fake_amo.http.messages import Call, Reply
from fake_amo.site.site import Site

_MADE_AT = 1_730_000_000
EMPTY_LISTS = ("sources", "catalogs", "customers", "leads/unsorted", "talks")
"""Paths of the lists that an account of the fake has nothing in."""
LOSS_REASONS = ("Дорого", "Не вийшли на зв'язок", "Обрали інших")


@authorised
def list_loss_reasons(site: Site, call: Call, _caller: Caller) -> Reply:
    """Return the reasons for which leads are lost (FACTS: API-LOSS-REASONS)."""
    paging = paging_of(site, call)
    if isinstance(paging, Reply):
        return paging
    shown = [
        {
            "id": 4_000_001 + 2 * place,
            "name": name,
            "sort": 10 * (place + 1),
            "created_at": _MADE_AT,
            "updated_at": _MADE_AT,
            "_links": {"self": {"href": f"{call.origin}{call.path}/{4_000_001 + 2 * place}"}},
        }
        for place, name in enumerate(LOSS_REASONS)
    ]
    page = shown[paging.offset : paging.offset + paging.limit]
    return list_of(call, paging, "loss_reasons", page, more=len(shown) > paging.offset + paging.limit)


@authorised
def list_nothing(site: Site, call: Call, _caller: Caller) -> Reply:
    """Return an empty list: 204 (FACTS: API-EMPTY-204)."""
    paging = paging_of(site, call)
    return paging if isinstance(paging, Reply) else NOTHING
