"""amoCRM reduced to what these tests vary: token answers from a queue, pages of leads, a journal.

Owns no rule of amoCRM's (`fake_amo` does): a test says what the next answers are.
"""

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@dataclass(frozen=True)
class Seen:
    """One request to the token endpoint or the API."""

    path: str
    body: dict[str, Any]
    host: str


@dataclass
class AmoStub:
    """Answers `access-1`, `refresh-1`, `access-2`…, each code once, unless `token_answers` has more."""

    token_answers: deque[Response] = field(default_factory=deque[Response])
    leads_answers: deque[Response] = field(default_factory=deque[Response])
    leads: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    seen: list[Seen] = field(default_factory=list[Seen])
    rejected_access_tokens: set[str] = field(default_factory=set[str])
    gate: threading.Event = field(default_factory=threading.Event)
    token_request_came: threading.Event = field(default_factory=threading.Event)
    lifetime_s: int = 86_400
    issued: int = 0

    def __post_init__(self) -> None:
        self.gate.set()
        self._arrivals = threading.Condition()
        self.app = Starlette(
            routes=[
                Route("/oauth2/access_token", self._token, methods=["POST"]),
                Route("/api/v4/leads", self._leads),
            ]
        )

    @property
    def token_requests(self) -> list[dict[str, Any]]:
        """Bodies that the token endpoint got, oldest first."""
        return [seen.body for seen in self.seen if seen.path == "/oauth2/access_token"]

    def forget(self) -> None:
        """Back to the beginning."""
        for kept in (
            self.token_answers,
            self.leads_answers,
            self.leads,
            self.seen,
            self.rejected_access_tokens,
        ):
            kept.clear()
        self.issued = 0
        self.gate.set()
        self.token_request_came.clear()

    def more_token_requests_came(self, count: int, *, within_s: float) -> bool:
        """Wait until there have been so many."""
        with self._arrivals:
            return self._arrivals.wait_for(lambda: len(self.token_requests) >= count, within_s)

    async def _token(self, request: Request) -> Response:
        self._note(request, await request.json())
        self.token_request_came.set()
        await anyio.to_thread.run_sync(self.gate.wait, 10)
        if self.token_answers:
            return self.token_answers.popleft()
        code = self.token_requests[-1].get("code")
        if [body.get("code") for body in self.token_requests].count(code) > 1 and code:
            return problem(400, "Authorization code has been revoked")
        self.issued += 1
        return JSONResponse(
            {
                "token_type": "Bearer",
                "expires_in": self.lifetime_s,
                "access_token": f"access-{self.issued}",
                "refresh_token": f"refresh-{self.issued}",
            }
        )

    async def _leads(self, request: Request) -> Response:
        self._note(request, dict(request.query_params))
        if self.leads_answers:
            return self.leads_answers.popleft()
        if request.headers["Authorization"].removeprefix("Bearer ") in self.rejected_access_tokens:
            return JSONResponse({"title": "Unauthorized", "status": 401}, 401)
        page, limit = int(request.query_params["page"]), int(request.query_params["limit"])
        rows = self.leads[(page - 1) * limit : page * limit]
        if not rows:
            return Response(status_code=204)
        links = {"next": {"href": "http://elsewhere.invalid/"}} if len(self.leads) > page * limit else {}
        return JSONResponse({"_page": page, "_links": links, "_embedded": {"leads": rows}})

    def _note(self, request: Request, body: dict[str, Any]) -> None:
        with self._arrivals:
            self.seen.append(Seen(request.url.path, body, request.headers["host"]))
            self._arrivals.notify_all()


def problem(status: int, hint: str | None) -> Response:
    """An error of amoCRM's token endpoint."""
    body = {"hint": hint} if hint is not None else {}
    body |= {"title": "Некорректный запрос", "detail": "параметры невалидны"}
    return JSONResponse({**body, "status": status}, status, media_type="application/problem+json")
