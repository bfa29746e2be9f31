"""Public clients of amoCRM from npm, unmodified, over TLS against the fake."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fake_amo import AmoSettings, FakeAmo
from tools.node import environment, install_example, node_programs

HERE = Path(__file__).parent
LIMIT_S = 20


@pytest.fixture(scope="session")
def node() -> Path:
    """The Node that plays them, their locked packages installed."""
    node = node_programs()[0]
    install_example(node, HERE)
    return node


def played(node: Path, script: str) -> tuple[dict[str, Any], FakeAmo]:
    """Play an integration on a fake of its own; returns what it printed, and the fake, which has ended."""
    with FakeAmo(AmoSettings(tls=True, limits=False)) as amo:
        given = {
            "port": int(str(amo.tls_url).rpartition(":")[2]),
            "code": amo.mint_code(),
            "client_id": amo.client_id,
            "client_secret": amo.client_secret,
            "redirect_uri": amo.redirect_uri,
        }
        done = subprocess.run(
            [str(node), script, json.dumps(given)],
            cwd=HERE,
            env=environment(node) | {"NODE_EXTRA_CA_CERTS": str(amo.ca_file)},
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_S,
        )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen, amo


def test_amocrm_js(node: Path) -> None:
    """FACTS: HOST-SNI, API-CUSTOMERS - under the account's own host: pages, writes, one renewal."""
    seen, amo = played(node, "amocrm_js.cjs")
    leads = seen.pop("leads")
    assert len(leads) == len(set(leads)) == 5
    assert seen == {
        "account": "Тестова компанія",
        "contact": "Ірина",
        "price": 20,
        "customer": "number",
        "refused": "API_RESPONSE_ERROR",
        "rotated": True,
        "after": "Тестова компанія",
    }
    assert {each.host for each in amo.journal} == {"testaccount.amocrm.ru"}


def test_shevernitskiy_amo(node: Path) -> None:
    """FACTS: API-UNSORTED, API-CATALOG-ELEMENTS, API-CUSTOMERS-MODE, API-TALKS - by its own methods."""
    seen, _amo = played(node, "shevernitskiy_amo.cjs")
    assert seen == {
        "account": "Тестова компанія",
        "contact": "Ірина",
        "incoming": [1, 1, 1],
        "trade": [2, "Олена", 5],
        "talk": True,
        "nothing": 204,
        "refused": 400,
    }


@pytest.mark.parametrize("name", ["amocrm-js", "@shevernitskiy/amo"])
def test_lock_pins_the_client_and_names_no_registry(name: str) -> None:
    """Their code is what it was; the packages come from whichever registry npm is set up with."""
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"][name]
    packages = json.loads((HERE / "package-lock.json").read_text())["packages"]
    assert packages[f"node_modules/{name}"]["version"] == wanted
    assert not [key for key, each in packages.items() if "resolved" in each]
    assert all(each["integrity"].startswith("sha512-") for key, each in packages.items() if key)
