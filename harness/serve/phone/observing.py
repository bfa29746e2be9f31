"""The script that `serve --observe` puts into the backend's pages, and the path where it tells what it saw.

Owns these two paths below `OBSERVING`. What a message means is the journey's.
"""

from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from fake_amo.http.guard import foreign_change, page_headers
from harness.errors import HarnessError
from harness.serve.hand.observer import LONGEST_MESSAGE
from harness.serve.hand.sitting import OBSERVING, OBSERVING_SCRIPT, Sitting

_FILE = Path(__file__).with_name("pages") / "observe.js"
_HEADERS = dict(page_headers("default-src 'none'"))


@dataclass(frozen=True, slots=True)
class Observing:
    """Serves the script, and hands on what it says to the journey under way."""

    sitting: Sitting

    def router(self) -> APIRouter:
        """Return them as a router."""
        paths = APIRouter(redirect_slashes=False)
        paths.get(OBSERVING_SCRIPT)(_script)
        paths.post(f"{OBSERVING}/said")(self.said)
        return paths

    async def said(self, request: Request) -> Response:
        """Take a message of a page's; from pages of the backend's own origin alone."""
        if refusal := foreign_change(request.method, request.headers):
            return PlainTextResponse(f"{refusal}\n", 403, headers=_HEADERS)
        content = b""
        async for piece in request.stream():
            content += piece
            if len(content) > LONGEST_MESSAGE:
                return PlainTextResponse("the message is too long\n", 413, headers=_HEADERS)
        try:
            self.sitting.journey.observer.take(content)
        except HarnessError:  # between two journeys nobody is observed
            return Response(status_code=409, headers=_HEADERS)
        return Response(status_code=204, headers=_HEADERS)


async def _script() -> Response:
    return FileResponse(_FILE, media_type="text/javascript", headers=_HEADERS)
