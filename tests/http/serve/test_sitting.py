"""A sitting over HTTP: what is judged of a person's journey and of a real app, the lab, tunnels and names."""

import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from harness.backends.reach import Reach
from harness.config.settings import reference_config
from harness.contract import Finding
from harness.gateway.gateway import Aside, Gateway, open_gateway
from harness.gateway.server import bind
from harness.phone.hosts.measured import read_measurements
from harness.runs.runner import Played
from harness.serve.hand.observer import LONGEST_MESSAGE
from harness.serve.opening import Ports, press
from harness.serve.reaching.secure import Wish
from harness.timeline.gateway_events import GatewayResponse, PageAltered
from tests.browser.processes import wait_for
from tests.e2e.by_hand import PHONES, Sat, backend_with, sitting
from tests.http.serve.desk import at_a_desk
from tests.http.serve.walker import Walker, Ways
from tests.unit.certificates.test_served import own

HTTP = reference_config().http
ELSEWHERE = "127.0.0.3"
"""Where tunnels end for whoever is not on this machine."""
NAME = "phones.test.example"
LAB_PHONE = {"host": "ios-safari", "device": "iPhone 15", "system": "iOS 18.6", "app_installed": "yes"}


@dataclass(frozen=True, slots=True)
class Walked:
    """A sitting, and who walks it."""

    sat: Sat
    walker: Walker

    def findings(self) -> dict[str, Finding]:
        """Finish, and return what is said of the only journey."""
        (played,) = self.sat.finish()
        assert played.result.harness_errors == ()
        return dict(played.result.findings)


@contextmanager
def walked(folder: Path, *, observed: bool = False) -> Generator[Walked]:
    with sitting(folder, observed=observed) as sat, httpx.Client() as client:
        yield Walked(sat, Walker(sat.serving, client))


def begin_next(sat: Sat) -> None:
    before = sat.serving.sitting.journey
    sat.serving.sitting.begin_next()
    assert wait_for(lambda: sat.serving.sitting.is_under_way and sat.serving.sitting.journey is not before)


def results(findings: dict[str, Finding], *ids: str) -> dict[str, str]:
    return {each: findings[each].result for each in ids}


def failures(played: Played) -> dict[str, str]:
    assert played.result.findings["CB-01"].result == "passed"
    return {each: played.result.findings[each].actual for each in played.result.failures}


def test_a_journey_that_ends_within_the_second_of_success_is_nobodys_fault(tmp_path: Path) -> None:
    """The CRM tab had no time to follow; the rest is judged."""
    with walked(tmp_path) as here:
        here.walker.connect()
        here.walker.post("tapped")
        findings = here.findings()
    assert results(findings, "APP-01", "APP-02", "CB-01") == {
        "APP-01": "not_observed",
        "APP-02": "passed",
        "CB-01": "passed",
    }
    assert "ended while the app showed success" in findings["APP-01"].actual


def test_what_only_a_browser_knows_is_not_observed_with_its_reason(tmp_path: Path) -> None:
    """A page that leaves by itself is not blamed for it without anybody having seen it."""
    with walked(tmp_path) as here:
        here.walker.connect()
        findings = here.findings()
    for clause in ("CB-05", "CB-06", "CB-07", "DL-01"):
        finding = findings[clause]
        assert (finding.result, "only the phone's browser knows" in finding.actual) == ("not_observed", True)


def test_each_journey_is_a_fresh_world_and_all_of_them_end_in_one_run(tmp_path: Path) -> None:
    """The same phone walks on; a journey in which nobody did anything is none."""
    with walked(tmp_path) as here:
        here.walker.connect()
        begin_next(here.sat)
        here.walker.post("open")
        begin_next(here.sat)
        played = here.sat.finish()
    assert [each.result.id for each in played] == ["journey_001", "journey_002"]
    assert [each.result.findings["CB-03"].result for each in played] == ["passed", "not_observed"]


def test_an_authorization_of_the_journey_before_blames_nobody(tmp_path: Path) -> None:
    """The phone stood on amoCRM's page when the tester began the next one: a backend may refuse its state."""
    with walked(tmp_path) as here:
        here.walker.post("open")
        amo = here.walker.post("connect").headers["location"]
        begin_next(here.sat)
        allowed = here.walker.client.post(amo, data={"decision": "allow"})
        here.walker.client.get(allowed.headers["location"])
        *_, played = here.sat.finish()
    assert played.result.failures == ()
    assert "begun before this journey" in played.result.findings["CB-03"].actual


@pytest.mark.parametrize(
    ("said", "app_03"), [("", "not_observed"), ("app-leads", "passed"), ("app-prompt", "failed")]
)
def test_a_real_app_is_judged_by_its_calls_and_by_what_its_user_says(
    tmp_path: Path, said: str, app_03: str
) -> None:
    """No screen of it is seen: nothing is made of that."""
    with walked(tmp_path) as here:
        here.walker.connect()
        for path in (HTTP.status, HTTP.leads):
            assert here.walker.app_asks("GET", path).status_code == 200
        if said:
            press(said, here.sat.serving.sitting.journey)
        findings = here.findings()
    judged = results(findings, "APP-01", "APP-02", "APP-03", "ST-01", "ST-02", "LD-01")
    assert judged == {
        "APP-01": "not_observed",
        "APP-02": "passed",
        "APP-03": app_03,
        "ST-01": "passed",
        "ST-02": "passed",
        "LD-01": "not_observed",
    }


def test_a_real_app_that_exchanges_the_code_by_itself_is_caught(tmp_path: Path) -> None:
    """APP-02 judges the real app."""
    with walked(tmp_path) as here:
        here.walker.connect()
        here.walker.app_asks("POST", HTTP.exchange)
        findings = here.findings()
    assert results(findings, "APP-02") == {"APP-02": "failed"}


def test_what_was_sent_is_judged_and_not_what_the_browser_got(tmp_path: Path) -> None:
    """The recorded page has neither the script nor its way through the page's policy."""
    with walked(tmp_path, observed=True) as here:
        got = here.walker.connect()
        (played,) = here.sat.finish()
    sent = next(each for each in played.timeline.of(GatewayResponse) if each.is_page)
    (altered,) = played.timeline.of(PageAltered)
    assert "__observe" in got.text
    assert "__observe" in got.headers["content-security-policy"]
    assert "__observe" not in sent.body
    assert "__observe" not in altered.policy
    assert altered.policy == dict(sent.headers)["content-security-policy"]


def test_a_page_tells_of_itself_and_of_no_other(tmp_path: Path) -> None:
    """What the script says is taken from the backend's own pages, and in small pieces."""
    with walked(tmp_path, observed=True) as here:
        here.walker.connect()
        said = f"{here.sat.serving.sitting.servers.gateway.url}/__observe/said"
        seen: list[int] = []
        for site, size in (("cross-site", 9), ("same-site", 9), ("same-origin", LONGEST_MESSAGE + 1)):
            headers = {"sec-fetch-site": site}
            seen.append(here.walker.client.post(said, content=b"x" * size, headers=headers).status_code)
        here.sat.finish()
    assert seen == [403, 403, 413]


def test_without_observing_no_page_is_altered(tmp_path: Path) -> None:
    """And the paths of the script are the backend's, as every other."""
    with walked(tmp_path) as here:
        assert "__observe" not in here.walker.connect().text
        script = f"{here.sat.serving.sitting.servers.gateway.url}/__observe/observe.js"
        assert here.walker.client.get(script).status_code == 404
        (played,) = here.sat.finish()
    assert played.timeline.of(PageAltered) == ()


def test_a_page_stays_until_there_is_something_else_to_show(tmp_path: Path) -> None:
    """It loads itself again once another word than its own is told: also where it shows no app."""

    def is_shown(client: httpx.Client) -> str:
        page = client.get(here.sat.serving.start_url).text
        word = page.partition('data-word="')[2].partition('"')[0]
        assert client.get(f"{here.sat.serving.start_url}/now").text == word
        return word

    with walked(tmp_path) as here, httpx.Client() as stranger:
        assert is_shown(stranger).startswith("journey_001-home")
        given = here.walker.post("open").headers["set-cookie"]
        assert given.partition("; ")[2] == "HttpOnly; Path=/__phone; SameSite=strict"
        assert is_shown(here.walker.client).startswith("journey_001-crm")
        assert is_shown(stranger) == "another"
        here.sat.finish()
        assert is_shown(here.walker.client) == "over"


def test_another_phone_goes_on_where_the_first_was(tmp_path: Path) -> None:
    """Once the tester lets it in; the first has its page still, and its buttons press nothing any more."""
    with at_a_desk(tmp_path) as desk, httpx.Client() as other:
        start, first = desk.sat.serving.start_url, desk.person
        first.post("open")
        key = first.client.get(start).text.partition('data-key="')[2].partition('"')[0]
        desk.press("/turn")
        assert Walker(desk.sat.serving, other).post("connect").status_code == 303
        before = len(desk.journey.timeline())
        assert first.client.post(f"{start}/again", params={"key": key}).status_code == 423
        assert len(desk.journey.timeline()) == before


def test_a_button_is_pressed_by_whoever_can_read_the_page(tmp_path: Path) -> None:
    """On plain http no browser says whose page asks; the backend itself never gets the phone's cookie."""
    with walked(tmp_path) as here:
        here.walker.connect()
        start, client = here.sat.serving.start_url, here.walker.client
        gateway = here.sat.serving.sitting.servers.gateway.url
        assert client.post(f"{start}/back").status_code == 403
        key = client.get(start).text.partition('data-key="')[2].partition('"')[0]
        of_another = {"sec-fetch-site": "same-site"}
        assert client.post(f"{start}/back", params={"key": key}, headers=of_another).status_code == 403
        assert client.post(f"{start}/back", params={"key": "guessed"}).status_code == 403
        assert client.post(f"{gateway}/__phone/back").status_code == 404
        assert client.get(f"{gateway}/__phone").headers["location"] == start
        assert here.sat.serving.sitting.journey.screen.name == "browser"
        assert here.walker.post("back").status_code == 303
        assert here.sat.serving.sitting.journey.screen.name == "crm"


def test_no_secret_is_on_the_dashboard(tmp_path: Path) -> None:
    """The page's source, the link and the events are shown with the code masked, wherever a page puts it."""
    with (
        sitting(tmp_path, backend=backend_with("code_in_link")) as sat,
        httpx.Client() as client,
        httpx.Client(follow_redirects=True) as owner,
    ):
        page = Walker(sat.serving, client).connect()
        code = page.url.params["code"]
        assert code in page.text
        shown = owner.get(sat.serving.dashboard_url).text
        assert "amo-crm/callback?" in shown
        assert code not in shown
        assert sat.serving.sitting.servers.amo.client_secret not in shown


def test_the_lab_asks_the_same_phone(tmp_path: Path) -> None:
    """Its answers are kept with the device's version, and are no part of the journey."""
    with walked(tmp_path) as here:
        client, lab = here.walker.client, f"{here.sat.serving.sitting.servers.amo.url}/__lab"
        assert 'href="/__lab"' in client.get(here.sat.serving.start_url).text
        assert not (tmp_path / "lab.json").exists()
        assert client.post(lab, data=LAB_PHONE).status_code == 403
        key = {"key": client.get(lab).text.partition('name="key" value="')[2].partition('"')[0]}
        client.post(lab, data={**key, **LAB_PHONE})
        assert "A meta refresh" in client.get(lab).text
        assert client.get(f"{lab}/go").headers["location"].startswith("foryoure://amo-crm/callback?")
        client.post(f"{lab}/timer", data={**key, "seen": "prompts"})
        assert here.sat.finish() == []
    (kept,) = read_measurements(tmp_path / "lab.json")
    assert (kept.device, kept.system, kept.way, kept.outcome) == ("iPhone 15", "iOS 18.6", "timer", "prompts")


@contextmanager
def tunnel() -> Generator[Gateway]:
    with open_gateway(callback_path="/", reach=Reach(lan=ELSEWHERE)) as opened:
        yield opened


def test_two_tunnels_carry_the_story_and_not_the_dashboard(tmp_path: Path) -> None:
    """The phone and the backend find everything by them; what changes the fake is not behind them."""
    with tunnel() as to_gateway, tunnel() as to_amo, bind("127.0.0.1", 0) as free:
        ports = Ports(amo=free.getsockname()[1])
        free.close()
        reach = Reach(gateway_url=to_gateway.url, amo_url=to_amo.url)
        with (
            sitting(tmp_path, reach=reach, ports=ports) as sat,
            to_gateway.leads_aside(
                Aside("/", f"http://127.0.0.1:{sat.serving.sitting.servers.gateway.port}")
            ),
            to_amo.leads_aside(Aside("/", f"http://127.0.0.1:{ports.amo}")),
            httpx.Client() as client,
        ):
            assert sat.serving.start_url == f"{to_amo.url}/__phone"
            page = Walker(sat.serving, client).connect()
            assert str(page.url).startswith(to_gateway.url)
            assert client.get(f"{to_amo.url}/__control/faults").status_code == 404
            passed_on = {"x-forwarded-for": "203.0.113.7"}
            assert client.get(sat.serving.dashboard_url, headers=passed_on).status_code == 403
            other = {"host": "rebound.example"}
            assert client.get(sat.serving.start_url, headers=other).status_code == 421
            (played,) = sat.finish()
    assert failures(played) == {}


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_an_address_of_ipv6_is_one_like_another(tmp_path: Path) -> None:
    """In every address that a phone or the backend is given, brackets and all."""
    with sitting(tmp_path, lan="::1") as sat, httpx.Client() as client:
        assert sat.serving.start_url.startswith("http://[::1]:")
        Walker(sat.serving, client).connect()
        (played,) = sat.finish()
    assert failures(played) == {}


def test_a_name_of_ones_own_leads_phones_to_the_address(tmp_path: Path) -> None:
    """With a certificate for that name, which phones trust already."""
    files = own(tmp_path, NAME)
    reach = Reach(lan=PHONES, name=NAME)
    with sitting(tmp_path, reach=reach, tls=Wish(files.certificate, files.key)) as sat:
        gateway = httpx.URL(sat.serving.sitting.servers.gateway.url)
        assert (gateway.scheme, gateway.host, sat.serving.trust_url) == ("https", NAME, "")
        origin = f"https://{NAME}:{gateway.port}"
        amo = httpx.URL(sat.serving.sitting.servers.amo_origin)
        assert amo.host == NAME
        ways = Ways(
            {
                origin: f"https://{PHONES}:{gateway.port}",
                f"https://{NAME}:{amo.port}": f"https://{PHONES}:{amo.port}",
            },
            ca=files.certificate,
        )
        with httpx.Client(transport=ways) as client:
            page = Walker(sat.serving, client).connect()
        assert str(page.url).startswith(origin)
        (played,) = sat.finish()
    assert failures(played) == {}
