"""The fake as one ASGI application: host, route, faults, answer, in this order.

Order of a request's faults: a reset before anything · a changed world · an answer in the place of the
endpoint's · the endpoint · a changed answer · the events · slow · hold · the send, or the cut.
Owns that order and the journal. Must not know any endpoint's rules.
"""

import asyncio
import re
import time
import traceback

from fake_amo.control.api import PREFIX, find_operation, with_headers
from fake_amo.fault_effects import answer_instead, changed, prepare
from fake_amo.http.guard import MISDIRECTED
from fake_amo.http.messages import Call, Reply, redirect, text_reply
from fake_amo.http.serving import Receive, Scope, Send
from fake_amo.http.wire import ClientGone, Stamp, TooLarge, cut, read_call, send_and_cut, send_reply
from fake_amo.oauth.consent import finish_popup
from fake_amo.routes import ROUTES
from fake_amo.site.events import JournalEntry, iso_time, mask_pairs
from fake_amo.site.faults import Fault
from fake_amo.site.hosts import Place, place_of
from fake_amo.site.problems import api_problem, nginx_page, server_error
from fake_amo.site.routing import Route, Router
from fake_amo.site.site import Site

_BROWSERS_OWN = re.compile(r"/(favicon\.ico|apple-touch-icon[\w-]*\.png|robots\.txt)")
"""What browsers ask for by themselves: answered 404, no word about it."""
_ONE_METHOD = frozenset({"/oauth2/authorize", "/oauth2/access_token"})
"""Paths of which it is known that other methods answer 405 (FACTS: CONSENT-NOT-AUTHORIZE, TOKEN-METHODS)."""

TURNS_UNTIL_HEARD = 3
"""Turns of the event loop after which the end of a connection is noticed: select, protocol, task."""


class AmoApp:
    """The ASGI application of one site."""

    def __init__(self, site: Site) -> None:
        """Serve that site."""
        self._site = site
        self._router = Router(ROUTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            call = await read_call(scope, receive)
        except ClientGone:
            return
        except TooLarge:
            await self._send(send, nginx_page(413, "Request Entity Too Large"))
            return
        call.path = re.sub("/{2,}", "/", call.path).rstrip("/") or "/"
        try:
            if self._site.settings.control and (call.path == PREFIX or call.path.startswith(f"{PREFIX}/")):
                await self._send(send, with_headers(await self._control(call)))
            elif misdirected := self._site.allowed_hosts.refusal(call.host):
                await self._send(send, text_reply(MISDIRECTED, misdirected))
            else:
                await self._answer(scope, receive, send, call)
        except Exception:  # noqa: BLE001 - a defect of ours: told in `trouble`, and the client gets a 500
            self._site.report_trouble("exception", f"{call.method} {call.path}\n{traceback.format_exc()}")
            self._site.flush()
            await self._send(send, server_error("0" * 32))

    async def _answer(self, scope: Scope, receive: Receive, send: Send, call: Call) -> None:
        site, began_s = self._site, time.perf_counter()
        route = self._route(call)
        if isinstance(route, Reply):
            self._report_elsewhere(call, route)
            site.flush()
            self._record(call, route.status, None)
            await self._send(send, route)
            return
        steps = route.steps(call)
        fault, hold = site.faults.take(steps)
        if fault is not None:
            used = {"step": fault.step, "kind": fault.kind, "id": fault.id, "harmless": fault.harmless}
            site.emit("fault_used", used | fault.params)
        if fault is not None and fault.kind == "reset" and fault.params["when"] == "before":
            route.report(site, call, None)
            site.flush()
            self._record(call, None, fault)
            cut(scope)
            return
        reply = self._decided(route, call, fault, steps)
        self._record(call, reply.status, fault)
        site.times.add(time.perf_counter() - began_s)
        await self._linger(fault, hold, receive)
        if fault is not None and fault.kind == "reset":
            await send_and_cut(scope, send, reply, self._stamp(), fault.params["when"])
        else:
            await self._send(send, reply)

    async def _control(self, call: Call) -> Reply:
        """Run one call of the control API: never journaled, never faulty."""
        found = find_operation(self._site, call)
        if isinstance(found, Reply):
            return found
        if found.blocking:
            return await asyncio.to_thread(found.handler, self._site, call)
        return found.handler(self._site, call)

    def _route(self, call: Call) -> Route | Reply:
        """Return the route, or the answer where the host or the path has none."""
        site = self._site
        place = place_of(site, call)
        found = self._router.find(call.method, call.path)
        if place.kind == "bare":
            return redirect(f"{call.scheme}://{site.profile.main_host}{call.host_port}{call.path}", 301)
        if place.kind == "gone":
            return api_problem("account_not_found", site.profile)
        if found is None:
            return self._no_route(call)
        route, call.parts = found
        return nginx_page(404, "Not Found") if _misplaced(route, place) else route

    def _report_elsewhere(self, call: Call, refused: Reply) -> None:
        """Tell of a token request or API call that the host alone refused: it was sent all the same."""
        found = self._router.find(call.method, call.path)
        if found is not None:
            found[0].report(self._site, call, refused)

    def _no_route(self, call: Call) -> Reply:
        """Answer what the fake does not model as amoCRM answers what it does not have, and note it."""
        site = self._site
        methods = self._router.methods(call.path)
        if call.path not in _ONE_METHOD and not _BROWSERS_OWN.fullmatch(call.path):
            site.note_unmodelled(call.method, call.path)
        if methods or call.path in _ONE_METHOD:
            return api_problem("method_not_allowed", site.profile).with_header("allow", ", ".join(methods))
        return api_problem(
            "not_found", site.profile, detail=f"Cannot {call.method} {call.origin}{call.path}!"
        )

    def _decided(self, route: Route, call: Call, fault: Fault | None, steps: tuple[str, ...]) -> Reply:
        site = self._site
        with site.transaction():
            reply = None
            if fault is not None:
                prepare(site, call, fault)
                reply = answer_instead(site, call, fault, steps)
            if reply is None:
                reply = route.handler(site, call)
            if fault is not None:
                reply = changed(fault, reply)
            route.report(site, call, reply)
            return finish_popup(site, call, reply) if route.family == "page" else reply

    async def _linger(self, fault: Fault | None, hold: Fault | None, receive: Receive) -> None:
        """Let the time pass that a fault asks for."""
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.params["ms"] / 1000)
        if hold is not None:
            site = self._site
            site.emit(
                "token_held" if hold.step in {"token", "refresh"} else "answer_held", {"step": hold.step}
            )
            site.flush()
            hold.held.set()
            abandoned = await _was_abandoned(hold, receive)
            site.emit(
                "token_released" if hold.step in {"token", "refresh"} else "answer_released",
                {"step": hold.step, "abandoned": abandoned},
            )
            site.flush()

    def _record(self, call: Call, status: int | None, fault: Fault | None) -> None:
        site = self._site
        site.journal.add(
            JournalEntry(
                at=iso_time(site.clock.now()),
                advanced_s=site.clock.advanced_s,
                method=call.method,
                host=call.host,
                path=call.path,
                query=mask_pairs(call.query_pairs),
                fields=mask_pairs(call.fields.items()) if call.body else {},
                client=call.client_host,
                user_agent=call.headers.get("user-agent", ""),
                who=dict(call.who),
                status=status,
                fault=None if fault is None else str(fault),
            )
        )

    async def _send(self, send: Send, reply: Reply) -> None:
        await send_reply(send, reply, self._stamp())

    def _stamp(self) -> Stamp:
        return Stamp(self._site.clock.now(), self._site.store.grants.new_handle())


async def _was_abandoned(hold: Fault, receive: Receive) -> bool:
    """Wait until a held answer is let go; return whether whoever asked had hung up before that."""
    released = asyncio.wrap_future(hold.released)
    gone = asyncio.ensure_future(receive())  # the request has been read: what comes next is its end
    await released
    for _ in range(TURNS_UNTIL_HEARD):
        await asyncio.sleep(0)
    abandoned = gone.done()
    gone.cancel()
    return abandoned


def _misplaced(route: Route, place: Place) -> bool:
    """Say whether the common host does not have a route; the API lives on the accounts' hosts."""
    return place.kind == "main" and route.family == "api"
