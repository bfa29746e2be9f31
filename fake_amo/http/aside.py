"""An application in which others answer below some of its paths, while blocks last.

Owns the choice by path alone. What stands there is not the fake's: it hears, counts and models none of it.
"""

from collections.abc import Generator
from contextlib import contextmanager

from fake_amo.http.serving import AsgiApp, Receive, Scope, Send


class LedAside:
    """An ASGI application that leads some paths to others."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self._aside: tuple[tuple[str, AsgiApp], ...] = ()

    @contextmanager
    def below(self, *paths: str, app: AsgiApp) -> Generator[None]:
        """Let `app` answer these paths, and whatever is below them, until the block ends."""
        before, self._aside = self._aside, (*self._aside, *((path, app) for path in paths))
        try:
            yield
        finally:
            self._aside = before

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        asked = f"{scope.get('path', '')}/"
        app = next((app for path, app in self._aside if asked.startswith(f"{path}/")), self._app)
        await app(scope, receive, send)
