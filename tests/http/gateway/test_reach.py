"""The addresses by which a phone finds the servers: one of this machine beside loopback, or a tunnel."""

import httpx
import pytest

from fake_amo import AmoSettings, FakeAmo
from fake_amo.http.serving import ServingError
from harness.backends.reach import Reach
from harness.config.settings import reference_config
from harness.errors import UsageError
from harness.gateway.gateway import Aside, Gateway, Route, open_gateway
from harness.gateway.server import bind
from harness.stage.scene.servers import amo_settings
from harness.timeline.recorder import Recorder
from tests.http.gateway.conftest import CALLBACK
from tests.http.gateway.raw_backend import raw_backend, response, says

PHONES = "127.0.0.2"
"""An address of this machine that stands for the one in its network."""
TUNNEL = "https://abc.tunnel.example"


def test_the_gateway_is_on_that_one_address_beside_loopback(recorder: Recorder) -> None:
    """Its own address is the one that phones know; a third address of the machine is not bound."""
    with (
        raw_backend(*[says(response(b"hi"))] * 2) as (url, _),
        open_gateway(callback_path=CALLBACK, reach=Reach(lan=PHONES)) as gateway,
        gateway.leads(Route(lambda: url, recorder)),
    ):
        port = gateway.url.rpartition(":")[2]
        assert gateway.url == f"http://{PHONES}:{port}"
        for host in (PHONES, "127.0.0.1"):
            assert httpx.get(f"http://{host}:{port}{CALLBACK}").text == "hi"
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.3:{port}{CALLBACK}")


def test_an_address_that_is_not_this_machines_is_refused_in_a_sentence() -> None:
    """192.0.2.0/24 is nobody's (RFC 5737)."""
    with (
        pytest.raises(UsageError, match=r"192\.0\.2\.1:\d+ for the redirect URI cannot be used"),
        open_gateway(callback_path=CALLBACK, reach=Reach(lan="192.0.2.1")),
    ):
        pass
    with (
        pytest.raises(ServingError, match=r"cannot listen on 192\.0\.2\.1"),
        FakeAmo(AmoSettings(lan="192.0.2.1")),
    ):
        pass


def test_a_tunnels_name_is_answered_and_any_other_is_not(recorder: Recorder) -> None:
    """The redirect URI names the tunnel, which asks with its own name from this machine."""
    with (
        raw_backend(says(response(b"hi"))) as (url, _),
        open_gateway(callback_path=CALLBACK, reach=Reach(gateway_url=TUNNEL)) as gateway,
        gateway.leads(Route(lambda: url, recorder)),
        bind("127.0.0.1", 0) as free,
    ):
        assert gateway.redirect_uri == f"{TUNNEL}{CALLBACK}"
        assert free.getsockname()[0] == "127.0.0.1"
        own = f"http://127.0.0.1:{gateway.port}{CALLBACK}"
        assert httpx.get(own, headers={"Host": "abc.tunnel.example"}).text == "hi"
        assert httpx.get(own, headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(
    ("reach", "has_control"),
    [
        (Reach(), True),
        (Reach(steers_amo=False), False),
        (Reach(lan=PHONES), False),
        (Reach(gateway_url=TUNNEL, amo_url=TUNNEL), False),
    ],
    ids=["loopback", "a sitting on loopback", "lan", "tunnels"],
)
def test_fake_amo_is_steered_by_nobody_where_others_reach_it(reach: Reach, *, has_control: bool) -> None:
    """Whoever opens it need not think of that: `run --lan` does not."""
    assert amo_settings(reference_config(), reach=reach).control is has_control


def test_fake_amo_is_found_by_phones_and_steered_by_none() -> None:
    """`url` and `referer` name the phones' address; there is no control API there, nor on loopback."""
    settings = amo_settings(reference_config(), reach=Reach(lan=PHONES))
    with FakeAmo(settings) as amo:
        port = amo.url.rpartition(":")[2]
        assert (amo.url, amo.account_host) == (f"http://{PHONES}:{port}", f"{PHONES}:{port}")
        assert httpx.get(f"{amo.url}/.well-known/jwks.json").status_code == 200
        for host in (PHONES, "127.0.0.1"):
            asked = httpx.get(f"http://{host}:{port}/__control/faults", headers={"X-Control-Token": "x"})
            assert asked.status_code == 404
        assert [each.path for each in amo.unmodelled()] == ["/__control/faults"]


def test_below_a_path_of_its_own_the_gateway_leads_aside_and_records_nothing(
    gateway: Gateway, recorder: Recorder
) -> None:
    """Also where it leads nowhere else."""
    with raw_backend(says(response(b"ours"))) as (url, _), gateway.leads_aside(Aside("/__phone", url)):
        assert httpx.get(f"{gateway.url}/__phone/x").text == "ours"
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"{gateway.url}/other")
    assert len(recorder.timeline()) == 0
