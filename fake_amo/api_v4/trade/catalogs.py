"""Catalogs and what is in them: their keys, and how many of which kind an account may have.

Owns what is special about the two (FACTS: API-CATALOGS, API-CATALOG-ELEMENTS). Reading and writing are those
of every resource, custom fields those of every type of entity.
"""

from typing import Any

from fake_amo.api_v4.entities.cards import MADE
from fake_amo.api_v4.entities.custom_values import shown_custom_values, texts_of
from fake_amo.api_v4.entities.filters import chosen
from fake_amo.api_v4.entities.resource import Draft, Key, Resource, View, account_id, flag, text, whole
from fake_amo.state.entities import Catalog, Element

MOST_CATALOGS = 10
KINDS = ("regular", "invoices", "products", "suppliers")
_ONE_EACH = frozenset({"invoices", "products"})
_MAYBE_TEXT: dict[str, Any] = {"type": ["string", "null"]}


def _catalog_rules(draft: Draft) -> None:
    """Refuse a kind that there is not, a second catalog of products or invoices, and an eleventh of any."""
    kind = draft.changes.get("type")
    living = draft.caller.tables.catalogs.living()
    if kind is not None and kind not in KINDS:
        draft.refuse_choice("type")
    elif draft.entity is None and kind in _ONE_EACH and any(each.type == kind for each in living):
        draft.refuse("type", "NotUniqueValue", "This value is already used.")
    elif draft.entity is None and len(living) >= MOST_CATALOGS:
        draft.refuse("name", "TooMany", f"There can be no more than {MOST_CATALOGS} catalogs.")


def _made_catalog(draft: Draft, catalog_id: int) -> Catalog:
    catalog = Catalog(catalog_id, **_made_by(draft))
    if catalog.type == "products":
        draft.caller.tables.add_product_fields(catalog_id)
    return catalog


def _made_by(draft: Draft) -> dict[str, Any]:
    who = dict.fromkeys(("created_by", "updated_by"), draft.caller.user_id)
    return {**who, **dict.fromkeys(("created_at", "updated_at"), draft.now), **draft.changes}


def _element_rules(draft: Draft) -> None:
    catalog_id = draft.changes.get("catalog_id")
    if catalog_id is not None and draft.caller.tables.catalogs.get(catalog_id) is None:
        draft.refuse_choice("catalog_id")


def _made_element(draft: Draft, element_id: int) -> Element:
    return Element(element_id, **_made_by(draft))


def _values(view: View, element: Element) -> list[dict[str, Any]] | None:
    return shown_custom_values(f"catalogs/{element.catalog_id}")(view, element)


_CATALOG_KEYS = (
    whole("id"),
    text("name", written=True, required=True),
    *MADE,
    whole("sort", written=True),
    text("type", written=True),
    flag("can_add_elements", written=True),
    flag("can_show_in_cards", written=True),
    flag("can_link_multiple", written=True),
    Key("can_be_deleted", {"type": "boolean"}, lambda _view, catalog: catalog.type not in _ONE_EACH),
    Key("sdk_widget_code", _MAYBE_TEXT, lambda _view, _catalog: None),
    account_id(),
)
_ELEMENT_KEYS = (
    whole("id"),
    text("name", written=True, required=True),
    *MADE,
    flag("is_deleted"),
    Key(
        "custom_fields_values",
        {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/CustomValue"}},
        _values,
    ),
    whole("catalog_id"),
    account_id(),
)
CATALOGS = Resource(
    name="catalogs",
    path="catalogs",
    step="",
    schema="Catalog",
    table=lambda caller: caller.tables.catalogs,
    keys=_CATALOG_KEYS,
    make=_made_catalog,
    filters={"id": chosen("id"), "type": chosen("type")},
    rules=_catalog_rules,
    shows_written=tuple(each.name for each in _CATALOG_KEYS),
)
ELEMENTS = Resource(
    name="elements",
    path="catalogs/{catalog_id}/elements",
    step="",
    schema="CatalogElement",
    table=lambda caller: caller.tables.elements,
    keys=_ELEMENT_KEYS,
    make=_made_element,
    filters={"id": chosen("id")},
    extra={"invoice_link": None},
    with_names=("invoice_link",),
    searched=texts_of,
    rules=_element_rules,
    custom="catalogs/{catalog_id}",
    tagged=False,
    shows_written=tuple(each.name for each in _ELEMENT_KEYS),
)
