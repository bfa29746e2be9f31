"""The composition root: one backend's parts, wired once.

Owns the order of construction and of the end. Must not know HTTP paths.
"""

import asyncio

from backend_under_test.events import Journal, OnEvent
from backend_under_test.parts import Parts
from backend_under_test.settings import Settings

_CLOSE_WITHIN_S = 15.0


class Backend:
    """Everything that one backend opened. Raises SettingsError when the database cannot be opened."""

    def __init__(self, settings: Settings, parts: Parts, on_event: OnEvent | None) -> None:
        self.settings = settings
        self.parts = parts
        self.journal = Journal(on_event, parts.line)
        self.store = parts.store(settings.database_url)
        self.amo = parts.amo(settings)
        self.authorizations = parts.authorizations(
            settings, self.store, self.amo, self.journal, parts.new_state
        )
        self.connections = parts.connections(settings, self.store, self.amo, self.journal)
        self.callback = parts.callback(
            settings, self.authorizations, self.journal, parts.build_link, parts.view()
        )

    async def aclose(self) -> None:
        """Finish what is under way with amoCRM, so that no answer is lost, then close everything."""
        await self.authorizations.drain()
        await self.connections.drain()
        await self.amo.aclose()
        self.store.close()

    def close(self) -> None:
        """The same from outside the serving thread, for servers that do not run the lifespan.

        Connections to amoCRM belong to the loop that opened them, so the server must still be running.
        """
        loop = self.amo.loop
        if loop is not None and loop.is_running():
            asyncio.run_coroutine_threadsafe(self.aclose(), loop).result(_CLOSE_WITHIN_S)
        else:
            self.store.close()
