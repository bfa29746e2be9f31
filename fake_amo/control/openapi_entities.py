"""The entities' part of the OpenAPI document: it follows from their descriptions.

Owns how a resource is described. Must not describe any single one.
"""

import re

from fake_amo.api_v4.entities.activities import ENTITY_TYPES
from fake_amo.api_v4.entities.resource import Resource
from fake_amo.api_v4.resources import RESOURCES
from fake_amo.control.openapi_parts import (
    ADMINS,
    EMPTY,
    FLAG,
    ID,
    INT,
    INVALID,
    LINKS,
    MAYBE_INT,
    MAYBE_TEXT,
    PAGING,
    TEXT,
    Schema,
    answer,
    api,
    array,
    counted,
    in_path,
    listed,
    obj,
    one,
    paged,
    query,
    some,
    word_in_path,
)

_NUMBER_ENDS = ("[from]", "[to]")


def entity_schemas() -> dict[str, Schema]:
    """Return the shapes of every resource: one, a page, what is written and how that is answered."""
    schemas: dict[str, Schema] = {
        "CustomValue": obj(
            {
                "field_id": INT,
                "field_name": TEXT,
                "field_code": MAYBE_TEXT,
                "field_type": TEXT,
                "values": {"type": "array", "minItems": 1},
            }
        ),
        "CustomField": obj(
            {
                "id": INT,
                "name": TEXT,
                "type": TEXT,
                "account_id": INT,
                "code": MAYBE_TEXT,
                "sort": INT,
                "enums": {"type": ["array", "null"]},
                "entity_type": TEXT,
            }
        ),
        "CustomFields": paged("custom_fields", "CustomField"),
        "CustomFieldInput": {
            "type": "object",
            "properties": {"id": ID, "name": TEXT, "type": {"enum": ["text", "select"]}, "code": TEXT},
        },
        "WrittenFields": obj({"_total_items": INT, "_embedded": obj({"custom_fields": {"type": "array"}})}),
        "Tag": obj({"id": INT, "name": TEXT, "color": MAYBE_TEXT}),
        "Tags": paged("tags", "Tag"),
        "WrittenTags": obj({"_total_items": INT, "_embedded": obj({"tags": array(obj({"id": INT}))})}),
        "TagInput": {"type": "object", "properties": {"name": TEXT}},
        "LinkOf": obj({"entity_id": INT, "to_entity_id": INT, "to_entity_type": TEXT}),
        "LinksOf": counted("links", obj({"to_entity_id": INT, "to_entity_type": TEXT})),
        "LinkInput": {
            "type": "object",
            "properties": {"entity_id": ID, "to_entity_id": ID, "to_entity_type": {"enum": [*ENTITY_TYPES]}},
        },
        "ComplexLeads": array(
            obj({"id": INT, "contact_id": MAYBE_INT, "company_id": MAYBE_INT, "merged": FLAG})
        ),
    }
    for resource in RESOURCES:
        schemas |= _schemas_of(resource)
    return schemas


def entity_paths() -> dict[str, dict[str, Schema]]:
    """Return the paths of every resource, and what leads, contacts and companies have besides."""
    paths: dict[str, dict[str, Schema]] = {}
    for resource in RESOURCES:
        paths |= _paths_of(resource)
    for entity_type in ENTITY_TYPES:
        paths |= _paths_beside(entity_type)
    paths |= _paths_of_fields("catalogs/{catalog_id}", [in_path("catalog_id")])
    complex_lead = api({"200": answer("ComplexLeads"), **INVALID}, [], some(_input("Lead")))
    return {**paths, "/api/v4/leads/complex": {"post": complex_lead}}


def _schemas_of(resource: Resource) -> dict[str, Schema]:
    name = resource.schema
    shown = {key.name: key.schema for key in resource.keys}
    embedded: dict[str, Schema] = {} if resource.embedded is None else {"_embedded": {"type": "object"}}
    given = {key.name: _written(key.schema) for key in resource.keys if key.written}
    written = obj({"id": INT, "_links": LINKS})
    return {
        name: obj({**shown, "_links": LINKS, **embedded}),
        _many(name): paged(resource.name, name),
        f"{name}Input": {"type": "object", "properties": {**given, "request_id": TEXT}},
        f"{name}Update": {"type": "object", "properties": {"id": ID, **given}, "required": ["id"]},
        f"Written{_many(name)}": obj({"_links": LINKS, "_embedded": obj({resource.name: array(written)})}),
        f"Written{name}": written,
    }


def _written(schema: Schema) -> Schema:
    return {**schema, "minimum": 0, "maximum": 10**17} if schema["type"] == "integer" else schema


def _many(name: str) -> str:
    return name.removesuffix("y") + "ies" if name.endswith("y") else f"{name}s"


def _input(name: str, kind: str = "Input") -> Schema:
    return {"$ref": f"#/components/schemas/{name}{kind}"}


def _paths_of(resource: Resource) -> dict[str, dict[str, Schema]]:
    name, whole = resource.schema, f"/api/v4/{resource.path}"
    variables = [in_path(each) for each in re.findall(r"\{(\w+)\}", resource.path)]
    asked = _with(resource)
    orders = [query(f"order[{each}]", {"enum": ["asc", "desc"]}) for each in resource.orders]
    searched = [query("query", TEXT, "Text in the entity")] if resource.searched else []
    search = [*searched, query("filter[id][]", ID), *orders, *asked]
    written = {"200": answer(f"Written{_many(name)}"), **INVALID}
    changed = {"200": answer(f"Written{name}"), "400": INVALID["400"]}
    this = in_path() if resource.id_name == "id" else word_in_path(resource.name)
    of_all = {"get": api(listed(_many(name)), [*variables, *PAGING, *search])}
    of_one = {"get": api(one(name), [*variables, this, *asked])}
    if "POST" in resource.methods:
        of_all["post"] = api(written, variables, some(_input(name)))
    if "PATCH" in resource.methods:
        of_all["patch"] = api(written, variables, some(_input(name, "Update")))
        of_one["patch"] = api(changed, [*variables, this], _input(name))
    if "DELETE" in resource.methods:
        of_one["delete"] = api({"204": EMPTY}, [*variables, this])
    return {whole: _gated(resource, of_all), f"/api/v4/{resource.path_of_one}": _gated(resource, of_one)}


def _gated(resource: Resource, calls: dict[str, Schema]) -> dict[str, Schema]:
    """Return a path's calls with the 403 of what is for administrators only."""
    if not resource.admins_only:
        return calls
    return {method: {**call, "responses": {**call["responses"], **ADMINS}} for method, call in calls.items()}


def _with(resource: Resource) -> list[Schema]:
    names = ", ".join(resource.with_names)
    return [query("with", TEXT, f"Comma-separated: {names}")] if names else []


def _paths_beside(entity_type: str) -> dict[str, dict[str, Schema]]:
    whole = f"/api/v4/{entity_type}"
    links = {"200": answer("LinksOf"), **INVALID}
    body = some(_input("Link"))
    return {
        **_paths_of_fields(entity_type, []),
        f"{whole}/tags": {
            "get": api(listed("Tags"), [*PAGING, query("query", TEXT)]),
            "post": api({"200": answer("WrittenTags"), **INVALID}, [], some(_input("Tag"))),
        },
        f"{whole}/{{id}}/links": {"get": api(one("LinksOf"), [in_path()])},
        f"{whole}/{{id}}/link": {"post": api(links, [in_path()], body)},
        f"{whole}/{{id}}/unlink": {"post": api({"204": EMPTY, **INVALID}, [in_path()], body)},
        f"{whole}/links": {"get": api(one("LinksOf"), [query("filter[entity_id][]", ID)])},
        f"{whole}/link": {"post": api(links, [], body)},
        f"{whole}/unlink": {"post": api({"204": EMPTY, **INVALID}, [], body)},
    }


def _paths_of_fields(entity_type: str, owner: list[Schema]) -> dict[str, dict[str, Schema]]:
    whole, this = f"/api/v4/{entity_type}/custom_fields", [*owner, in_path()]
    written = {"200": answer("WrittenFields"), **INVALID}
    return {
        whole: {
            "get": api(listed("CustomFields"), [*owner, *PAGING]),
            "post": api(written, owner, some(_input("CustomField"))),
            "patch": api(written, owner, some(_input("CustomField"))),
        },
        f"{whole}/{{id}}": {
            "get": api(one("CustomField"), this),
            "patch": api({**one("CustomField"), **INVALID}, this, _input("CustomField")),
            "delete": api({"204": EMPTY, "400": INVALID["400"]}, this),
        },
    }
