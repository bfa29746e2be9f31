"""The table of everything that the fake answers.

Owns which path is which endpoint and which step of the faults menu. Must not hold behaviour. The routes of
entities follow from their descriptions.
"""

from collections.abc import Iterator

from fake_amo.api_v4.account import show_account
from fake_amo.api_v4.entities.activities import ENTITY_TYPES
from fake_amo.api_v4.entities.reading import listing, showing
from fake_amo.api_v4.entities.resource import Resource
from fake_amo.api_v4.entities.tags import creating_tags, listing_tags
from fake_amo.api_v4.entities.writing import creating, deleting, updating, updating_one
from fake_amo.api_v4.events import list_event_types, list_events, show_event
from fake_amo.api_v4.gate.calls import report_api_request
from fake_amo.api_v4.incoming.complex_leads import create_complex
from fake_amo.api_v4.incoming.phone_calls import add_calls
from fake_amo.api_v4.incoming.talks import close_talk
from fake_amo.api_v4.incoming.unsorted import accept, decline, link_to, receiving, summarise
from fake_amo.api_v4.links import linking, listing_links, unlinking
from fake_amo.api_v4.lookups import show_current_subdomain, show_subdomain, show_token_user
from fake_amo.api_v4.resources import RESOURCES
from fake_amo.api_v4.settings.custom_fields import listing_fields, showing_field
from fake_amo.api_v4.settings.field_writes import (
    creating_fields,
    deleting_field,
    updating_field,
    updating_fields,
)
from fake_amo.api_v4.settings.pipelines import (
    create_pipelines,
    create_statuses,
    delete_pipeline,
    delete_status,
    list_pipelines,
    list_statuses,
    show_pipeline,
    show_status,
    update_pipeline,
    update_status,
)
from fake_amo.api_v4.settings.users import list_users, show_user
from fake_amo.api_v4.settings.webhooks import list_webhooks, subscribe, unsubscribe
from fake_amo.api_v4.short_links import make_short_links
from fake_amo.api_v4.trade.customers import set_mode
from fake_amo.oauth.consent import (
    decide,
    report_decision,
    show_consent,
    show_main_page,
    show_sign_in,
    sign_in,
)
from fake_amo.oauth.keys import show_keys
from fake_amo.oauth.token_endpoint import answer_token_request, report_token_request, steps_of
from fake_amo.site.routing import Handler, Route, at

LOCALES = ("", "/es", "/br", "/id")
"""Prefixes under which Kommo shows the same consent page (FACTS: CONSENT-URL)."""


def _api(method: str, path: str, step: str, handler: Handler) -> Route:
    steps = at(step, "api") if step else at("api")
    return Route(method, f"/api/v4/{path}", handler, "api", steps, report_api_request)


def _lookup(path: str, step: str, handler: Handler) -> Route:
    return Route("GET", path, handler, "lookup", at(step, "api"), report_api_request)


def _routes_of(resource: Resource) -> Iterator[Route]:
    """Yield the routes of one resource."""
    one = resource.path_of_one
    yield _api("GET", resource.path, resource.step, listing(resource))
    yield _api("GET", one, resource.step, showing(resource))
    if "POST" in resource.methods:
        yield _api("POST", resource.path, resource.step, creating(resource))
    if "PATCH" in resource.methods:
        yield _api("PATCH", resource.path, resource.step, updating(resource))
        yield _api("PATCH", one, resource.step, updating_one(resource))
    if "DELETE" in resource.methods:
        yield _api("DELETE", one, resource.step, deleting(resource))


def _routes_beside(entity_type: str) -> Iterator[Route]:
    """Yield what leads, contacts, companies and customers have besides: fields, tags, links."""
    yield from _routes_of_fields(entity_type)
    yield _api("GET", f"{entity_type}/tags", "", listing_tags(entity_type))
    yield _api("POST", f"{entity_type}/tags", "", creating_tags(entity_type))
    for several in (f"{entity_type}/{{id}}", entity_type):
        yield _api("GET", f"{several}/links", entity_type, listing_links(entity_type))
        yield _api("POST", f"{several}/link", entity_type, linking(entity_type))
        yield _api("POST", f"{several}/unlink", entity_type, unlinking(entity_type))


def _routes_of_fields(entity_type: str) -> Iterator[Route]:
    """Yield the routes of the custom fields of a type of entity, or of a catalog."""
    fields = f"{entity_type}/custom_fields"
    yield _api("GET", fields, "custom_fields", listing_fields(entity_type))
    yield _api("POST", fields, "custom_fields", creating_fields(entity_type))
    yield _api("PATCH", fields, "custom_fields", updating_fields(entity_type))
    yield _api("GET", f"{fields}/{{id}}", "custom_fields", showing_field(entity_type))
    yield _api("PATCH", f"{fields}/{{id}}", "custom_fields", updating_field(entity_type))
    yield _api("DELETE", f"{fields}/{{id}}", "custom_fields", deleting_field(entity_type))


_PIPELINE = "leads/pipelines/{id}"
_STATUS = "leads/pipelines/{pipeline_id}/statuses/{id}"
ROUTES: tuple[Route, ...] = (
    Route("GET", "/", show_main_page, "page"),
    *(Route("GET", f"{locale}/oauth", show_consent, "page", at("consent")) for locale in LOCALES),
    *(
        Route("POST", f"{locale}/oauth", decide, "page", at("redirect"), report_decision)
        for locale in LOCALES
    ),
    Route("GET", "/oauth/login", show_sign_in, "page"),
    Route("POST", "/oauth/login", sign_in, "page"),
    Route("POST", "/oauth2/access_token", answer_token_request, "token", steps_of, report_token_request),
    Route("GET", "/.well-known/jwks.json", show_keys, "page"),
    _api("GET", "account", "account", show_account),
    *(route for resource in RESOURCES for route in _routes_of(resource)),
    *(route for entity_type in ENTITY_TYPES for route in _routes_beside(entity_type)),
    _api("POST", "leads/complex", "leads", create_complex),
    _api("GET", "leads/pipelines", "pipelines", list_pipelines),
    _api("POST", "leads/pipelines", "pipelines", create_pipelines),
    _api("GET", _PIPELINE, "pipelines", show_pipeline),
    _api("PATCH", _PIPELINE, "pipelines", update_pipeline),
    _api("DELETE", _PIPELINE, "pipelines", delete_pipeline),
    _api("GET", f"{_PIPELINE}/statuses", "pipelines", list_statuses),
    _api("POST", f"{_PIPELINE}/statuses", "pipelines", create_statuses),
    _api("GET", _STATUS, "pipelines", show_status),
    _api("PATCH", _STATUS, "pipelines", update_status),
    _api("DELETE", _STATUS, "pipelines", delete_status),
    _api("GET", "users", "users", list_users),
    _api("GET", "users/{id}", "users", show_user),
    _api("GET", "webhooks", "webhooks", list_webhooks),
    _api("POST", "webhooks", "webhooks", subscribe),
    _api("DELETE", "webhooks", "webhooks", unsubscribe),
    _api("GET", "events", "events", list_events),
    _api("GET", "events/types", "events", list_event_types),
    _api("GET", "events/{event}", "events", show_event),
    _api("POST", "calls", "", add_calls),
    _api("POST", "short_links", "", make_short_links),
    *_routes_of_fields("catalogs/{catalog_id}"),
    _api("PATCH", "customers/mode", "", set_mode),
    _api("GET", "leads/unsorted/summary", "", summarise),
    _api("POST", "leads/unsorted/forms", "", receiving("forms")),
    _api("POST", "leads/unsorted/sip", "", receiving("sip")),
    _api("POST", "leads/unsorted/{unsorted}/accept", "", accept),
    _api("DELETE", "leads/unsorted/{unsorted}/decline", "", decline),
    _api("POST", "leads/unsorted/{unsorted}/link", "", link_to),
    _api("POST", "talks/{id}/close", "", close_talk),
    _lookup("/oauth2/account/subdomain", "subdomain", show_subdomain),
    _lookup("/oauth2/account/current/subdomain", "subdomain", show_current_subdomain),
    _lookup("/v3/user", "user", show_token_user),
)
