"""The amoCRM return page in Django: one file, one user, tokens in a JSON file."""

import html
import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse, JsonResponse
from django.urls import path

settings.configure(ROOT_URLCONF=__name__, SECRET_KEY="nobody's", ALLOWED_HOSTS=["*"])
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


def page(title, heading, message, **link):
    """Return the page whose button leads into the app."""
    address = f"foryoure://amo-crm/callback?{urlencode(link, quote_via=quote)}"
    texts = {"title": title, "heading": heading, "message": message, "link": address}
    body = PAGE.format(**{name: html.escape(text) for name, text in texts.items()})
    return HttpResponse(body, headers=HEADERS)


def ask_amo(where, headers, body=None):
    """Ask amoCRM; RuntimeError with what the user may read."""
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(
            urllib.request.Request(AMO_URL + where, data, headers), timeout=10
        ) as answer:
            return json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"AMO CRM refuses ({error.code})") from error
    except (OSError, ValueError) as error:
        raise RuntimeError("AMO CRM does not answer") from error


def callback(request):
    """Exchange the code before the page: the account is connected when the user returns."""
    code, state = request.GET.get("code", ""), request.GET.get("state", "")
    if not code:
        return page("AMO CRM Authorization", "✗ Authorization code is missing", "", error="missing_code")
    ours = {
        name: os.environ[f"AMO_{name.upper()}"] for name in ("client_id", "client_secret", "redirect_uri")
    }
    body = {"grant_type": "authorization_code", "code": code, **ours}
    try:
        tokens = ask_amo("/oauth2/access_token", {"Content-Type": "application/json"}, body)
    except RuntimeError as error:
        return page("AMO CRM Authorization Error", "✗ Authorization failed", str(error), error=str(error))
    TOKENS.write_text(json.dumps(tokens))
    return page(
        "AMO CRM Authorization", "✓ Authorization successful!", CONNECTED, success="true", state=state
    )


def leads(request):
    """Return the account's leads, its first page."""
    if not TOKENS.exists():
        return JsonResponse({"message": "Connect AMO CRM first"}, status=409)
    token = json.loads(TOKENS.read_text())["access_token"]
    body = ask_amo("/api/v4/leads", {"Authorization": f"Bearer {token}"})
    return JsonResponse({"leads": body.get("_embedded", {}).get("leads", [])})


urlpatterns = [
    path("api/amo-crm/callback", callback),
    path("api/amo-crm/status", lambda request: JsonResponse({"connected": TOKENS.exists()})),
    path("api/leads", leads),
]
execute_from_command_line([sys.argv[0], "runserver", "--noreload", f"127.0.0.1:{os.environ['PORT']}"])
