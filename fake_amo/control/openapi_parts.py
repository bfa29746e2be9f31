"""The vocabulary in which the fake's OpenAPI document is written.

Owns small builders of schemas, parameters and answers. Must not know any path.
"""

from typing import Any

Schema = dict[str, Any]
INT: Schema = {"type": "integer"}
ID: Schema = {"type": "integer", "minimum": 0, "maximum": 10**17}
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
LIST: Schema = {"type": "array"}
MAYBE_INT: Schema = {"type": ["integer", "null"]}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
HAL, PROBLEM = "application/hal+json", "application/problem+json"
PAGE: Schema = {"description": "A page", "content": {"text/html": {"schema": TEXT}}}
MOVED: Schema = {"description": "The way on, in Location"}
EMPTY: Schema = {"description": "Nothing found, or nothing to say: no body"}


def obj(properties: dict[str, Schema], **more: Any) -> Schema:
    """Return an object whose properties are all required."""
    return {"type": "object", "properties": properties, "required": list(properties), **more}


def array(items: Schema) -> Schema:
    """Return an array of these."""
    return {"type": "array", "items": items}


def ref(name: str) -> Schema:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


LINK = obj({"href": TEXT})
LINKS = obj({"self": LINK})
PAGES: Schema = {
    **LINKS,
    "properties": {"self": LINK, "next": LINK, "prev": LINK, "first": LINK},
}


def paged(name: str, schema: str) -> Schema:
    """Return one page of a list."""
    return obj({"_page": INT, "_links": PAGES, "_embedded": obj({name: array(ref(schema))})})


def counted(name: str, schema: Schema) -> Schema:
    """Return a list that is whole and says how many it has."""
    return obj({"_total_items": INT, "_links": LINKS, "_embedded": obj({name: array(schema)})})


def answer(schema: str, kind: str = HAL) -> Schema:
    """Return an answer with a body."""
    return {"description": schema, "content": {kind: {"schema": ref(schema)}}}


def refusal(text: str) -> Schema:
    """Return a refusal, which is a problem document."""
    return {"description": text, "content": {PROBLEM: {"schema": ref("Problem")}}}


GATE: dict[str, Schema] = {
    "401": refusal("No living token"),
    "402": refusal("The subscription ran out"),
    "404": refusal("No such account"),
    "429": refusal("More than 7 requests/s of an integration, or 50 of an account"),
}
INVALID: dict[str, Schema] = {
    "400": answer("ValidationProblem", PROBLEM),
    "422": refusal("More entities than one request may have"),
}
ADMINS: dict[str, Schema] = {"403": refusal("The user is no administrator")}


def query(name: str, schema: Schema, text: str = "") -> Schema:
    """Return a parameter of the query."""
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}


def in_path(name: str = "id") -> Schema:
    """Return a number of the path."""
    return {"name": name, "in": "path", "required": True, "schema": ID}


def word_in_path(name: str) -> Schema:
    """Return a word of the path, such as a handle."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": "^[a-z0-9]{1,30}$"},
    }


PAGING = [
    query("page", {"type": "integer", "minimum": 1}),
    query("limit", {"type": "integer", "minimum": 1, "maximum": 250}, "50 if left out; above 250: 422"),
]


def listed(schema: str) -> dict[str, Schema]:
    """Return the answers of a list."""
    return {
        "200": answer(schema),
        "204": EMPTY,
        "400": refusal("A filter that is not modelled"),
        "422": refusal("A limit above 250"),
    }


def one(schema: str) -> dict[str, Schema]:
    """Return the answers of one entity."""
    return {"200": answer(schema), "204": EMPTY}


def api(answers: dict[str, Schema], parameters: list[Schema], body: Schema | None = None) -> Schema:
    """Return a call of the API, with what every call may be answered."""
    described: Schema = {
        "tags": ["api"],
        "security": [{"bearer": []}],
        "parameters": parameters,
        "responses": {**GATE, **answers},
    }
    if body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return described


def some(body: Schema) -> Schema:
    """Return an array of as many as one request may have."""
    return {**array(body), "minItems": 1, "maxItems": 250}
