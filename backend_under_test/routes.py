"""The app's own paths: health, connect, status, leads.

Owns the session check and the validation of what the app sends. Must not contain the work itself.
"""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from backend_under_test.amo_client import MAX_LEADS_PAGE
from backend_under_test.app_api import NO_STORE, json_error
from backend_under_test.backend import Backend
from backend_under_test.outcome import Reason

router = APIRouter()


# Dependencies are coroutines: FastAPI has a thread do each one that is none.


async def _backend(request: Request) -> Backend:
    return cast("Backend", request.app.state.backend)


Wired = Annotated[Backend, Depends(_backend)]


async def _signed_in(request: Request, backend: Wired) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    user = backend.settings.sessions.get(token.strip())
    if scheme.lower() != "bearer" or user is None:
        raise HTTPException(401, "Sign in first: the session is missing or unknown.")
    return user


User = Annotated[str, Depends(_signed_in)]


class ExchangeRequest(BaseModel):
    """The body of `POST /api/amo-crm/exchange-code`."""

    code: str
    state: str = ""


@router.get("/health")
async def health() -> dict[str, str]:
    """Whether the process serves."""
    return {"status": "ok"}


@router.get("/api/amo-crm/auth-url")
async def auth_url(backend: Wired, user: User) -> Response:
    """`{"url": …}`, the consent page with a state of this user's own."""
    return JSONResponse({"url": backend.authorizations.start(user)}, headers=NO_STORE)


@router.post("/api/amo-crm/exchange-code")
async def exchange_code(backend: Wired, user: User, body: ExchangeRequest) -> Response:
    """For apps from before the callback exchanged the code: says how that went."""
    outcome = await backend.authorizations.exchange_for_app(user, body.code, body.state)
    if outcome.reason is None:
        return JSONResponse({"connected": True}, headers=NO_STORE)
    status = 403 if outcome.reason is Reason.STATE_OF_ANOTHER_USER else 400
    return json_error(status, outcome.reason, outcome.sentence)


@router.get("/api/amo-crm/status")
async def status(backend: Wired, user: User) -> Response:
    """Whether the user is connected."""
    return backend.parts.status(backend.connections, user)


@router.get("/api/leads")
async def leads(
    backend: Wired,
    user: User,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=MAX_LEADS_PAGE)] = MAX_LEADS_PAGE,
) -> Response:
    """One page of the user's leads."""
    return await backend.parts.leads(backend.connections, user, page, limit)
