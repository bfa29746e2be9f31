"""amoCRM's own paths and shapes for the OpenAPI document.

Owns consent and tokens, and putting the parts together. A test compares the paths with the routes, and
Schemathesis the shapes with the answers.
"""

from typing import Any

from fake_amo.control.openapi_entities import entity_paths, entity_schemas
from fake_amo.control.openapi_incoming import incoming_paths, incoming_schemas
from fake_amo.control.openapi_parts import (
    INT,
    MOVED,
    PAGE,
    TEXT,
    Schema,
    answer,
    api,
    array,
    obj,
    query,
    ref,
    refusal,
)
from fake_amo.control.openapi_settings import setting_paths, setting_schemas

SCHEMAS: dict[str, Schema] = {
    "TokenRequest": obj(
        {"client_id": TEXT, "client_secret": TEXT, "grant_type": TEXT, "redirect_uri": TEXT},
    ),
    "Tokens": obj(
        {"token_type": {"const": "Bearer"}, "expires_in": INT, "access_token": TEXT, "refresh_token": TEXT}
    ),
    "Problem": obj({"title": TEXT, "status": INT, "detail": TEXT}),
    "ValidationProblem": obj({"title": TEXT, "status": INT, "detail": TEXT}),
    "Keys": obj({"keys": array(obj({"kty": {"const": "RSA"}, "n": TEXT, "e": TEXT}))}),
    "Subdomain": obj({"id": INT, "subdomain": TEXT, "domain": TEXT, "top_level_domain": TEXT}),
    "User": obj({"id": INT, "name": TEXT, "email": TEXT}),
    **setting_schemas(),
    **entity_schemas(),
    **incoming_schemas(),
}
_OAUTH_QUERY = [
    query("client_id", TEXT),
    query("state", TEXT, "Comes back as it was sent"),
    query("mode", {"enum": ["popup", "post_message"]}),
]


def amocrm_paths() -> dict[str, Any]:
    """Return amoCRM's paths, fresh: the caller may add to them."""
    return {**_consent_paths(), **_token_paths(), **setting_paths(), **entity_paths(), **incoming_paths()}


def _page(answers: dict[str, Schema], parameters: list[Schema], fields: Schema | None = None) -> Schema:
    described: Schema = {"tags": ["consent"], "parameters": parameters, "responses": answers}
    if fields is not None:
        form = {"application/x-www-form-urlencoded": {"schema": fields}}
        described["requestBody"] = {"required": True, "content": form}
    return described


def _token_paths() -> dict[str, Schema]:
    refusals = {"400": refusal("Refused, see hint"), "401": refusal("Client or refresh token refused")}
    asked = ref("TokenRequest")
    kinds = ("application/json", "application/x-www-form-urlencoded")
    token = {
        "tags": ["token"],
        "requestBody": {"required": True, "content": {kind: {"schema": asked} for kind in kinds}},
        "responses": {
            "200": answer("Tokens", "application/json"),
            "402": refusal("The subscription ran out"),
            "404": refusal("No such account"),
            **refusals,
        },
    }
    header = {"name": "X-Refresh-Token", "in": "header", "required": False, "schema": TEXT}
    denied = {"403": refusal("No token sent")}
    found = {"200": answer("Subdomain", "application/json"), **denied}
    user = {"200": answer("User", "application/json")}
    return {
        "/oauth2/access_token": {"post": token},
        "/oauth2/account/subdomain": {"get": api(found, [])},
        "/oauth2/account/current/subdomain": {"get": api(found, [header])},
        "/v3/user": {"get": api(user, [])},
        "/.well-known/jwks.json": {
            "get": {"tags": ["token"], "responses": {"200": answer("Keys", "application/json")}}
        },
    }


def _consent_paths() -> dict[str, Schema]:
    decision = obj({"decision": {"enum": ["allow", "decline"]}})
    decision["properties"]["account_id"] = TEXT
    credentials = obj({"login": TEXT, "password": TEXT})
    shown = _page({"200": PAGE, "302": MOVED}, _OAUTH_QUERY)
    decided = _page({"200": PAGE, "302": MOVED, "303": MOVED}, _OAUTH_QUERY, decision)
    signed_in = _page({"200": PAGE, "303": MOVED}, _OAUTH_QUERY, credentials)
    return {
        "/": {"get": _page({"200": PAGE}, [])},
        **{f"{locale}/oauth": {"get": shown, "post": decided} for locale in ("", "/es", "/br", "/id")},
        "/oauth/login": {"get": _page({"200": PAGE}, _OAUTH_QUERY), "post": signed_in},
    }
