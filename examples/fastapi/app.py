"""The amoCRM return page in FastAPI: one file, one user, tokens in a JSON file."""

import html
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import uvicorn
from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse

AMO_URL = os.environ["AMO_URL"]
TOKENS = Path(os.environ.get("TOKENS_FILE", "tokens.json"))
CONNECTED = "Your AMO CRM account has been successfully connected."
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body {{ font-family: sans-serif; text-align: center; padding: 40px 20px }}
a {{ display: inline-block; padding: 14px 28px }}</style></head>
<body><h1>{heading}</h1><p>{message}</p><p>Please tap the button below to return to the app:</p>
<a role="button" href="{link}">Return to App</a></body></html>"""

app = FastAPI()


def page(title: str, heading: str, message: str, **link: str) -> HTMLResponse:
    """Return the page whose button leads into the app."""
    address = f"foryoure://amo-crm/callback?{urlencode(link, quote_via=quote)}"
    texts = {"title": title, "heading": heading, "message": message, "link": address}
    return HTMLResponse(
        PAGE.format(**{name: html.escape(text) for name, text in texts.items()}), headers=HEADERS
    )


def ask_amo(method: str, path: str, **request: Any) -> dict[str, Any]:
    """Ask amoCRM; RuntimeError with what the user may read."""
    try:
        answer = httpx.request(method, AMO_URL + path, timeout=10, **request)
        body = answer.json() if answer.content else {}
    except (httpx.HTTPError, ValueError):
        raise RuntimeError("AMO CRM does not answer") from None
    if answer.is_error:
        raise RuntimeError(body.get("hint") or body.get("title") or "AMO CRM refuses")
    return body


@app.get("/api/amo-crm/callback")
def callback(code: str = "", state: str = "") -> HTMLResponse:
    """Exchange the code before the page: the account is connected when the user returns."""
    if not code:
        return page("AMO CRM Authorization", "✗ Authorization code is missing", "", error="missing_code")
    client = {
        name: os.environ[f"AMO_{name.upper()}"] for name in ("client_id", "client_secret", "redirect_uri")
    }
    try:
        tokens = ask_amo(
            "POST", "/oauth2/access_token", json={"grant_type": "authorization_code", "code": code, **client}
        )
    except RuntimeError as error:
        return page("AMO CRM Authorization Error", "✗ Authorization failed", str(error), error=str(error))
    TOKENS.write_text(json.dumps(tokens))
    return page(
        "AMO CRM Authorization", "✓ Authorization successful!", CONNECTED, success="true", state=state
    )


@app.get("/api/amo-crm/status")
def status() -> dict[str, bool]:
    """Tell whether the account is connected."""
    return {"connected": TOKENS.exists()}


@app.get("/api/leads")
def leads() -> dict[str, Any]:
    """Return the account's leads, its first page."""
    if not TOKENS.exists():
        raise HTTPException(409, "Connect AMO CRM first")
    token = json.loads(TOKENS.read_text())["access_token"]
    body = ask_amo("GET", "/api/v4/leads", headers={"Authorization": f"Bearer {token}"})
    return {"leads": body.get("_embedded", {}).get("leads", [])}


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), access_log=False)
