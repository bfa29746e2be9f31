"""Whoever works with an account's entities through API v4: the words that these tests share."""

from typing import Any

import httpx

from tests.http.fake_amo.dialogue import Dialogue

Entity = dict[str, Any]
NOW = 1_795_000_000


class Desk:
    """Calls of API v4 with one token."""

    def __init__(self, talk: Dialogue) -> None:
        self.talk = talk
        self.amo = talk.amo
        self.token = talk.tokens()["access_token"]

    def ask(self, method: str, path: str, body: Any = None, status: int = 200) -> httpx.Response:
        """Call a path behind /api/v4/ and check the status."""
        options = {} if body is None else {"json": body}
        answer = self.talk.api(f"/api/v4/{path}", self.token, method, **options)
        assert answer.status_code == status, answer.text
        return answer

    def one(self, path: str) -> Entity:
        """Return one entity."""
        entity: Entity = self.ask("GET", path).json()
        return entity

    def listed(self, path: str) -> list[Entity]:
        """Return the entities of a list, none for 204."""
        answer = self.talk.api(f"/api/v4/{path}", self.token)
        assert answer.status_code in {200, 204}, answer.text
        return next(iter(answer.json()["_embedded"].values())) if answer.content else []

    def ids(self, path: str) -> list[int]:
        """Return the ids of a list."""
        return [each["id"] for each in self.listed(path)]

    def add(self, path: str, *items: Entity) -> list[Entity]:
        """Create entities and return what the answer says of each."""
        embedded: dict[str, list[Entity]] = self.ask("POST", path, list(items)).json()["_embedded"]
        return next(iter(embedded.values()))

    def made(self, path: str, **item: Any) -> int:
        """Create one entity and return its id."""
        entity_id: int = self.add(path, item)[0]["id"]
        return entity_id

    def refused(self, method: str, path: str, body: Any) -> list[tuple[str, str]]:
        """Return path and code of each mistake for which a write is refused."""
        errors = self.ask(method, path, body, 400).json()["validation-errors"]
        return [(each["path"], each["code"]) for item in errors for each in item["errors"]]
