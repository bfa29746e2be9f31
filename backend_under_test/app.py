"""The application: a wired backend behind the paths that the app and amoCRM know.

Owns the lifetime and the shape of refusals. Must not decide anything about authorizations or pages.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from backend_under_test.app_api import json_error
from backend_under_test.backend import Backend
from backend_under_test.events import OnEvent
from backend_under_test.parts import Parts
from backend_under_test.routes import router
from backend_under_test.settings import Settings

_ERRORS = {401: "unauthorized", 404: "not_found", 405: "method_not_allowed"}


def create_app(settings: Settings, *, parts: Parts | None = None, on_event: OnEvent | None = None) -> FastAPI:
    """The reference backend, or one with other `parts`.

    The server's lifespan closes it; where the server runs none, call `app.state.close()` from another
    thread before the server ends. Closing twice is harmless.
    Raises SettingsError when the database cannot be opened.
    """
    backend = Backend(settings, parts or Parts(), on_event)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        yield
        await backend.aclose()

    # No redirects to another spelling of a path: their Location would repeat the code.
    app = FastAPI(lifespan=lifespan, openapi_url=None, redirect_slashes=False)
    app.state.backend = backend
    app.state.close = backend.close
    app.router.routes.extend(backend.callback.routes())
    app.include_router(router)
    app.exception_handler(HTTPException)(_refused)
    app.exception_handler(RequestValidationError)(_invalid)
    return app


async def _refused(_request: Request, error: HTTPException) -> Response:
    return json_error(error.status_code, _ERRORS.get(error.status_code, "refused"), error.detail)


async def _invalid(_request: Request, error: RequestValidationError) -> Response:
    # The default answer repeats what was sent, which may be a code.
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return json_error(422, "invalid_request", f"{where}: {first['msg']}.")
