"""A correct backend of another shape, run as a program: a state that a cookie binds to who asked for it.

One file, without leads. `/start` sends a browser to amoCRM by a redirect, `/url` answers an app's call with
the same address; either sets the cookie. `/start?token=` says whose state it is, by the token that `/login`
gave, and `/status` tells each user apart. Where FRONTEND is set, its pages are that origin's, which is such a
server as well. Behind https its pages ask for https alone, as in production, and show a picture by a plain
address; with CERTIFICATE, a PEM file with its key, it serves https itself.
"""

import html
import json
import os
import secrets
import ssl
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="{viewport}">
<style>body {{ color: #000; background: #fff }} a {{ display: inline-block; padding: 20px; color: #000 }}
</style></head><body><h1>{heading}</h1><p>{message}</p>
<p>Please tap the button below to return to the app:</p>
<a href="{link}" role="button">Return to App</a>{picture}</body></html>"""
TITLE = "AMO CRM Authorization"
SESSION_OF = "session-of-the-user-{user}-0123456789"
COOKIE_NAME = os.environ.get("COOKIE_NAME", "state")
USERS: dict[str, str] = {}
"""By state."""
CONNECTED_USERS: set[str] = set()
CONNECTED = "Your AMO CRM account has been successfully connected."


class Handler(BaseHTTPRequestHandler):
    """Answers."""

    def do_POST(self) -> None:
        """Sign a user in."""
        user = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["user"]
        self.say(200, json.dumps({"token": SESSION_OF.format(user=user)}))

    def do_GET(self) -> None:
        """Lead to amoCRM, or take what comes from there."""
        url = urlsplit(self.path)
        if url.path == "/health":
            self.say(200, "ok")
        elif url.path in ("/start", "/url"):
            self.send_to_amo(url.path, dict(parse_qsl(url.query)).get("token", ""))
        elif url.path == "/status":
            user = self.headers.get("Authorization", "").removeprefix("Bearer ")
            self.say(200, json.dumps({"connected": user in CONNECTED_USERS}))
        elif url.path == "/api/amo-crm/callback":
            self.callback(dict(parse_qsl(url.query, keep_blank_values=True)))
        elif url.path == "/picture":
            self.say(200, "<svg xmlns='http://www.w3.org/2000/svg'/>", {"Content-Type": "image/svg+xml"})
        elif url.path == "/done":
            self.say_page(dict(parse_qsl(url.query, keep_blank_values=True)))
        else:
            self.say(404, "")

    def send_to_amo(self, path: str, user: str) -> None:
        """Issue a state with its cookie."""
        state = secrets.token_urlsafe(16)
        USERS[state] = user
        query = {"client_id": os.environ["CLIENT_ID"], "state": state}
        consent = f"{os.environ['AMO_URL']}/oauth?{urlencode(query)}"
        attributes = os.environ.get("COOKIE", "Path=/; HttpOnly; SameSite=Lax")
        cookie = {"Set-Cookie": f"{COOKIE_NAME}={state}; {attributes}"}
        if path == "/start":
            self.say(302, "", {"Location": consent} | cookie)
        else:
            self.say(200, json.dumps({"url": consent}), cookie)

    def callback(self, query: dict[str, str]) -> None:
        """Exchange the code of whoever has the state's cookie."""
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE_NAME)
        state = {"state": query["state"]} if "state" in query else {}
        if "code" not in query:
            self.show(TITLE, "✗ Authorization code is missing", "", {"error": "missing_code"} | state)
        elif cookie is None or cookie.value != query.get("state"):
            why = "This browser did not ask"
            self.show(f"{TITLE} Error", "✗ Authorization failed", why, {"error": why} | state)
        else:
            self.exchange(query["code"])
            CONNECTED_USERS.add(USERS[query["state"]])
            self.show(TITLE, "✓ Authorization successful!", CONNECTED, {"success": "true"} | state)

    def exchange(self, code: str) -> None:
        """Send the code to amoCRM."""
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": os.environ["CLIENT_ID"],
            "client_secret": os.environ["CLIENT_SECRET"],
            "redirect_uri": os.environ["REDIRECT_URI"],
        }
        url = f"{os.environ['AMO_URL']}/oauth2/access_token"
        httpx.post(url, json=body, trust_env=False).raise_for_status()

    def show(self, title: str, heading: str, message: str, link: dict[str, str]) -> None:
        """Answer with a page, or with the way to the frontend's."""
        address = f"foryoure://amo-crm/callback?{urlencode(link, quote_via=quote)}"
        told = {"title": title, "heading": heading, "message": message, "link": address}
        if frontend := os.environ.get("FRONTEND"):
            self.say(302, "", {"Location": f"{frontend}/done?{urlencode(told)}"})
        else:
            self.say_page(told)

    def say_page(self, words: dict[str, str]) -> None:
        """Answer with a page that says this."""
        host = self.headers["Host"]
        is_secure = self.headers.get("X-Forwarded-Proto") == "https"
        picture = f'<img src="http://{host}/picture" alt="">' if is_secure else ""
        words = {name: html.escape(each) for name, each in words.items()}
        viewport = os.environ.get("VIEWPORT", "width=device-width, initial-scale=1")
        page = PAGE.format(**words, picture=picture, viewport=viewport)
        told = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
        if self.headers.get("X-Forwarded-Proto") == "https":
            told |= {"Strict-Transport-Security": "max-age=600"}
            told |= {"Content-Security-Policy": "upgrade-insecure-requests"}
        self.say(200, page, told | {"Referrer-Policy": "no-referrer"})

    def say(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        """Answer."""
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's own name
        """Print nothing."""


def serve() -> None:
    """Serve until the process ends."""
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler)
    if certificate := os.environ.get("CERTIFICATE"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    serve()
