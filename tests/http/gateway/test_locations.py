"""A `Location` reaches the browser as a phone reads it, bytes beyond ASCII too."""

import http.client
import socket

import pytest

from harness.gateway.gateway import Gateway, Route
from harness.timeline.gateway_events import GatewayResponse
from harness.timeline.recorder import Recorder
from tests.http.gateway.raw_backend import Answer, raw_backend

PATHS = {
    "utf-8": (
        "/готово?имя=Анна".encode(),
        "/%D0%B3%D0%BE%D1%82%D0%BE%D0%B2%D0%BE?%D0%B8%D0%BC%D1%8F=%D0%90%D0%BD%D0%BD%D0%B0",
    ),
    "percent-encoded already": (b"/%D0%B3?a=%26&b=%25", "/%D0%B3?a=%26&b=%25"),
    "both": ("/г?a=%26#{x}".encode(), "/%D0%B3?a=%26#{x}"),
    "latin-1": (b"/caf\xe9", "/caf%E9"),
    "a space": (b"/done?text=not now", "/done?text=not now"),
    "a space and Cyrillic": (
        "/done?text=не зараз".encode(),
        "/done?text=%D0%BD%D0%B5 %D0%B7%D0%B0%D1%80%D0%B0%D0%B7",
    ),
}


def redirecting(location: bytes) -> Answer:
    """Return an answer that leads there."""
    head = b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"
    return lambda connection: connection.sendall(head)


def location_of(gateway: Gateway) -> str:
    """Ask for the callback as a browser does; returns the header as it comes."""
    connection = http.client.HTTPConnection(gateway.url.partition("//")[2], timeout=20)
    connection.request("GET", "/api/amo-crm/callback", headers={"Accept": "text/html"})
    location = connection.getresponse().getheader("Location", "")
    connection.close()
    return location


@pytest.mark.parametrize(("sent", "read"), PATHS.values(), ids=PATHS)
def test_a_location_is_read_byte_by_byte(
    gateway: Gateway, recorder: Recorder, sent: bytes, read: str
) -> None:
    """Browsers percent-encode each byte; WebKitGTK would ask for another address."""
    with raw_backend(redirecting(sent)) as (url, _), gateway.leads(Route(lambda: url, recorder)):
        assert location_of(gateway) == read
    (told,) = recorder.timeline().of(GatewayResponse)
    assert dict(told.headers)["location"] == read
    assert told.goes_on


@pytest.mark.parametrize(("sent", "read"), PATHS.values(), ids=PATHS)
def test_an_absolute_one_is_moved_as_well(
    gateway: Gateway, recorder: Recorder, sent: bytes, read: str
) -> None:
    """It is the backend's own origin that moves, and nothing of the rest."""
    places: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        redirecting(places[0] + sent)(connection)

    with (
        raw_backend(answer) as (url, _),
        gateway.leads(Route(lambda: url, recorder)),
    ):
        places.append(url.encode())
        assert location_of(gateway) == gateway.url + read


def test_one_of_the_app_is_read_byte_by_byte_too(gateway: Gateway, recorder: Recorder) -> None:
    """What it is called on the timeline is what the page would be blamed for."""
    sent = "foryoure://amo-crm/callback?state=стан".encode()
    with raw_backend(redirecting(sent)) as (url, _), gateway.leads(Route(lambda: url, recorder)):
        assert location_of(gateway) == "foryoure://amo-crm/callback?state=%D1%81%D1%82%D0%B0%D0%BD"
