"""Customers: their keys and filters, what they are linked with, and whether the account has any.

Owns what is special about a customer, and the mode (FACTS: API-CUSTOMERS, API-CUSTOMERS-MODE). Reading and
writing are those of every resource.
"""

from typing import Any

from fake_amo.api_v4.entities.cards import (
    CARD_ORDERS,
    MADE,
    PEOPLE,
    card_filters,
    card_keys,
    check_company,
    check_people,
    made_of,
    shown_company,
)
from fake_amo.api_v4.entities.custom_values import texts_of
from fake_amo.api_v4.entities.filters import chosen, spanned
from fake_amo.api_v4.entities.resource import Draft, Resource, View, account_id, constant, text, whole
from fake_amo.api_v4.entities.tags import linked_ids, shown_linked, shown_tags
from fake_amo.api_v4.gate.calls import Caller, authorised, hal
from fake_amo.http.messages import Call, Reply, is_object
from fake_amo.site.problems import api_problem, validation_problem
from fake_amo.site.site import Site
from fake_amo.state.entities import Customer

MODES = ("segments", "periodicity")


def _rules(draft: Draft) -> None:
    check_people(draft)
    check_company(draft)
    contacts = linked_ids(draft, "contacts")
    if contacts is not None:
        draft.changes["contact_ids"] = contacts


def _made(draft: Draft, customer_id: int) -> Customer:
    return Customer(id=customer_id, **made_of(draft, {"name": f"Покупатель #{customer_id}"}))


def _embedded(view: View, customer: Customer) -> dict[str, Any]:
    embedded: dict[str, Any] = {"segments": [], "tags": shown_tags(view, customer)}
    if "contacts" in view.asked:
        embedded["contacts"] = [
            {**view.reference("contacts", each), "is_main": place == 0}
            for place, each in enumerate(customer.contact_ids)
        ]
    if "companies" in view.asked:
        embedded["companies"] = shown_company(view, customer)
    return embedded | shown_linked(view, "customers", customer)


CUSTOMERS = Resource(
    name="customers",
    path="customers",
    step="",
    schema="Customer",
    table=lambda caller: caller.tables.customers,
    keys=(
        whole("id"),
        text("name", written=True),
        whole("next_price", written=True),
        whole("next_date", written=True),
        *PEOPLE,
        whole("status_id", written=True),
        whole("periodicity", written=True),
        *MADE,
        *card_keys("customers"),
        *(constant(name, 0) for name in ("ltv", "purchases_count", "average_check")),
        account_id(),
    ),
    make=_made,
    filters={
        **card_filters("customers"),
        "status_id": chosen("status_id"),
        "next_price": spanned("next_price", exact=True),
        "next_date": spanned("next_date"),
    },
    orders=CARD_ORDERS,
    embedded=_embedded,
    with_names=("catalog_elements", "contacts", "companies"),
    searched=texts_of,
    rules=_rules,
    custom="customers",
)


@authorised
def set_mode(site: Site, call: Call, caller: Caller) -> Reply:
    """Switch customers on or off and choose their mode; for administrators only."""
    if caller.user_id not in caller.account.admin_ids:
        return api_problem("forbidden", site.profile)
    if not is_object(call.json) or not call.json:
        return api_problem("request_empty", site.profile)
    draft = Draft(caller, int(site.clock.now()), "0", call.json)
    mode: Any = call.json.get("mode")
    is_enabled: Any = call.json.get("is_enabled")
    if mode is None:
        draft.refuse_missing("mode")
    elif mode not in MODES:
        draft.refuse_choice("mode")
    if is_enabled is None:
        draft.refuse_missing("is_enabled")
    elif not isinstance(is_enabled, bool):
        draft.refuse_type("is_enabled", "bool")
    if draft.errors:
        return validation_problem([draft.as_problem()])
    caller.tables.set_customers_mode(str(mode) if is_enabled else "disabled")
    return hal({"mode": mode, "is_enabled": is_enabled})
