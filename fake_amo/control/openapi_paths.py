"""amoCRM's own paths and shapes for the OpenAPI document.

Owns the schemas. A test compares the paths with the routes, and Schemathesis the shapes with the answers.
"""

from typing import Any

from fake_amo.api_v4.account import ACCOUNT_WITH
from fake_amo.api_v4.leads import LEAD_WITH

_Schema = dict[str, Any]
_INT: _Schema = {"type": "integer"}
_ID: _Schema = {"type": "integer", "minimum": 0, "maximum": 10**17}
_TEXT: _Schema = {"type": "string"}
_FLAG: _Schema = {"type": "boolean"}
_MAYBE_INT: _Schema = {"type": ["integer", "null"]}


def _object(properties: dict[str, _Schema], **more: Any) -> _Schema:
    """Return an object whose properties are all required."""
    return {"type": "object", "properties": properties, "required": list(properties), **more}


def _array(items: _Schema) -> _Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> _Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_LINK = _object({"href": _TEXT})
_LINKS = _object({"self": _LINK})
_PAGES: _Schema = {
    **_LINKS,
    "properties": {"self": _LINK, "next": _LINK, "prev": _LINK, "first": _LINK},
}


def _list(name: str, schema: str) -> _Schema:
    return _object({"_page": _INT, "_links": _PAGES, "_embedded": _object({name: _array(_ref(schema))})})


_CUSTOM_VALUE = _object(
    {
        "field_id": _INT,
        "field_name": _TEXT,
        "field_code": {"type": ["string", "null"]},
        "field_type": _TEXT,
        "values": {"type": "array", "minItems": 1},
    }
)
SCHEMAS: dict[str, _Schema] = {
    "TokenRequest": _object(
        {"client_id": _TEXT, "client_secret": _TEXT, "grant_type": _TEXT, "redirect_uri": _TEXT},
    ),
    "Tokens": _object(
        {"token_type": {"const": "Bearer"}, "expires_in": _INT, "access_token": _TEXT, "refresh_token": _TEXT}
    ),
    "Problem": _object({"title": _TEXT, "status": _INT, "detail": _TEXT}),
    "ValidationProblem": _object({"title": _TEXT, "status": _INT, "detail": _TEXT}),
    "Keys": _object({"keys": _array(_object({"kty": {"const": "RSA"}, "n": _TEXT, "e": _TEXT}))}),
    "Subdomain": _object({"id": _INT, "subdomain": _TEXT, "domain": _TEXT, "top_level_domain": _TEXT}),
    "User": _object({"id": _INT, "name": _TEXT, "email": _TEXT}),
    "Account": _object(
        {
            "id": _INT,
            "name": _TEXT,
            "subdomain": _TEXT,
            "created_at": _INT,
            "created_by": _INT,
            "updated_at": _INT,
            "updated_by": _INT,
            "current_user_id": _INT,
            "country": _TEXT,
            "currency": _TEXT,
            "currency_symbol": _TEXT,
            "customers_mode": {"enum": ["unavailable", "disabled", "segments", "dynamic", "periodicity"]},
            "is_unsorted_on": _FLAG,
            "mobile_feature_version": _INT,
            "is_loss_reason_enabled": _FLAG,
            "is_helpbot_enabled": _FLAG,
            "is_technical_account": _FLAG,
            "contact_name_display_order": {"enum": [1, 2]},
            "_links": _LINKS,
        }
    ),
    "Lead": _object(
        {
            "id": _INT,
            "name": _TEXT,
            "price": _INT,
            "responsible_user_id": _INT,
            "group_id": _INT,
            "status_id": _INT,
            "pipeline_id": _INT,
            "loss_reason_id": _MAYBE_INT,
            "created_by": _INT,
            "updated_by": _INT,
            "created_at": _INT,
            "updated_at": _INT,
            "closed_at": _MAYBE_INT,
            "closest_task_at": _MAYBE_INT,
            "is_deleted": _FLAG,
            "custom_fields_values": {"type": ["array", "null"], "items": _CUSTOM_VALUE},
            "score": _MAYBE_INT,
            "account_id": _INT,
            "labor_cost": _MAYBE_INT,
            "is_price_computed": _FLAG,
            "_links": _LINKS,
            "_embedded": _object({"tags": {"type": "array"}, "companies": {"type": "array"}}),
        }
    ),
    "Leads": _list("leads", "Lead"),
    "LeadInput": {
        "type": "object",
        "properties": {
            "name": _TEXT,
            "price": _ID,
            "status_id": _ID,
            "pipeline_id": _ID,
            "responsible_user_id": _ID,
            "request_id": _TEXT,
        },
    },
    "LeadUpdate": {
        "type": "object",
        "properties": {"id": _ID, "name": _TEXT, "price": _ID},
        "required": ["id"],
    },
    "WrittenLeads": _object(
        {"_links": _LINKS, "_embedded": _object({"leads": _array(_object({"id": _INT, "_links": _LINKS}))})}
    ),
    "WrittenLead": _object({"id": _INT, "updated_at": _INT, "_links": _LINKS}),
    "Contact": _object(
        {
            "id": _INT,
            "name": _TEXT,
            "first_name": _TEXT,
            "last_name": _TEXT,
            "responsible_user_id": _INT,
            "group_id": _INT,
            "created_by": _INT,
            "updated_by": _INT,
            "created_at": _INT,
            "updated_at": _INT,
            "closest_task_at": _MAYBE_INT,
            "is_deleted": _FLAG,
            "is_unsorted": _FLAG,
            "custom_fields_values": {"type": ["array", "null"], "items": _CUSTOM_VALUE},
            "account_id": _INT,
            "_links": _LINKS,
            "_embedded": _object({"tags": {"type": "array"}, "companies": {"type": "array"}}),
        }
    ),
    "Contacts": _list("contacts", "Contact"),
    "Pipeline": _object(
        {
            "id": _INT,
            "name": _TEXT,
            "sort": _INT,
            "is_main": _FLAG,
            "is_unsorted_on": _FLAG,
            "is_archive": _FLAG,
            "account_id": _INT,
            "_links": _LINKS,
            "_embedded": _object({"statuses": _array(_object({"id": _INT, "name": _TEXT, "type": _INT}))}),
        }
    ),
    "Pipelines": _object(
        {
            "_total_items": _INT,
            "_links": _LINKS,
            "_embedded": _object({"pipelines": _array(_ref("Pipeline"))}),
        }
    ),
}

_HAL, _PROBLEM = "application/hal+json", "application/problem+json"
_PAGE: _Schema = {"description": "A page", "content": {"text/html": {"schema": _TEXT}}}
_MOVED: _Schema = {"description": "The way on, in Location"}
_EMPTY: _Schema = {"description": "Nothing found: no body"}


def _answer(schema: str, kind: str = _HAL) -> _Schema:
    return {"description": schema, "content": {kind: {"schema": _ref(schema)}}}


def _refusal(text: str) -> _Schema:
    return {"description": text, "content": {_PROBLEM: {"schema": _ref("Problem")}}}


_GATE: dict[str, _Schema] = {
    "401": _refusal("No living token"),
    "402": _refusal("The subscription ran out"),
    "404": _refusal("No such account"),
    "429": _refusal("More than 7 requests/s of an integration, or 50 of an account"),
}


def _query(name: str, schema: _Schema, text: str = "") -> _Schema:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}


_ONE: _Schema = {"name": "id", "in": "path", "required": True, "schema": _ID}
_PAGING = [
    _query("page", {"type": "integer", "minimum": 1}),
    _query("limit", {"type": "integer", "minimum": 1, "maximum": 250}, "50 if left out; above 250: 422"),
]
_SEARCH = [_query("query", _TEXT, "Text in the entity"), _query("filter[id][]", _ID)]
_OAUTH_QUERY = [
    _query("client_id", _TEXT),
    _query("state", _TEXT, "Comes back as it was sent"),
    _query("mode", {"enum": ["popup", "post_message"]}),
]


def _api(answers: dict[str, _Schema], parameters: list[_Schema], body: _Schema | None = None) -> _Schema:
    described: _Schema = {
        "tags": ["api"],
        "security": [{"bearer": []}],
        "parameters": parameters,
        "responses": {**answers, **_GATE},
    }
    if body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return described


def _page(answers: dict[str, _Schema], parameters: list[_Schema], fields: _Schema | None = None) -> _Schema:
    described: _Schema = {"tags": ["consent"], "parameters": parameters, "responses": answers}
    if fields is not None:
        form = {"application/x-www-form-urlencoded": {"schema": fields}}
        described["requestBody"] = {"required": True, "content": form}
    return described


def _token_paths() -> dict[str, _Schema]:
    refusals = {"400": _refusal("Refused, see hint"), "401": _refusal("Client or refresh token refused")}
    asked = _ref("TokenRequest")
    kinds = ("application/json", "application/x-www-form-urlencoded")
    token = {
        "tags": ["token"],
        "requestBody": {"required": True, "content": {kind: {"schema": asked} for kind in kinds}},
        "responses": {
            "200": _answer("Tokens", "application/json"),
            "404": _refusal("No such account"),
            **refusals,
        },
    }
    header = {"name": "X-Refresh-Token", "in": "header", "required": False, "schema": _TEXT}
    denied = {"403": _refusal("No token sent")}
    found = {"200": _answer("Subdomain", "application/json"), **denied}
    user = {"200": _answer("User", "application/json")}
    return {
        "/oauth2/access_token": {"post": token},
        "/oauth2/account/subdomain": {"get": _api(found, [])},
        "/oauth2/account/current/subdomain": {"get": _api(found, [header])},
        "/v3/user": {"get": _api(user, [])},
        "/.well-known/jwks.json": {
            "get": {"tags": ["token"], "responses": {"200": _answer("Keys", "application/json")}}
        },
    }


def _consent_paths() -> dict[str, _Schema]:
    decision = _object({"decision": {"enum": ["allow", "decline"]}})
    decision["properties"]["account_id"] = _TEXT
    credentials = _object({"login": _TEXT, "password": _TEXT})
    shown = _page({"200": _PAGE, "302": _MOVED}, _OAUTH_QUERY)
    decided = _page({"200": _PAGE, "302": _MOVED, "303": _MOVED}, _OAUTH_QUERY, decision)
    signed_in = _page({"200": _PAGE, "303": _MOVED}, _OAUTH_QUERY, credentials)
    return {
        "/": {"get": _page({"200": _PAGE}, [])},
        **{f"{locale}/oauth": {"get": shown, "post": decided} for locale in ("", "/es", "/br", "/id")},
        "/oauth/login": {"get": _page({"200": _PAGE}, _OAUTH_QUERY), "post": signed_in},
    }


def _list_answers(schema: str) -> dict[str, _Schema]:
    return {"200": _answer(schema), "204": _EMPTY, "422": _refusal("A limit above 250")}


def _one_answers(schema: str) -> dict[str, _Schema]:
    return {"200": _answer(schema), "204": _EMPTY}


def amocrm_paths() -> dict[str, Any]:
    """Return amoCRM's paths, fresh: the caller may add to them."""
    with_account = _query("with", _TEXT, f"Comma-separated: {', '.join(ACCOUNT_WITH)}")
    with_leads = _query("with", _TEXT, f"Comma-separated: {', '.join(LEAD_WITH)}")
    order = [
        _query(f"order[{name}]", {"enum": ["asc", "desc"]}) for name in ("id", "created_at", "updated_at")
    ]
    invalid = {"400": _answer("ValidationProblem", _PROBLEM), "422": _refusal("More than 250 entities")}
    written = {"200": _answer("WrittenLeads"), **invalid}
    changed = {"200": _answer("WrittenLead"), "400": _answer("ValidationProblem", _PROBLEM)}
    return {
        **_consent_paths(),
        **_token_paths(),
        "/api/v4/account": {"get": _api({"200": _answer("Account")}, [with_account])},
        "/api/v4/leads": {
            "get": _api(_list_answers("Leads"), [*_PAGING, *_SEARCH, *order, with_leads]),
            "post": _api(written, [], {**_array(_ref("LeadInput")), "minItems": 1, "maxItems": 250}),
            "patch": _api(written, [], {**_array(_ref("LeadUpdate")), "minItems": 1, "maxItems": 250}),
        },
        "/api/v4/leads/{id}": {
            "get": _api(_one_answers("Lead"), [_ONE, with_leads]),
            "patch": _api(changed, [_ONE], _ref("LeadInput")),
        },
        "/api/v4/leads/pipelines": {"get": _api(_one_answers("Pipelines"), [])},
        "/api/v4/leads/pipelines/{id}": {"get": _api(_one_answers("Pipeline"), [_ONE])},
        "/api/v4/contacts": {"get": _api(_list_answers("Contacts"), [*_PAGING, *_SEARCH])},
        "/api/v4/contacts/{id}": {"get": _api(_one_answers("Contact"), [_ONE])},
    }
