"""What amoCRM sends by itself: the code of a widget install, the disconnect hook, an entity webhook.

Owns outgoing requests: 3 s, the answer ignored, no second try (FACTS: INSTALL-WIDGET). Must not be called
from the server's event loop: it waits for the other side.
"""

import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from fake_amo.http.messages import encode_pairs
from fake_amo.oauth.consent import code_for, redirect_pairs, with_pairs
from fake_amo.oauth.webhook_form import Change, form_of
from fake_amo.site.site import Site
from fake_amo.state.dataset import Account, Integration, User
from fake_amo.state.entities import Lead

TIMEOUT_S = 3.0
_SENDER = "amoService-oAuth-Code-Sender/1.0"
_WEBHOOKS = "amoCRM-Webhooks/3.0"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one outgoing request: a status, or why there is none."""

    status: int | None
    error: str | None


def send_install(site: Site, integration: Integration, user: User, account: Account) -> Delivery:
    """Install from a widget: amoCRM itself calls the redirect URI, with `from_widget` and without `state`."""
    with site.transaction():
        code = code_for(site, integration, user, account)
        pairs = redirect_pairs(site, None, integration, account, code)
    url = with_pairs(integration.redirect_uri, [*pairs, ("from_widget", "1")])
    return _send(site, "install", "GET", url, secrets={"code": code.value})


def send_disconnect(site: Site, integration: Integration, account: Account) -> Delivery | None:
    """Switch the integration off in an account and say so to its hook; None where it has no hook."""
    with site.transaction() as store:
        store.disable(integration.client_id, account.id)
    if integration.disconnect_hook is None:
        return None
    message = f"{integration.client_id}|{account.id}".encode()
    signature = hmac.new(integration.client_secret.encode(), message, hashlib.sha256).hexdigest()
    pairs = [
        ("client_uuid", integration.client_id),
        ("account_id", str(account.id)),
        ("signature", signature),
    ]
    return _send(site, "disconnect", "GET", with_pairs(integration.disconnect_hook, pairs))


def send_webhook(
    site: Site, integration: Integration, account: Account, event: str, lead: Lead
) -> Delivery | None:
    """Post one change of a lead (`add`, `update`, `delete`, `status`); None where there is no webhook."""
    if integration.webhook is None:
        return None
    pairs = form_of(site, account, Change("leads", event, lead))
    return _send(site, "webhook", "POST", integration.webhook, body=encode_pairs(pairs))


def post_webhook(
    site: Site, integration: Integration, destination: str, pairs: list[tuple[str, str]]
) -> None:
    """Post to an address that subscribed, in the background; one that is nobody's here is only told of.

    A backend under test may subscribe an address on the internet: what it is built for is not to be called.
    """
    host = urlsplit(destination).hostname or ""
    if _is_loopback(host) or host == urlsplit(integration.redirect_uri).hostname:
        body = encode_pairs(pairs)
        site.in_background(lambda: _send(site, "webhook", "POST", destination, body=body))
        return
    why = f"not sent: {host} is neither this machine nor the redirect URI's host"
    site.emit(
        "hook_sent",
        {"hook": "webhook", "method": "POST", "url": destination, "status": None, "error": why},
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _send(
    site: Site,
    kind: str,
    method: str,
    url: str,
    *,
    body: str | None = None,
    secrets: dict[str, str] | None = None,
) -> Delivery:
    headers = {"User-Agent": _SENDER if body is None else _WEBHOOKS}
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        headers["X-Amocrm-Requestid"] = site.store.grants.new_uuid()
    delivery = _delivered(method, url, body, headers, trusted=site.settings.hooks_trust)
    site.emit(
        "hook_sent",
        {"hook": kind, "method": method, "url": url, "status": delivery.status, "error": delivery.error},
        secrets,
    )
    site.flush()
    return delivery


def _delivered(
    method: str, url: str, body: str | None, headers: dict[str, str], *, trusted: str | None
) -> Delivery:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return Delivery(None, f"{url.partition('?')[0]!r} is not an http address")
    if parts.scheme == "https":
        trust = ssl.create_default_context()
        if trusted:
            trust.load_verify_locations(trusted)
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=TIMEOUT_S, context=trust
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_S)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # The socket's own time limit starts anew with each byte; the deadline is for the whole answer.
    deadline = threading.Timer(TIMEOUT_S, _interrupt, (connection,))
    deadline.start()
    try:
        connection.request(method, target, body, headers)
        return Delivery(connection.getresponse().status, None)
    except (OSError, http.client.HTTPException) as problem:
        return Delivery(
            None, f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__
        )
    finally:
        deadline.cancel()
        connection.close()


def _interrupt(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError):  # it ended by itself at the same moment
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)
