"""The backend's replaceable parts and their reference implementations.

Owns the list of seams. A broken or a different backend is the reference with one of these replaced.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response

from backend_under_test.amo_client import AmoClient
from backend_under_test.app_api import read_leads, read_status
from backend_under_test.authorizations import Authorizations, new_state
from backend_under_test.callback import Callback, LinkBuilder
from backend_under_test.connections import Connections
from backend_under_test.deep_link import build_link
from backend_under_test.events import FormatLine, format_line
from backend_under_test.pages import PageView
from backend_under_test.store import Store


@dataclass(frozen=True)
class Parts:
    """What `create_app` puts together; each field can be replaced alone."""

    store: Callable[[str], Store] = Store
    amo: type[AmoClient] = AmoClient
    new_state: Callable[[], str] = new_state
    authorizations: type[Authorizations] = Authorizations
    connections: type[Connections] = Connections
    callback: type[Callback] = Callback
    build_link: LinkBuilder = build_link
    view: Callable[[], PageView] = PageView
    status: Callable[[Connections, str], Response] = read_status
    leads: Callable[[Connections, str, int, int], Awaitable[Response]] = read_leads
    line: FormatLine = format_line
