"""What the app asks for after the return: its status and its leads, as JSON.

Owns the shape of these answers and of every JSON error. Must not send a token, nor an address inside
amoCRM, to the app. 403 is not among its answers: an app that is signed in may ask for both at any time.
"""

from typing import Any

from starlette.responses import JSONResponse, Response

from backend_under_test.amo_client import AmoBusyError, AmoError, LeadsPage
from backend_under_test.connections import Connections, NotConnectedError
from backend_under_test.store import Grant

_LEAD_FIELDS = ("id", "name", "price", "status_id", "pipeline_id", "created_at", "updated_at")

NO_STORE = {"Cache-Control": "no-store"}


def json_error(status: int, error: str, message: str, **headers: str) -> JSONResponse:
    """`{"error": "<stable code>", "message": "<sentence>"}`."""
    return JSONResponse({"error": error, "message": message}, status, headers={**NO_STORE, **headers})


def read_status(connections: Connections, user: str) -> Response:
    """`{"connected": bool, "reconnect_needed": bool}`, from the database alone.

    `reconnect_needed` when there were tokens that amoCRM has refused since.
    """
    grant = connections.grant(user)
    refused = grant is not None and grant.refused
    answer = {"connected": grant is not None and not refused, "reconnect_needed": refused}
    return JSONResponse(answer, headers=NO_STORE)


async def read_leads(connections: Connections, user: str, page: int, limit: int) -> Response:
    """`{"leads": […], "page": n, "limit": n, "next_page": n or null}`, one page of amoCRM's list.

    409 not connected, 429 with `Retry-After`, 503 when amoCRM gives no usable answer.
    """

    async def one_page(grant: Grant) -> LeadsPage:
        return await connections.amo.leads(grant.account_url, grant.access_token, page=page, limit=limit)

    try:
        found = await connections.call(user, one_page)
    except NotConnectedError:
        return json_error(409, "not_connected", "Connect AMO CRM first.")
    except AmoBusyError as error:
        return json_error(429, error.reason, error.sentence, **{"Retry-After": str(error.retry_after_s)})
    except AmoError as error:
        return json_error(503, error.reason, error.sentence)
    answer = {
        "leads": [_lead(lead) for lead in found.leads],
        "page": page,
        "limit": limit,
        "next_page": page + 1 if found.has_next else None,
    }
    return JSONResponse(answer, headers=NO_STORE)


def _lead(lead: dict[str, Any]) -> dict[str, Any]:
    return {name: lead.get(name) for name in _LEAD_FIELDS}
