"""ST-01, ST-02, CB-02, APP-03: a status that lies, is stale or forbidden; leads that are missing or stop."""

import json

from starlette.responses import JSONResponse, Response

from backend_under_test.app_api import json_error, read_leads, read_status
from backend_under_test.connections import Connections, NotConnectedError
from backend_under_test.mutations.edits import parts
from backend_under_test.mutations.fault import Fault
from backend_under_test.parts import Parts
from backend_under_test.store import Grant, Store


def never_connected(_connections: Connections, _user: str) -> Response:
    """Say not connected, whatever is stored."""
    return JSONResponse({"connected": False, "reconnect_needed": False})


def shared_status(connections: Connections, _user: str) -> Response:
    """Say connected to everybody as soon as anybody is."""
    grants = (connections.grant(user) for user in connections.settings.sessions.values())
    return JSONResponse({"connected": any(grants), "reconnect_needed": False})


def forbidden_status(connections: Connections, user: str) -> Response:
    """Answer 403 once there are tokens."""
    if connections.grant(user) is None:
        return read_status(connections, user)
    return json_error(403, "forbidden", "Forbidden")


def lasting_status(connections: Connections, user: str) -> Response:
    """Let phones keep the answer for a minute."""
    answer = read_status(connections, user)
    answer.headers["Cache-Control"] = "private, max-age=60"
    return answer


class StatusOfBefore:
    """Answers what it found the time before, and looks anew for the next time."""

    def __init__(self) -> None:
        self._known: dict[str, Response] = {}

    def __call__(self, connections: Connections, user: str) -> Response:
        """The answer of before."""
        fresh = read_status(connections, user)
        known, self._known[user] = self._known.get(user, fresh), fresh
        return known


class StatusCached:
    """Answers what it found the first time, for ever."""

    def __init__(self) -> None:
        self._known: dict[str, Response] = {}

    def __call__(self, connections: Connections, user: str) -> Response:
        """The first answer."""
        return self._known.setdefault(user, read_status(connections, user))


async def no_leads(_connections: Connections, _user: str, page: int, limit: int) -> Response:
    """An empty list, whatever amoCRM has."""
    return JSONResponse({"leads": [], "page": page, "limit": limit, "next_page": None})


async def failing_leads(_connections: Connections, _user: str, _page: int, _limit: int) -> Response:
    """500."""
    return json_error(500, "server_error", "Something went wrong.")


async def forbidden_leads(_connections: Connections, _user: str, _page: int, _limit: int) -> Response:
    """403."""
    return json_error(403, "forbidden", "Forbidden")


async def leads_without_end(connections: Connections, user: str, page: int, limit: int) -> Response:
    """Every page names one more, the last one too."""
    answer = await read_leads(connections, user, page, limit)
    body = json.loads(bytes(answer.body)) | {"next_page": page + 1}
    return JSONResponse(body, status_code=answer.status_code)


async def first_page_only(connections: Connections, user: str, _page: int, limit: int) -> Response:
    """The first page, whichever is asked for, and no word of another."""
    return await read_leads(connections, user, 1, limit)


class NeverRefreshes(Connections):
    """Uses a token until amoCRM rejects it, and gives up then."""

    async def refreshed(self, stale: Grant) -> Grant:
        """Give up."""
        raise self.lost(stale)


class RefreshNotStored(Store):
    """Forgets refreshed tokens."""

    def replace(self, old: Grant, new: Grant) -> None:
        """Keep the old ones."""


class RefreshesAlone(Connections):
    """Refreshes for each caller by itself: the second one burns what the first one got."""

    async def refreshed(self, stale: Grant) -> Grant:
        """Without waiting for anybody."""
        return await self.refresh(stale)

    def lost(self, grant: Grant) -> NotConnectedError:
        """Whichever tokens the user has by now, the loser of the race takes them for refused."""
        return super().lost(self.store.grant(grant.user) or grant)


FAULTS = (
    Fault(
        "status_never_connected",
        "the status never says connected",
        ("CB-02", "ST-01", "ST-03", "APP-03"),
        parts(status=never_connected),
    ),
    Fault(
        "status_shared",
        "one user's connection connects everybody",
        ("ST-01",),
        parts(status=shared_status),
        ("state_of_another_user",),
    ),
    Fault(
        "status_forbidden",
        "historic: 403 after the return",
        ("CB-02", "ST-01", "ST-02", "ST-03", "APP-03"),
        parts(status=forbidden_status),
    ),
    Fault(
        "status_cached",
        "the status is cached for ever",
        ("CB-02", "ST-01", "APP-03"),
        lambda reference: _with_status(reference, StatusCached()),
    ),
    Fault(
        "status_kept_by_phones",
        "a phone may keep the status for a minute",
        ("ST-01", "APP-03"),
        parts(status=lasting_status),
    ),
    Fault(
        "status_of_before",
        "the status is one answer behind",
        ("CB-02",),
        lambda reference: _with_status(reference, StatusOfBefore()),
    ),
    Fault("leads_always_empty", "no lead is ever shown", ("APP-03",), parts(leads=no_leads)),
    Fault("leads_fail", "the leads answer 500", ("APP-03",), parts(leads=failing_leads)),
    Fault("leads_forbidden", "the leads answer 403", ("ST-02", "APP-03"), parts(leads=forbidden_leads)),
    Fault(
        "leads_first_page_only",
        "only the first page can be reached",
        ("LD-01",),
        parts(leads=first_page_only),
        ("leads_many",),
    ),
    Fault(
        "leads_without_end",
        "each page of leads names another, also one without leads",
        ("LD-01",),
        parts(leads=leads_without_end),
        ("leads_empty",),
    ),
    Fault(
        "never_refreshes",
        "an expired token ends the connection",
        ("TOK-01",),
        parts(connections=NeverRefreshes),
        ("token_expires",),
    ),
    Fault(
        "refresh_not_stored",
        "refreshed tokens are lost",
        ("TOK-01",),
        parts(store=RefreshNotStored),
        ("token_expires",),
    ),
    Fault(
        "refresh_races",
        "parallel calls refresh twice",
        ("TOK-02",),
        parts(connections=RefreshesAlone),
        ("refresh_race",),
    ),
)
"""Every wrong answer to the app."""


def _with_status(reference: Parts, status: StatusCached | StatusOfBefore) -> Parts:
    return parts(status=status)(reference)
