"""A phone in front of a sitting, without a browser: what its browser sends, and what a real app sends."""

import ssl
from collections.abc import Mapping
from pathlib import Path

import httpx

from harness.config.settings import FIRST_USER, reference_config
from harness.serve.opening import Serving

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15"
APP = "ForYouRE/7 CFNetwork/1568.200.51 Darwin/24.6.0"


class Ways(httpx.HTTPTransport):
    """Leads origins to where they are served, as the network's DNS does."""

    def __init__(self, ways: Mapping[str, str], ca: Path) -> None:
        trust = ssl.create_default_context(cafile=ca)
        trust.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # `ca` may be the certificate itself
        super().__init__(verify=trust)
        self._ways = ways

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it there; its `Host` stays, and its name in TLS."""
        origin = f"{request.url.scheme}://{request.url.netloc.decode()}"
        to = httpx.URL(self._ways.get(origin, origin))
        url = request.url.copy_with(scheme=to.scheme, host=to.host, port=to.port)
        named = {**request.extensions, "sni_hostname": request.url.host}
        passed_on = httpx.Request(
            request.method, url, headers=request.headers, stream=request.stream, extensions=named
        )
        return super().handle_request(passed_on)


def press(browser: httpx.Client, start_url: str, act: str, *, timeout: float | None = None) -> httpx.Response:
    """Press a button of the start page, whose buttons all bring the same."""
    page = browser.get(start_url).text
    key = page.partition('data-key="')[2].partition('"')[0]
    waits = httpx.USE_CLIENT_DEFAULT if timeout is None else timeout
    return browser.post(f"{start_url}/{act}", params={"key": key}, timeout=waits)


class Walker:
    """Somebody who walks the start page, amoCRM's page and the backend's."""

    def __init__(self, serving: Serving, client: httpx.Client) -> None:
        self.serving, self.client = serving, client
        client.headers.update({"user-agent": BROWSER, "accept": "text/html"})

    def post(self, act: str) -> httpx.Response:
        """Press a button that the start page shows."""
        assert self.is_shown(act), act
        return press(self.client, self.serving.start_url, act)

    def is_shown(self, act: str) -> bool:
        """Tell whether the start page has that button at this moment."""
        return f"/{act}?key=" in self.client.get(self.serving.start_url).text

    def connect(self) -> httpx.Response:
        """Open the app, tap "connect", and allow access; return the backend's page."""
        assert self.post("open").status_code == 303
        amo = self.post("connect").headers["location"]
        allowed = self.client.post(amo, data={"decision": "allow"})
        assert allowed.status_code == 302, allowed.text
        return self.client.get(allowed.headers["location"])

    def app_asks(self, method: str, path: str) -> httpx.Response:
        """A real app on the same phone calls the gateway."""
        ((name, value),) = reference_config().http.headers.items()
        headers = {"user-agent": APP, name: value.format(user=FIRST_USER)}
        gateway = self.serving.sitting.servers.gateway.url
        return self.client.request(method, f"{gateway}{path}", headers=headers)
