"""A `backend.toml` for a broken version of the reference backend, as somebody's own backend would have it."""

import sys
from pathlib import Path

TOML = """
name = "broken"

[start]
command = ["{python}", "-m", "backend_under_test.mutations.faults", "{fault}"]

[start.env]
PORT = "{{port}}"
AMO_BASE_URL = "{{amo_url}}"
AMO_CLIENT_ID = "{{client_id}}"
AMO_CLIENT_SECRET = "{{client_secret}}"
AMO_REDIRECT_URI = "{{redirect_uri}}"
DATABASE_URL = "sqlite:///{{tmp}}/backend.db"

[http]
connect = "/api/amo-crm/auth-url"

[http.headers]
Authorization = "Bearer {{user}}"

[known_failures]
{known}
"""


def write_broken(folder: Path, fault: str = "departs_by_location_href", **known: str) -> Path:
    """Write it into the folder; `CB_06="why"` is a known failure of CB-06."""
    failures = "\n".join(f'"{clause.replace("_", "-")}" = "{why}"' for clause, why in known.items())
    file = folder / "backend.toml"
    file.write_text(TOML.format(python=sys.executable, fault=fault, known=failures), encoding="utf-8")
    return file
