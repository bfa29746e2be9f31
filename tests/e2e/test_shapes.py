"""Backends of other shapes, played: no status, no leads, a state that a cookie binds to the browser."""

import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme
from playwright.sync_api import Playwright

from harness.backends.foreign import foreign_backend
from harness.config.engine_names import EngineName
from harness.config.settings import BackendConfig, Http, SignIn, Start
from harness.contract import SHRUNK
from harness.engines import Engine
from harness.runs.opening import open_run
from harness.runs.options import RunRequest
from harness.runs.runner import Played, play
from harness.stage.scenario import choose
from harness.stage.world import Setup, Stage, open_stage
from harness.timeline.events import AppRequest, AppResponse
from harness.timeline.gateway_events import GatewayRequest, StatusProbe
from harness.timeline.page_events import PageShown
from tests.e2e.shaped_server import Handler

START = Start(
    (sys.executable, str(Path(__file__).with_name("shaped_server.py"))),
    env={
        "PORT": "{port}",
        "AMO_URL": "{amo_url}",
        "CLIENT_ID": "{client_id}",
        "CLIENT_SECRET": "{client_secret}",
        "REDIRECT_URI": "{redirect_uri}",
    },
)
BROWSER = BackendConfig("shaped", START, Http(connect="/start", connect_in_browser=True, status="", leads=""))
"""The phone's browser opens the connect path."""
USERS = replace(
    BROWSER,
    http=Http(
        connect="/start?token={token}",
        connect_in_browser=True,
        status="/status",
        leads="",
        headers={"Authorization": "Bearer {token}"},
        sign_in=SignIn(call="POST /login", body='{"user": "{user}"}', token="token"),
    ),
)
"""What the browser opens says who is signed in."""
CALL = BackendConfig("shaped", START, Http(connect="/url", status="", leads=""))
"""The app asks for the URL, and keeps the cookie to itself."""

UNSEEN = ("CB-02", "ST-01", "ST-02", "APP-01", "APP-02", "APP-03", "APP-05", "LD-01", "TOK-01")
"""Clauses that need a status, or leads."""
SEEN = ("CB-01", "CB-03", "CB-04", "CB-05", "CB-06", "CB-07", "DL-01", "DL-02", "DL-03", "SEC-01")


@contextmanager
def opened(engine: Engine, config: BackendConfig) -> Generator[Callable[[str], Played]]:
    """Play on a stage of its own, for what the gateway itself must know."""
    with open_stage(Setup(config), engine, partial(foreign_backend, config)) as own:
        yield lambda name: play(own, choose([name])[0])


@contextmanager
def secured(
    playwright: Playwright, config: BackendConfig, engine: EngineName = "webkitgtk"
) -> Generator[Callable[[str], Played]]:
    """Play with a redirect URI on https."""
    http = replace(config.http, public_https=True)
    request = RunRequest(engine=engine, backend=Path("backend.toml"))
    with open_run(request, replace(config, http=http), playwright=playwright) as own:
        yield lambda name: play(own, choose([name])[0])


@contextmanager
def shaped(stage: Stage, config: BackendConfig) -> Generator[Callable[[str], Played]]:
    with (
        foreign_backend(config, stage.amo, stage.gateway.addresses, stage.recording) as backend,
        stage.recast(Setup(config), backend) as recast,
    ):
        yield lambda name: play(recast, choose([name])[0])


@pytest.fixture(scope="module")
def in_browser(stage: Stage) -> Generator[Callable[[str], Played]]:
    """Play against the backend whose connect path the browser opens."""
    with shaped(stage, BROWSER) as play_scenario:
        yield play_scenario


def results(played: Played) -> dict[str, str]:
    return {name: finding.result for name, finding in played.result.findings.items()}


def test_what_needs_a_status_or_leads_is_not_observed_and_the_rest_is(
    in_browser: Callable[[str], Played],
) -> None:
    """A correct backend passes; the reason of what is not seen is the configuration's."""
    played = in_browser("connect_happy_path")
    assert (played.result.harness_errors, played.result.stopped) == ((), "")
    found = results(played)
    assert {name: found[name] for name in SEEN} == dict.fromkeys(SEEN, "passed")
    assert {name: found[name] for name in UNSEEN} == dict.fromkeys(UNSEEN, "not_observed")
    assert played.result.findings["CB-02"].actual == "the configuration does not offer: status"
    assert "failed" not in found.values()
    assert not played.timeline.of(StatusProbe)
    assert not played.timeline.of(AppRequest)


@pytest.mark.parametrize(("viewport", "told"), [("width=device-width", ()), ("user-scalable=yes", (SHRUNK,))])
def test_a_page_that_a_phone_shows_small_is_a_remark(
    stage: Stage, viewport: str, told: tuple[str, ...]
) -> None:
    """It breaks no clause: its button is as large in CSS px."""
    start = replace(START, env=START.env | {"VIEWPORT": viewport})
    with shaped(stage, replace(BROWSER, start=start)) as play_scenario:
        played = play_scenario("connect_happy_path")
    assert (played.result.harness_errors, played.result.remarks) == ((), told)
    assert "failed" not in results(played).values()


def test_the_browser_opens_the_connect_path_and_brings_its_cookie(
    in_browser: Callable[[str], Played],
) -> None:
    """The state is bound to the browser, and a state for a scenario is taken by the browser too."""
    played = in_browser("state_spent")
    opened = [each for each in played.timeline.of(GatewayRequest) if each.path == "/start"]
    assert [(each.is_browser, each.is_navigation) for each in opened] == [(True, True)]
    assert (played.result.harness_errors, played.result.stopped) == ((), "")
    first = next(each for each in played.timeline.of(GatewayRequest) if each.is_callback)
    assert first.query["state"] != ("",)


def test_what_the_browser_opens_says_who_is_signed_in(stage: Stage) -> None:
    """Each user connects an account of their own; the app's token stays hidden where an address holds it."""
    with shaped(stage, USERS) as play_scenario:
        played = play_scenario("two_users_at_once")
    found = results(played)
    assert (played.result.harness_errors, played.result.stopped) == ((), "")
    assert (found["CB-02"], found["ST-01"]) == ("passed", "passed")
    opened = [each for each in played.timeline.of(GatewayRequest) if each.path == "/start"]
    assert len({each.query["token"] for each in opened}) == 2
    assert "session-of-the-user" not in repr(played.timeline.events)


def test_a_cookie_of_the_apps_call_is_not_in_the_browser(stage: Stage) -> None:
    """As on a phone: the exchange never comes, and the backend's page says so."""
    with shaped(stage, CALL) as play_scenario:
        played = play_scenario("connect_happy_path")
    found = results(played)
    assert (played.result.harness_errors, played.result.stopped) == ((), "")
    assert found["CB-04"] != "passed"
    assert found["CB-10"] == "passed", "it has a page with a button all the same"
    assert [each.purpose for each in played.timeline.of(AppResponse)] == ["auth_url"]


def test_a_backend_may_speak_https_itself(stage: Stage, tmp_path: Path) -> None:
    """With an authority of its own, which the gateway and the app trust by its file."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    http = replace(CALL.http, url="https://localhost:{port}", ca=str(tmp_path / "ca.pem"))
    start = replace(START, env=START.env | {"CERTIFICATE": str(tmp_path / "server.pem")})
    with shaped(stage, BackendConfig("shaped", start, http)) as play_scenario:
        played = play_scenario("connect_happy_path")
    assert (played.result.harness_errors, played.result.stopped) == ((), "")
    assert results(played)["CB-10"] == "passed"
    assert [each.purpose for each in played.timeline.of(AppResponse)] == ["auth_url"]


@contextmanager
def frontend() -> Generator[str]:
    """Yield the origin of a server that shows a page which says what it is asked with."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("told", ["https://app.example.com", "{frontend_url}"])
def test_the_page_of_a_frontend_is_judged_as_the_callbacks(stage: Stage, told: str) -> None:
    """By the origin that the backend fixes, or by the one that it is given."""
    with frontend() as served_at:
        http = replace(BROWSER.http, frontends={"https://app.example.com": served_at})
        start = replace(START, env={**START.env, "FRONTEND": told})
        with opened(stage.engine, BackendConfig("shaped", start, http)) as play_scenario:
            played = play_scenario("connect_happy_path")
    assert (played.result.harness_errors, played.result.stopped) == ((), "")
    found = results(played)
    assert {name: found[name] for name in SEEN} == dict.fromkeys(SEEN, "passed")
    asked = played.timeline.of(GatewayRequest)
    shown = next(each for each in asked if each.exchange == played.timeline.of(PageShown)[0].exchange)
    assert (shown.path, shown.frontend) == ("/done", "https://app.example.com")


SECURE = {"COOKIE": "Path=/; HttpOnly; Secure; SameSite=Lax"}


@pytest.mark.parametrize(("engine", "upgraded"), [("webkitgtk", ["/picture"]), ("chromium", [])])
def test_a_redirect_uri_on_https_is_as_in_production(
    playwright: Playwright, engine: EngineName, upgraded: list[str]
) -> None:
    """A Secure cookie comes back; what the page asks for plainly is asked for by https.

    Chromium upgrades no address of this machine.
    """
    config = replace(BROWSER, start=replace(START, env=START.env | SECURE))
    with secured(playwright, config, engine) as play_scenario:
        played = play_scenario("connect_happy_path")
    assert (played.result.harness_errors, played.result.stopped) == ((), "")
    found = results(played)
    assert {name: found[name] for name in SEEN} == dict.fromkeys(SEEN, "passed")
    parts = [each.path for each in played.timeline.of(GatewayRequest) if not each.is_navigation]
    assert [each for each in parts if each != "/favicon.ico"] == upgraded


@pytest.mark.parametrize("engine", ["webkitgtk", "chromium"])
def test_a_cookie_for_any_site_comes_back_on_plain_http(playwright: Playwright, engine: EngineName) -> None:
    """`SameSite=None; Secure`, as where a frontend has an origin of its own."""
    start = replace(START, env=START.env | {"COOKIE": "Path=/; HttpOnly; Secure; SameSite=None"})
    request = RunRequest(engine=engine, backend=Path("backend.toml"))
    with open_run(request, replace(BROWSER, start=start), playwright=playwright) as own:
        played = play(own, choose(["connect_happy_path"])[0])
    assert (played.result.harness_errors, played.result.stopped) == ((), "")
    assert {name: results(played)[name] for name in SEEN} == dict.fromkeys(SEEN, "passed")


def test_a_strict_cookie_does_not_come_back_from_amocrm(playwright: Playwright) -> None:
    """AmoCRM is another site, as on a phone, and not this machine once more."""
    strict = {"COOKIE": "Path=/; HttpOnly; Secure; SameSite=Strict"}
    with secured(playwright, replace(BROWSER, start=replace(START, env=START.env | strict))) as play_scenario:
        played = play_scenario("connect_happy_path")
    assert (played.result.harness_errors, played.result.stopped) == ((), "")
    assert results(played)["CB-04"] != "passed"


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        (
            "Path=/; HttpOnly; SameSite=Strict",
            "it is SameSite=Strict, and the browser comes from amoCRM's site",
        ),
        ("Path=/start; SameSite=Lax", "its Path is /start"),
        ("Path=/; SameSite=Lax; Domain=example.com", "its Domain is example.com"),
    ],
)
def test_a_cookie_that_does_not_come_back_is_named(stage: Stage, attributes: str, why: str) -> None:
    """On plain http too amoCRM is another site; a correct backend's cookie comes back from there."""
    start = replace(START, env=START.env | {"COOKIE": attributes})
    with shaped(stage, replace(BROWSER, start=start)) as play_scenario:
        played = play_scenario("connect_happy_path")
    assert (played.result.harness_errors, played.result.stopped) == ((), "")
    failures = [name for name, each in results(played).items() if each == "failed"]
    found = played.result.findings["CB-03"]
    assert (failures, found.due_to) == (["CB-03"], "cookie left out")
    assert found.actual == f"the code was never sent: the browser left out the cookie `state`: {why}"


def test_a_secure_cookie_comes_back_where_the_redirect_uri_is_plain(stage: Stage) -> None:
    """As it does in production, where the redirect URI is on https."""
    with shaped(stage, replace(BROWSER, start=replace(START, env=START.env | SECURE))) as play_scenario:
        found = results(play_scenario("connect_happy_path"))
    assert {name: found[name] for name in SEEN} == dict.fromkeys(SEEN, "passed")


def test_one_whose_name_demands_https_is_lost_there(stage: Stage) -> None:
    """As Safari has it, on this machine too."""
    env = START.env | SECURE | {"COOKIE_NAME": "__Host-state"}
    with shaped(stage, replace(BROWSER, start=replace(START, env=env))) as play_scenario:
        played = play_scenario("connect_happy_path")
    assert results(played)["CB-04"] != "passed"
    assert (
        "`__Host-state`: it is Secure, and the redirect URI is http here"
        in played.result.findings["CB-03"].actual
    )
