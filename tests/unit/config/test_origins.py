"""What `backend.toml` says of origins: the backend's, its frontends', and by whom it is trusted."""

from pathlib import Path

import pytest

from fake_amo.state import profiles
from harness.config.settings import ZONES
from tests.unit.config.test_config_file import START, load, refusal


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A backend's directory, with its program and an authority."""
    (tmp_path / "server.py").write_text("")
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        pytest.param("zone = 'amo.ru'\n" + START, 1, 'zone "amo.ru" is none of amoCRM', id="zone"),
        pytest.param(
            START + "[http]\nca = 'ca.pem'", 4, "is about https, and [http].url is", id="ca-of-plain-http"
        ),
        pytest.param(
            START + "[http]\nurl = 'https://localhost:{port}'\nca = 'a.pem'",
            5,
            '[http].ca "a.pem" cannot be read (No such file or directory: DIR/a.pem)',
            id="no-ca",
        ),
        pytest.param(
            START + "[http]\nurl = 'https://localhost:{port}'\nca = '/dev/zero'",
            5,
            '[http].ca "/dev/zero" cannot be read (/dev/zero: a device, not a file: /dev/zero)',
            id="ca-without-end",
        ),
        pytest.param(
            START + "[http]\nurl = 'https://localhost:{port}'\nca = 'backend.toml'",
            5,
            '[http].ca "backend.toml" holds no certificate in PEM',
            id="ca-of-no-certificate",
        ),
        pytest.param(
            START + "[http.frontends]\n'http://a.example/x' = 'http://localhost:1'",
            4,
            '[http.frontends] "http://a.example/x" is not an origin; write both sides',
            id="frontend-path",
        ),
        pytest.param(
            START + "[http.frontends]\n'https://a.example' = 'localhost:1'",
            4,
            '"localhost:1" is not an origin',
            id="frontend-without-scheme",
        ),
        pytest.param(
            START + "[deep_link]\nuniversal = ['https://a.example/x']",
            4,
            '[deep_link].universal "https://a.example/x" is no origin such as',
            id="universal-path",
        ),
        pytest.param(
            START + "[deep_link]\nuniversal = ['http://a.example']",
            4,
            '[deep_link].universal "http://a.example" is no origin such as',
            id="universal-plain",
        ),
        pytest.param(
            START + "[start.env]\nWEB = '{frontend_url}'",
            1,
            "[start] says {frontend_url}, and [http.frontends] names none",
            id="no-frontend",
        ),
    ],
)
def test_a_wrong_origin_is_named_with_its_line_and_remedy(
    directory: Path, text: str, line: int, sentence: str
) -> None:
    """One sentence, as for every other value."""
    said = refusal(directory, text)
    assert said.startswith(f"DIR/backend.toml, line {line}: ")
    assert sentence in said


def test_the_zones_are_those_of_the_fake() -> None:
    """Reading a file must not load the fake, so they are written twice."""
    assert profiles.ZONES == ZONES
    assert {profiles.profile_of_zone(zone).zone for zone in ZONES} == set(ZONES)
    assert profiles.profile_of_zone("amocrm.ru").name == "amocrm"


def test_origins_of_every_kind_are_taken(directory: Path) -> None:
    """The authority comes back as a file that is found from everywhere."""
    http = load(
        directory,
        START
        + """[http]
url = "https://[::1]:{port}"
ca = "ca.pem"
public_https = true
[http.frontends]
"https://app.example.com" = "http://localhost:5173"
[start.env]
WEB = "{frontend_url}"
""",
    ).http
    assert http.authority == directory / "ca.pem"
    assert http.frontends == {"https://app.example.com": "http://localhost:5173"}
