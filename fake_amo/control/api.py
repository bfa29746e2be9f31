"""The control API under /__control: what FakeAmo's methods do, for testers in other languages.

Owns who may call and what is refused, each by name; the calls themselves are in calls.py. Answers what is
plainly this machine's own: a loopback client that names a loopback host, comes through no proxy and from no
page of another origin. Whatever else may call brings the token that the fake printed at its start.
"""

import hmac
from dataclasses import replace

from fake_amo.control.calls import CALLS, Arguments, Operation
from fake_amo.http.guard import foreign_change, is_loopback, page_headers
from fake_amo.http.messages import Call, Reply, is_object, json_reply
from fake_amo.site.routing import Route, Router
from fake_amo.site.site import Site

PREFIX = "/__control"
ADMITTED_BY = "x-control-token"
_FORWARDING = frozenset(
    {
        *("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"),
        *("cf-connecting-ip", "cf-ray", "true-client-ip", "x-original-host", "ngrok-trace-id"),
    }
)
"""What proxies and tunnels add to what they pass on."""
_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def refused(site: Site, call: Call) -> Reply | None:
    """Return why a client may not steer the fake, or None where it may."""
    if hmac.compare_digest(call.headers.get(ADMITTED_BY, "").encode(), site.control_token.encode()):
        return None
    why = _not_plain(call)
    return None if why is None else _error(403, f"{why}; with {ADMITTED_BY} it would be answered")


def _not_plain(call: Call) -> str | None:
    """Return what is not plainly this machine's own about a call, or None."""
    if not is_loopback(call.client_host):
        return (
            f"the control API answers loopback clients; this call came from {call.client_host or 'nowhere'}"
        )
    # A tunnel's agent is a client on this machine: what it passes on is somebody else's.
    forwarded = sorted(_FORWARDING.intersection(call.headers))
    if forwarded:
        return f"the control API answers no call that was passed on; this one has {', '.join(forwarded)}"
    # A page whose own name was made to lead here has that name for its host and its origin alike.
    name = call.host_name.strip("[]")
    if not (is_loopback(name) or name == "localhost" or name.endswith(".localhost")):
        return f"the control API answers on loopback names; this call was for {call.host_name or 'no host'}"
    origin = call.headers.get("origin")
    if origin is not None and origin != call.origin:
        return f"the control API does not answer pages; this one is of {origin}"
    return foreign_change(call.method, call.headers)


def with_headers(reply: Reply) -> Reply:
    """Return an answer of the control API with the headers that keep other pages from it."""
    if any(name == "content-security-policy" for name, _ in reply.headers):
        return reply
    return replace(reply, headers=(*reply.headers, *page_headers("default-src 'none'")))


def run_operation(site: Site, call: Call, operation: Operation) -> Reply:
    """Check the body against the operation and run it; every mistake is answered 400 with its name."""
    try:
        return operation.run(site, call, _arguments(call, operation))
    except ValueError as problem:
        return _error(400, str(problem))


def _arguments(call: Call, operation: Operation) -> Arguments:
    if not call.body.strip():
        given: Arguments = {}
    elif is_object(call.json):
        given = call.json
    else:
        raise ValueError("the body must be a JSON object")
    known = {each.name: each for each in operation.arguments}
    for name, value in given.items():
        argument = known.get(name)
        if argument is None and not operation.open_ended:
            raise ValueError(f"unknown member {name!r}; {operation.path} knows {', '.join(known) or 'none'}")
        if argument is not None and not _fits(value, argument.type):
            raise ValueError(f"{name} must be of type {argument.type}, got {value!r}")
    for name, argument in known.items():
        if argument.required and name not in given:
            raise ValueError(f"{name} is missing: {argument.text}")
    return given


def _fits(value: object, kind: str) -> bool:
    wanted = kind.split("|")
    if value is None:
        return "null" in wanted
    if isinstance(value, bool):
        return "boolean" in wanted
    return any(isinstance(value, _KINDS[each]) for each in wanted if each not in {"null", "boolean"})


def _error(status: int, text: str) -> Reply:
    return json_reply(status, {"error": text})


def _document(_site: Site, _call: Call, _arguments: Arguments) -> Reply:
    from fake_amo.control.openapi import document  # noqa: PLC0415 - 10 ms that most processes never need

    return json_reply(200, document(OPERATIONS))


OPERATIONS: tuple[Operation, ...] = (
    *CALLS,
    Operation("GET", "/openapi.json", _document, "This document", answer=("openapi", "paths")),
)


def _route(operation: Operation) -> Route:
    return Route(
        operation.method,
        PREFIX + operation.path,
        lambda site, call: run_operation(site, call, operation),
        "control",
        blocking=operation.blocking,
    )


ROUTER = Router([_route(each) for each in OPERATIONS])


def find_operation(site: Site, call: Call) -> Route | Reply:
    """Return the control call's route, or why there is none."""
    refusal = refused(site, call)
    if refusal is not None:
        return refusal
    found = ROUTER.find(call.method, call.path)
    if found is not None:
        call.parts = found[1]
        return found[0]
    methods = ROUTER.methods(call.path)
    if methods:
        return _error(405, f"{call.path} has {', '.join(methods)}, not {call.method}")
    return _error(404, f"no control call {call.path}; see {PREFIX}/openapi.json")
