"""Static pages that try to leave, each by one mechanism, and the server that shows them."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from harness.gateway.answer import FRAMES_POLICY

LINK = "foryoure://amo-crm/callback?success=true&state=s"
Moment = Literal["load", "ten_minutes", "return"]


@dataclass(frozen=True, slots=True)
class StaticPage:
    """One answer of the server. `moment` says when the page tries to leave, None that it does not."""

    body: str = ""
    script: str = ""
    head: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    delay_s: float = 0
    """How long nothing is answered; then the connection is closed."""
    late_s: float = 0
    """How late it is answered."""
    content_type: str = "text/html; charset=utf-8"
    moment: Moment | None = "load"
    departs_to: str = LINK

    def html(self) -> bytes:
        """Return the document; of another type it is the script alone."""
        if not self.content_type.startswith("text/html"):
            return self.script.encode()
        return (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Static page</title>{self.head}'
            f"<body><h1>Hello</h1>{self.body}<script>{self.script}</script></body></html>"
        ).encode()


def _script(script: str, moment: Moment = "load") -> StaticPage:
    return StaticPage(script=script.replace("LINK", repr(LINK)), moment=moment)


def _body(body: str, script: str = "", departs_to: str = LINK) -> StaticPage:
    return StaticPage(body=body.replace("LINK", LINK), script=script, departs_to=departs_to)


# Every way to leave without a tap, by the clause's words.
MECHANISMS: dict[str, StaticPage] = {
    "location.href": _script("location.href = LINK"),
    "location.replace": _script("location.replace(LINK)"),
    "location.assign": _script("location.assign(LINK)"),
    "setTimeout-0": _script("setTimeout(() => location.href = LINK, 0)", "ten_minutes"),
    "setTimeout-10s": _script("setTimeout(() => location.href = LINK, 10_000)", "ten_minutes"),
    "setTimeout-9min": _script("setTimeout(() => location.href = LINK, 540_000)", "ten_minutes"),
    "setInterval-10s": _script(
        "const timer = setInterval(() => { clearInterval(timer); location.href = LINK }, 10_000)",
        "ten_minutes",
    ),
    "setInterval-9min": _script("setInterval(() => location.href = LINK, 540_000)", "ten_minutes"),
    "requestAnimationFrame": _script("requestAnimationFrame(() => location.href = LINK)", "ten_minutes"),
    "after-fetch": _script("fetch('/plain').then(answer => answer.text()).then(() => location.href = LINK)"),
    "meta-refresh": StaticPage(head=f'<meta http-equiv="refresh" content="0;url={LINK}">'),
    "refresh-header": StaticPage(headers={"Refresh": f"0;url={LINK}"}),
    "redirect": StaticPage(status=302, headers={"Location": LINK}),
    "iframe": _body('<iframe src="LINK"></iframe>'),
    "iframe-to-top": _body('<iframe srcdoc="<script>top.location.href = `LINK`</script>"></iframe>'),
    "form-submit": _body('<form action="LINK" method="post"></form>', "document.forms[0].submit()"),
    "form-requestSubmit": _body(
        '<form action="LINK" method="post"></form>', "document.forms[0].requestSubmit()"
    ),
    "click-by-script": _body('<a id="link" href="LINK">x</a>', "link.click()"),
    "click-detached": _script("Object.assign(document.createElement('a'), {href: LINK}).click()"),
    "click-dispatched": _body(
        '<a id="link" href="LINK">x</a>', "link.dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    ),
    "window.open-self": _script("window.open(LINK, '_self')"),
    "window.open-blank": _script("window.open(LINK, '_blank')"),
    "window.open": _script("window.open(LINK)"),
    "click-by-script-blank": _body('<a id="link" target="_blank" href="LINK">x</a>', "link.click()"),
    "on-load": _script("addEventListener('load', () => location.href = LINK)"),
    "on-pageshow": _script("addEventListener('pageshow', () => location.href = LINK)"),
    "on-focus": _script("addEventListener('focus', () => location.href = LINK)", "return"),
    "on-visibilitychange": _script(
        "document.addEventListener('visibilitychange', () => document.hidden || (location.href = LINK))",
        "return",
    ),
}
NEW_WINDOW = {"window.open-blank", "window.open", "click-by-script-blank"}
BUTTON = '<button id="return" style="width: 200px; height: 60px">Return to App</button>'
_RECORD = """var events = [];
  for (const kind of ['pointerdown', 'mousedown', 'mouseup', 'click'])
    addEventListener(kind, event => events.push([kind, event.isTrusted, event.target.id]));
"""


def _tappable(handler: str, body: str = BUTTON) -> StaticPage:
    return StaticPage(
        body=body,
        script=_RECORD
        + f"document.getElementById('return').onclick = () => {{ {handler} }}".replace("LINK", repr(LINK)),
        moment=None,
    )


_ASIDE = '<iframe name="aside" hidden></iframe>'
_LARGE = "display: block; padding: 20px"


def _aside(body: str, *, target: str = ' target="aside"') -> StaticPage:
    """A button that opens a frame of the page, which has that name."""
    tag = "<form" if "<form" in body else "<a"
    return StaticPage(body=body.replace(tag, tag + target, 1) + _ASIDE, moment=None)


def _watched(handler: str, frame: str) -> StaticPage:
    """A button beside a frame, in a page that the gateway has passed on."""
    headers = {"Content-Security-Policy-Report-Only": FRAMES_POLICY}
    return replace(_tappable(handler, BUTTON + frame), headers=headers)


PAGES: dict[str, StaticPage] = {
    **MECHANISMS,
    "plain": StaticPage(moment=None),
    "own-timers": StaticPage(
        body="<p id=time></p>",
        script="""setInterval(() => time.textContent = new Date().toISOString(), 1000);
          setTimeout(() => document.title = 'done', 5000);
          const frame = () => { requestAnimationFrame(frame); }; frame();""",
        moment=None,
    ),
    "button": _tappable("window.open(LINK, '_self')"),
    "button-anchor": StaticPage(
        body=f'<a id="return" role="button" style="display: block; padding: 20px" href="{LINK}">Return</a>',
        script=_RECORD,
        moment=None,
    ),
    "button-blank": _tappable("window.open(LINK, '_blank')"),
    "button-popup": _tappable("const opened = window.open('', '_blank'); opened.location.href = LINK"),
    "button-bound-late": StaticPage(
        body=BUTTON,
        script=f"""setTimeout(() => {{ document.getElementById('return').onclick = () =>
          setTimeout(() => window.open({LINK!r}, '_self'), 300) }}, 200)""",
        moment=None,
    ),
    "button-asks": _tappable(
        "if (confirm('Go?') && prompt('Whose?', 'mine') === 'mine') window.open(LINK, '_self')"
    ),
    "button-late": _tappable("setTimeout(() => location.href = LINK, 1500)"),
    "button-covered": _tappable(
        "location.href = LINK",
        BUTTON + '<div id="cover" style="position: fixed; inset: 0; background: white"></div>',
    ),
    "button-below": _tappable("location.href = LINK", '<div style="height: 3000px"></div>' + BUTTON),
    "button-appears": StaticPage(
        body=BUTTON.replace("style=", "hidden style="),
        script=_RECORD
        + "setTimeout(() => document.getElementById('return').hidden = false, 60);"
        + f"document.getElementById('return').onclick = () => {{ location.href = {LINK!r} }}",
        moment=None,
    ),
    "button-framed": StaticPage(
        body=f"""<div style="height: 100px"></div>
          <iframe width="350" height="300" srcdoc='<div style="height: 80px"></div>
            <button style="width: 200px; height: 60px"
                    onclick="top.location.href = `{LINK}`">Return</button>'></iframe>""",
        moment=None,
    ),
    "button-frame-departs": _tappable(
        "const f = document.createElement('iframe'); f.src = LINK; document.body.append(f);"
        " setTimeout(() => f.remove(), 50)"
    ),
    "button-frame-by-open": _tappable("window.open(LINK, 'aside')", BUTTON + _ASIDE),
    "button-frame-by-link": _aside(f'<a id="return" style="{_LARGE}" href="{LINK}">Return</a>'),
    "button-frame-by-base": _aside(
        f'<base target="aside"><a id="return" style="{_LARGE}" href="{LINK}">Return</a>', target=""
    ),
    "button-frame-by-form": _aside(
        f"""<form action="{LINK.partition("?")[0]}"><input type="hidden" name="success" value="true">
          <button id="return" style="{_LARGE}">Return</button></form>"""
    ),
    "button-frame-by-location": _watched("frames[0].location = LINK", _ASIDE),
    "button-frame-by-itself": _watched(
        "frames[0].postMessage(LINK)",
        '<iframe srcdoc="<script>onmessage = (event) => location.replace(event.data)</script>"></iframe>',
    ),
    "button-frame-elsewhere": _watched("frames[0].location = 'about:blank'; location = LINK", _ASIDE),
    "button-frame-prevented": _aside(
        f'<a id="return" style="{_LARGE}" href="{LINK}" '
        'onclick="event.preventDefault(); location.href = this.href">Return</a>'
    ),
    "button-frame-unknown": _aside(
        f'<a id="return" style="{_LARGE}" href="{LINK}" target="_self">Return</a>', target=""
    ),
    "link-on": StaticPage(body='<a id="return" href="/next">next</a>', moment=None),
    "next": StaticPage(body="<p>Next</p>", moment=None),
    "form-to-redirect": StaticPage(
        body='<form action="/redirect" method="get"><button id="return">Allow</button></form>', moment=None
    ),
    "renames-itself": StaticPage(script="history.replaceState({}, '', '/clean')", moment=None),
    "waits-for-script": StaticPage(body='<p>Waiting</p><script src="/slow"></script>', moment=None),
    "attachment": StaticPage(headers={"Content-Disposition": "attachment; filename=a.txt"}, moment=None),
    "slow": StaticPage(delay_s=30, moment=None),
    "busy": StaticPage(script="addEventListener('message', () => { for (;;); })", moment=None),
}


@contextmanager
def served(pages: Mapping[str, StaticPage] = PAGES) -> Generator[str]:
    """Serve pages by name on a free loopback port; yield the server's address."""
    stopping = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            page = pages.get(self.path.partition("?")[0].removeprefix("/"))
            if page is None:
                self.send_error(404)
                return
            if page.delay_s:
                stopping.wait(page.delay_s)
                self.close_connection = True
                return
            stopping.wait(page.late_s)
            body = page.html() if page.status == 200 else b""
            self.send_response(page.status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the server's naming

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the inherited name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


def monotonic_after(at_ns: int) -> bool:
    """Whether a time of the host is in this process's past."""
    return at_ns <= time.monotonic_ns()
