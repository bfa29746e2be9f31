"""The dashboard's paths: one page, one stream, and what a tester does, each by a POST.

Owns reading what is posted and what each path answers. Who may ask at all is `fake_amo.http.owner`'s.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)

from harness.errors import HarnessError
from harness.serve.dashboard.feed import Feed
from harness.serve.dashboard.live import Live
from harness.serve.faults.menu import ACTIONS, MENU
from harness.serve.faults.presets import PRESETS
from harness.serve.hand.journey import NOT_OURS
from harness.serve.hand.sitting import Sitting
from harness.serve.phone.lease import Lease
from harness.timeline.events import NoteTaken

PAGES = Path(__file__).with_name("pages")
FILES = ("dashboard.css", "dashboard.js")
LONGEST_NOTE = 4000
LARGEST_PICTURE = 12_000_000
PNG = b"\x89PNG\r\n\x1a\n"
PNG_HEAD = 24
CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The dashboard of one sitting. `folder` is the run's; `start_url` is what the phone scans."""

    sitting: Sitting
    lease: Lease
    live: Live
    feed: Feed
    folder: Path
    start_url: str
    code: str
    """The start page's address as a QR code, an SVG in a data URL; empty where there is none."""

    def app(self) -> FastAPI:
        """Return it as an application."""
        app = FastAPI(openapi_url=None, redirect_slashes=False)
        app.get("/")(self.show)
        app.get("/stream")(self.stream)
        app.get("/{name}")(_file)
        app.post("/do/{action}")(self.do)
        app.post("/next")(self.begin_next)
        app.post("/finish")(self.finish)
        app.post("/turn")(self.let_another_in)
        app.post("/note")(self.note)
        app.post("/picture")(self.picture)
        return app

    def show(self) -> Response:
        """Show the whole page as it is now."""
        servers = self.sitting.servers
        return HTMLResponse(
            self.live.whole(
                menu=MENU,
                presets=PRESETS.values(),
                start_url=self.start_url,
                code=self.code,
                gateway_url=servers.gateway.url,
                backend=servers.backend.name,
                observed=self.sitting.observed,
                can_kill=self._can_kill,
                not_ours=NOT_OURS,
            )
        )

    @property
    def _can_kill(self) -> bool:
        return "process" in self.sitting.servers.backend.offers

    async def stream(self) -> Response:
        """Tell what changes, as it does."""
        return StreamingResponse(self.feed.listen(), media_type="text/event-stream")

    def do(self, action: str) -> Response:
        """Press one of the menu's buttons."""
        pressed = ACTIONS.get(action)
        if pressed is None:
            return PlainTextResponse(f"there is no button {action!r}\n", 404)
        return self._answer(lambda: pressed.does(self.sitting.journey))

    async def begin_next(self, request: Request) -> Response:
        """End the journey under way, and begin another one: by itself, or as a preset has it."""
        name = (await _form(request)).get("preset", "")
        preset = PRESETS.get(name)
        if name and preset is None:
            return PlainTextResponse(f"there is no preset {name!r}\n", 404)
        if preset is not None and preset.needs_process and not self._can_kill:
            return PlainTextResponse(f"{NOT_OURS}\n", CONFLICT)
        if preset is None:
            self.sitting.begin_next()
        else:
            self.sitting.begin_next(preset.plan, preset.pressed)
        return _back()

    def finish(self) -> Response:
        """End the sitting; the run's folder is written."""
        self.sitting.finish()
        return _back()

    def let_another_in(self) -> Response:
        """Give the turn to whichever phone does something next."""
        self.lease.let_another_in()
        self.live.changed()
        return _back()

    async def note(self, request: Request) -> Response:
        """Put a note of the tester's on the timeline."""
        text = (await _form(request)).get("text", "").strip()[:LONGEST_NOTE]
        if not text:
            return PlainTextResponse("a note needs some words\n", CONFLICT)
        return self._answer(lambda: self.sitting.journey.tell(NoteTaken(text=text)))

    async def picture(self, request: Request) -> Response:
        """Put a picture of the tester's into the run: the request's body, a PNG."""
        content = b""
        async for piece in request.stream():
            content += piece
            if len(content) > LARGEST_PICTURE:
                return PlainTextResponse("the picture is too large\n", 413)
        if not is_picture(content):
            return PlainTextResponse("that is no PNG\n", 415)
        return self._answer(lambda: self._keep(content))

    def _keep(self, content: bytes) -> None:
        journey = self.sitting.journey
        folder = self.folder / "screenshots" / journey.plan.id
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{len(list(folder.glob('*.png'))) + 1:02}-by-hand.png"
        (folder / name).write_bytes(content)
        journey.tell(NoteTaken(text="a picture", picture=name))

    def _answer(self, work: Callable[[], object]) -> Response:
        try:
            work()
        except HarnessError as error:
            return PlainTextResponse(f"{error}\n", CONFLICT)
        self.live.changed()
        return _back()


def is_picture(content: bytes) -> bool:
    """Tell whether this is a PNG with a size."""
    if not content.startswith(PNG) or len(content) < PNG_HEAD:
        return False
    width, height = struct.unpack(">II", content[16:PNG_HEAD])
    return bool(width and height)


def _back() -> Response:
    return RedirectResponse("/", 303)


def _file(name: str) -> Response:
    if name not in FILES:
        return PlainTextResponse("not found\n", 404)
    return FileResponse(PAGES / name)


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form, the last of each name."""
    text = (await request.body()).decode("utf-8", "replace")
    return {name: values[-1] for name, values in parse_qs(text).items()}
