"""POST /api/v4/short_links: a short address for a long one, told apart by whom it is sent to.

Owns the shape of the answer. The short addresses lead nowhere (FACTS: API-SHORT-LINKS).
"""

from fake_amo.api_v4.gate.calls import MAX_LIMIT, Caller, authorised, hal, link
from fake_amo.http.messages import Call, Reply, is_array, is_object
from fake_amo.site.problems import api_problem, validation_problem
from fake_amo.site.site import Site


@authorised
def make_short_links(site: Site, call: Call, caller: Caller) -> Reply:
    """Return a short address for each of the array."""
    items = call.json
    if not is_array(items) or not items:
        return api_problem("request_empty", site.profile)
    if len(items) > MAX_LIMIT:
        return api_problem("limit_exceeded", site.profile)
    missing = {"code": "FieldMissing", "path": "url", "detail": "This field is missing."}
    wrong = [
        {"request_id": str(place), "errors": [missing]}
        for place, item in enumerate(items)
        if not (is_object(item) and isinstance(item.get("url"), str))
    ]
    if wrong:
        return validation_problem(wrong)
    shown = [
        {
            "url": f"https://amo.sh/{site.store.grants.new_handle()[:12].upper()}",
            "account_id": caller.account.id,
            "metadata": item.get("metadata"),
        }
        for item in items
    ]
    return hal({"_links": link("/api/v4/short_links"), "_embedded": {"short_links": shown}})
