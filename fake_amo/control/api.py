"""The control API under /__control: what FakeAmo's methods do, for testers in other languages.

Owns who may call and what is refused, each by name; the calls themselves are in control_calls.py.
Answers loopback clients only, and no page of another origin: a page under test must not steer its test.
"""

import ipaddress

from fake_amo.control.calls import CALLS, Arguments, Operation
from fake_amo.http.messages import Call, Reply, is_object, json_reply
from fake_amo.site.routing import Route, Router
from fake_amo.site.site import Site

PREFIX = "/__control"
_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def refused(call: Call) -> Reply | None:
    """Return why a client may not steer the fake, or None where it may."""
    try:
        address = ipaddress.ip_address(call.client_host)
    except ValueError:
        address = None
    mapped = getattr(address, "ipv4_mapped", None)
    if address is None or not (mapped or address).is_loopback:
        return _error(
            403, f"the control API answers loopback clients only; this call came from {call.client_host}"
        )
    origin = call.headers.get("origin")
    if origin is not None and origin != call.origin:
        return _error(403, f"the control API does not answer pages; this one is of {origin}")
    return None


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


def find_operation(call: Call) -> Route | Reply:
    """Return the control call's route, or why there is none."""
    refusal = refused(call)
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
