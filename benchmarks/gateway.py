"""What the gateway adds to a request: a keep-alive client through it and past it, taking turns.

.venv/bin/python benchmarks/gateway.py [--requests N]
"""

import argparse
import platform
import statistics
import time

import httpx

from fake_amo.http.serving import Receive, Scope, Send, serve
from harness.api_client.trust import trust_for
from harness.gateway.gateway import Route, open_gateway
from harness.timeline.recorder import Recorder

PAGE = b"<!DOCTYPE html><title>AMO CRM Authorization</title>" + b"<p>text</p>" * 300
HEADERS = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(PAGE)).encode())]
PATH = "/api/amo-crm/callback?code=abc&state=xyz"


async def page(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer every request with a page of an ordinary size."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": PAGE})


def _timed(client: httpx.Client, url: str) -> float:
    started = time.perf_counter()
    client.get(url, headers={"Accept": "text/html"}).raise_for_status()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=1000)
    count: int = parser.parse_args().requests
    with (
        serve(page) as server,
        open_gateway(callback_path="/api/amo-crm/callback") as gateway,
        httpx.Client(trust_env=False, verify=trust_for(server.url)) as direct,
        gateway.leads(Route(lambda: server.url, Recorder())),
        httpx.Client(trust_env=False, verify=trust_for(server.url)) as proxied,
    ):
        pairs = [
            (_timed(direct, server.url + PATH), _timed(proxied, gateway.url + PATH)) for _ in range(count)
        ]
    straight, through = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"Python {platform.python_version()}, httpx {httpx.__version__}, {count} requests each, in turns")
    print(f"direct   p50 {straight:.2f} ms")
    print(f"gateway  p50 {through:.2f} ms")
    print(f"added    p50 {through - straight:.2f} ms")


if __name__ == "__main__":
    main()
