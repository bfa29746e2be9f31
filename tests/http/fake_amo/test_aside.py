"""Another application at the fake's own origin, while a block lasts."""

import httpx

from fake_amo import FakeAmo
from fake_amo.http.serving import Receive, Scope, Send


async def another(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer any request."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"else"})


def test_paths_are_led_aside_while_a_block_lasts() -> None:
    """Whatever is below them, and nothing whose name only begins so; the fake hears none of it."""
    with FakeAmo() as amo:
        with amo.leads_aside("/__phone", app=another):
            led = [httpx.get(f"{amo.url}{path}").text for path in ("/__phone", "/__phone/x", "/oauth")]
            assert [each == "else" for each in led] == [True, True, False]
            assert [each.path for each in amo.journal] == ["/oauth"]
            assert httpx.get(f"{amo.url}/__phones").text != "else"
        assert httpx.get(f"{amo.url}/__phone").status_code == 404
        amo.reset()
        assert amo.problems() == []
