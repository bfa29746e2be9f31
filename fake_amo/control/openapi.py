"""The OpenAPI 3.1 document of what the fake serves, checked against it by the tests.

Owns descriptions. The control calls describe themselves; the rest is the table in openapi_paths.py.
"""

from collections.abc import Sequence
from typing import Any

from fake_amo.control.calls import Argument, Operation
from fake_amo.control.openapi_paths import SCHEMAS, amocrm_paths

_CONTROL = "/__control"


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the document: amoCRM's own paths, then the control calls."""
    paths = amocrm_paths()
    for operation in operations:
        paths.setdefault(_CONTROL + operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "fake_amo", "version": "1", "description": "A fake amoCRM and its control calls"},
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _described(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "tags": ["control"],
        "summary": operation.text,
        "responses": {
            str(operation.status): _answer(operation),
            "400": _error("The mistake, by name"),
            "403": _error("Not called from loopback, or by a page"),
        },
    }
    parameters = _parameters(operation)
    if "{id}" in operation.path:
        described["responses"]["404"] = _error("Not a number that a fault can have")
    if parameters:
        described["parameters"] = parameters
    if operation.arguments:
        described["requestBody"] = {
            "required": any(each.required for each in operation.arguments),
            "content": {"application/json": {"schema": _body(operation)}},
        }
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = []
    if "{id}" in operation.path:
        schema = {"type": "integer", "minimum": 0, "maximum": 10**9}
        parameters.append({"name": "id", "in": "path", "required": True, "schema": schema})
    for argument in operation.query:
        schema = {"type": argument.type, "minimum": 1 if argument.type == "integer" else 0, "maximum": 60}
        parameters.append(
            {"name": argument.name, "in": "query", "description": argument.text, "schema": schema}
        )
    return parameters


def _body(operation: Operation) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {each.name: _property(each) for each in operation.arguments},
        "required": [each.name for each in operation.arguments if each.required],
        "additionalProperties": operation.open_ended,
    }


def _property(argument: Argument) -> dict[str, Any]:
    kinds = argument.type.split("|")
    return {"type": kinds if len(kinds) > 1 else kinds[0], "description": argument.text}


def _answer(operation: Operation) -> dict[str, Any]:
    if operation.status == 204:  # noqa: PLR2004 - No Content
        return {"description": "Done"}
    schema: dict[str, Any] = {"type": "object", "required": list(operation.answer)}
    kind = "application/json"
    if operation.path.endswith("/page"):
        kind, schema = "text/html", {"type": "string"}
    return {"description": operation.text, "content": {kind: {"schema": schema}}}


def _error(text: str) -> dict[str, Any]:
    schema = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
    return {"description": text, "content": {"application/json": {"schema": schema}}}
