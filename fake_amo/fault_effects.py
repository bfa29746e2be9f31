"""What each fault does to a request or to its answer.

Owns the effects that are values: answers in place of the real one, and changed answers. Time and
connections are the application's (app.py).
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fake_amo.http.messages import Call, Reply, html_reply, is_object, json_reply, parse_pairs, redirect
from fake_amo.oauth.consent import with_pairs
from fake_amo.oauth.token_endpoint import grant
from fake_amo.site.faults import MENU, Fault
from fake_amo.site.hosts import place_of
from fake_amo.site.problems import api_problem, nginx_page, server_error, token_problem
from fake_amo.site.site import Site
from fake_amo.state.grants import Pair


def answer_instead(site: Site, call: Call, fault: Fault, steps: tuple[str, ...]) -> Reply | None:
    """Return the answer that a fault gives in the place of the endpoint, or None where it gives none."""
    if fault.kind == "expires_in":
        return grant(site, call, fault.params["seconds"])
    if not MENU[fault.kind].instead:
        return None
    if fault.kind == "problem":
        return _problem(site, fault.params, is_token=steps[0] in {"token", "refresh"})
    if fault.kind == "server_error":
        return server_error(site.store.grants.new_handle())
    return _PROXY_ANSWERS[fault.kind]


def prepare(site: Site, call: Call, fault: Fault) -> None:
    """Change the world first, where the fault says that it changed before the request came."""
    if fault.kind == "declined" and "decision" in call.fields:
        call.fields["decision"] = "decline"
        return
    pair = _pair_of(site, call)
    account = site.store.accounts[pair.account_id] if pair else place_of(site, call).account
    if fault.kind == "revoked_integration" and pair is not None:
        site.store.disable(pair.client_id, pair.account_id)
    if fault.kind == "renamed_account" and account is not None:
        site.store.rename_account(account, fault.params["subdomain"])


def changed(fault: Fault, reply: Reply) -> Reply:
    """Return the answer as the fault leaves it."""
    change = _CHANGES.get(fault.kind)
    return reply if change is None else change(reply, fault.params)


_PROXY_ANSWERS = {
    "nginx_403": nginx_page(403, "Forbidden"),
    "text_429": Reply(429, b"Too many requests", "text/plain"),
    "html_401": html_reply(
        401, "<!doctype html><html><body><form method=post>Авторизация</form></body></html>"
    ),
}


def _problem(site: Site, params: dict[str, Any], *, is_token: bool) -> Reply:
    more = {name: params[name] for name in ("hint" if is_token else "detail", "status") if name in params}
    return (token_problem if is_token else api_problem)(params["name"], site.profile, **more)


def _pair_of(site: Site, call: Call) -> Pair | None:
    """Return the pair whose access or refresh token a request carries."""
    grants = site.store.grants
    refresh = call.fields.get("refresh_token") or call.headers.get("x-refresh-token", "")
    return grants.living_access(call.bearer or "", site.clock.now()) or grants.by_refresh(str(refresh))


def _truncated(reply: Reply, _params: dict[str, Any]) -> Reply:
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def _malformed(reply: Reply, _params: dict[str, Any]) -> Reply:
    return replace(reply, body=reply.body[:-1])


def _other_type(reply: Reply, params: dict[str, Any]) -> Reply:
    return replace(reply, content_type=str(params["value"]))


def _without(reply: Reply, params: dict[str, Any]) -> Reply:
    name = params["field"]
    return _rewritten(
        reply,
        lambda pairs: [pair for pair in pairs if pair[0] != name],
        lambda body: {key: value for key, value in body.items() if key != name},
    )


def _replaced(reply: Reply, params: dict[str, Any]) -> Reply:
    name, value = params["field"], params["value"]

    def in_pairs(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        if name not in dict(pairs):
            return [*pairs, (name, str(value))]
        return [(key, str(value) if key == name else old) for key, old in pairs]

    return _rewritten(reply, in_pairs, lambda body: body | {name: value})


def _rewritten(
    reply: Reply,
    in_pairs: Callable[[list[tuple[str, str]]], list[tuple[str, str]]],
    in_body: Callable[[dict[str, Any]], dict[str, Any]],
) -> Reply:
    """Rewrite the parameters of a redirect, or the fields of a JSON object; leave anything else alone."""
    location = dict(reply.headers).get("location")
    if location is not None:
        uri, _, query = location.partition("?")
        return redirect(with_pairs(uri, in_pairs(parse_pairs(query))), reply.status)
    body = json.loads(reply.body) if reply.body else None
    if not is_object(body):
        return reply
    rewritten = json_reply(reply.status, in_body(body), reply.content_type or "application/json")
    return replace(reply, body=rewritten.body)


_CHANGES: dict[str, Callable[[Reply, dict[str, Any]], Reply]] = {
    "truncated_json": _truncated,
    "malformed_json": _malformed,
    "content_type": _other_type,
    "missing_field": _without,
    "replaced_field": _replaced,
}
