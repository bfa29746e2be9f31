"""The endpoints that the app and the browser rely on, as OpenAPI 3.1.

Owns what is said of each; paths, headers and dotted paths are a backend's configuration. What the answers
mean is the clauses' to judge: each operation names those that are about it.
"""

from typing import Any

from harness.config.settings import BackendConfig, Http

Document = dict[str, Any]
_PAGE = {"text/html": {"schema": {"type": "string"}}}
_REFUSED = {"description": "The session is missing or unknown"}
_BEARER = "Bearer "


def openapi(config: BackendConfig, *, version: str) -> Document:
    """Return the document for a backend's paths; `version` is the contract's."""
    http = config.http
    operations: list[tuple[str, str, Document]] = [
        ("get", http.callback, _callback()),
        ("get", http.status, _status(http)),
        ("get", http.leads, _leads(http)),
        ("post", http.exchange, _exchange()),
    ]
    if http.connect is not None:
        operations.insert(0, ("get", http.connect, _connect()))
    schemes = _security_schemes(http)
    paths: Document = {}
    for method, path, operation in operations:
        if operation.pop("signed_in", True):
            operation["security"] = [{name: list[str]() for name in schemes}]
        paths.setdefault(path, {})[method] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "The backend's side of amoCRM authorization", "version": version},
        "paths": paths,
        "components": {"securitySchemes": schemes},
    }


def _security_schemes(http: Http) -> Document:
    """One scheme for each header that the app sends."""
    schemes: Document = {}
    for name, value in http.headers.items():
        if name.lower() == "authorization" and value.startswith(_BEARER):
            schemes[name] = {"type": "http", "scheme": "bearer"}
        else:
            schemes[name] = {"type": "apiKey", "in": "header", "name": name}
    return schemes


def _connect() -> Document:
    return {
        "operationId": "authorizationUrl",
        "summary": "Where the app sends the browser",
        "x-clauses": ["APP-07"],
        "responses": {
            "200": _json("amoCRM's consent page, with a state of this user's own", "url", {"type": "string"}),
            "401": _REFUSED,
        },
    }


def _callback() -> Document:
    names = {
        "code": "the authorization code, valid for twenty minutes and once",
        "state": "what the authorization URL carried",
        "error": "why there is no code: access_denied where the user declined",
        "referer": "host of the account that allowed access",
        "client_id": "the integration",
        "from_widget": "1 where the installation began in amoCRM's marketplace",
    }
    return {
        "operationId": "callback",
        "summary": "The redirect URI: amoCRM sends the browser here, and it gets a page whatever happens",
        "x-clauses": [
            "CB-01",
            "CB-02",
            "CB-03",
            "CB-04",
            "CB-08",
            "CB-09",
            "CB-10",
            "CB-11",
            "SEC-01",
            "SEC-04",
        ],
        "signed_in": False,
        "parameters": [
            {"name": name, "in": "query", "description": about, "schema": {"type": "string"}}
            for name, about in names.items()
        ],
        "responses": {
            "200": {"description": "A page with the button; on success it has this status", "content": _PAGE},
            "4XX": {"description": "A page that says what went wrong, with the button", "content": _PAGE},
            "5XX": {"description": "The same, where amoCRM or the backend fails", "content": _PAGE},
        },
    }


def _status(http: Http) -> Document:
    return {
        "operationId": "status",
        "summary": "Whether the account is connected",
        "x-clauses": ["CB-02", "ST-01", "ST-02", "ST-03"],
        "responses": {
            "200": _json("Whether it is", http.connected, {"type": "boolean"}),
            "401": _REFUSED,
        },
    }


def _leads(http: Http) -> Document:
    return {
        "operationId": "leads",
        "summary": "The leads, page by page",
        "x-clauses": ["APP-01", "APP-03", "ST-02"],
        "parameters": [
            {
                "name": http.leads_page,
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
            }
        ],
        "responses": {
            "200": _json("One page of them", http.leads_list, {"type": "array"}),
            "401": _REFUSED,
            "409": {"description": "Not connected"},
            "422": {"description": "No such page"},
            "429": {"description": "amoCRM asks for patience; Retry-After says for how long"},
            "503": {"description": "amoCRM gives no usable answer"},
        },
    }


def _exchange() -> Document:
    body: Document = {
        "type": "object",
        "properties": {"code": {"type": "string"}, "state": {"type": "string"}},
        "required": ["code"],
    }
    return {
        "operationId": "exchangeCode",
        "summary": "For apps from before the callback exchanged the code; the app of today never calls it",
        "deprecated": True,
        "x-clauses": ["APP-02", "APP-05"],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "The account is connected"},
            "400": {"description": "The code is spent, unknown or not this user's"},
            "401": _REFUSED,
            "403": {"description": "The authorization belongs to another user"},
            "422": {"description": "The body is not understood"},
        },
    }


def _json(description: str, dotted: str, leaf: Document) -> Document:
    """Return a JSON answer that has `leaf` at a dotted path; the empty path is the whole answer."""
    schema = leaf
    for name in reversed(dotted.split(".") if dotted else []):
        schema = {"type": "object", "properties": {name: schema}, "required": [name]}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
