"""The table of everything that the fake answers.

Owns which path is which endpoint and which step of the faults menu. Must not hold behaviour.
"""

from fake_amo.api_v4.account import show_account
from fake_amo.api_v4.calls import report_api_request
from fake_amo.api_v4.contacts import list_contacts, show_contact
from fake_amo.api_v4.leads import list_leads, show_lead
from fake_amo.api_v4.leads_write import create_leads, update_lead, update_leads
from fake_amo.api_v4.lookups import show_current_subdomain, show_subdomain, show_user
from fake_amo.api_v4.pipelines import list_pipelines, show_pipeline
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
    return Route(method, f"/api/v4/{path}", handler, "api", at(step, "api"), report_api_request)


def _lookup(path: str, step: str, handler: Handler) -> Route:
    return Route("GET", path, handler, "lookup", at(step, "api"), report_api_request)


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
    _api("GET", "leads", "leads", list_leads),
    _api("POST", "leads", "leads", create_leads),
    _api("PATCH", "leads", "leads", update_leads),
    _api("GET", "leads/{id}", "leads", show_lead),
    _api("PATCH", "leads/{id}", "leads", update_lead),
    _api("GET", "leads/pipelines", "pipelines", list_pipelines),
    _api("GET", "leads/pipelines/{id}", "pipelines", show_pipeline),
    _api("GET", "contacts", "contacts", list_contacts),
    _api("GET", "contacts/{id}", "contacts", show_contact),
    _lookup("/oauth2/account/subdomain", "subdomain", show_subdomain),
    _lookup("/oauth2/account/current/subdomain", "subdomain", show_current_subdomain),
    _lookup("/v3/user", "user", show_user),
)
