"""Pages with one button, whose handlers tests write: what leaves is `foryoure://` with a name."""

from __future__ import annotations

from harness.engines import Tab
from tests.browser.pages import StaticPage

HEAD = """<meta name="viewport" content="width=device-width">
  <script>
    const leave = name => { location.href = `foryoure://${name}` };
    const sleep = ms => new Promise(done => setTimeout(done, ms));
    const seen = [];
    for (const kind of ['touchstart', 'touchend', 'touchcancel', 'pointerdown', 'pointerup', 'mouseover',
                        'mousedown', 'mouseup', 'click', 'contextmenu', 'dblclick'])
      document.addEventListener(kind, event => seen.push({
        kind, trusted: event.isTrusted, at: event.target.id, type: event.pointerType ?? null,
        active: navigator.userActivation.isActive,
      }), {capture: true, passive: true});
  </script>"""
PLACE = "position: absolute; left: 20px; top: 20px; width: 200px; height: 100px"
BUTTON = f'<button id="go" style="{PLACE}">Go</button>'


def button(script: str = "", body: str = BUTTON) -> StaticPage:
    """Return a page whose script knows the button as `go`."""
    return StaticPage(head=HEAD, body=body, script=script, moment=None)


def on(kind: str, handler: str, options: str = "{}") -> str:
    """Return the script that binds a handler to the button; it may await."""
    return f"go.addEventListener('{kind}', async event => {{ {handler} }}, {options});"


def tapped(tab: Tab, url: str) -> list[tuple[str, bool | None]]:
    """Open a page as the stage does, tap its button, and return what left: name and gesture."""
    before = len(tab.departures())
    tab.stop_clock()
    tab.goto(url)
    tab.load_up()
    assert len(tab.departures()) == before
    tab.tap(tab.page.locator("#go"))
    tab.come_to_rest()
    return left(tab)[before:]


def left(tab: Tab) -> list[tuple[str, bool | None]]:
    """Return what left so far: name and gesture."""
    return [
        (each.url.removeprefix("foryoure://").rstrip("?"), each.user_gesture) for each in tab.departures()
    ]
