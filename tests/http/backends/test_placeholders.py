"""What a backend's environment may name of the world around it."""

from dataclasses import replace

import pytest

from fake_amo import AmoSettings, FakeAmo
from harness.backends.backend import Addresses
from harness.backends.foreign import amo_settings, placeholder_values
from harness.config.settings import PLACEHOLDERS, Start, reference_config

CHOSEN_BY_THE_PROCESS = {"port", "tmp"}


@pytest.mark.parametrize(
    ("account_host", "host"),
    [("{subdomain}.amocrm.ru", "{0}.amocrm.ru"), ("127.0.0.1:{port}", "127.0.0.1:{1}")],
    ids=["amocrm's own hosts", "the fake's address"],
)
def test_each_placeholder_has_a_value(account_host: str, host: str) -> None:
    """The host is what `referer` carries, and the public URL where the gateway is."""
    with FakeAmo(AmoSettings(account_host=account_host)) as amo:
        uri, frontend = "http://127.0.0.1:4000/api/amo-crm/callback", "http://127.0.0.1:4001"
        values = placeholder_values(amo, Addresses(uri, frontend))
        assert set(values) | CHOSEN_BY_THE_PROCESS == set(PLACEHOLDERS)
        assert (values["public_url"], values["frontend_url"]) == ("http://127.0.0.1:4000", frontend)
        expected = host.format(values["amo_subdomain"], amo.url.rpartition(":")[2])
        assert values["amo_host"] == values["amo_hosts"] == amo.account_host == expected


@pytest.mark.parametrize(
    ("env", "are_apart"),
    [({"HOST": "{amo_host}"}, False), ({"HOSTS": "{amo_hosts}"}, True), (None, True)],
    ids=["one host", "all hosts", "the reference"],
)
def test_second_account_has_an_address_of_its_own_where_it_is_told(
    env: dict[str, str] | None, are_apart: bool
) -> None:
    """The first one keeps the fake's own, and both are told in their order."""
    start = None if env is None else Start(command=("node", "server.js"), env=env)
    config = replace(reference_config(), start=start)
    with FakeAmo(amo_settings(config)) as amo:
        hosts = [each.host for each in amo.accounts]
        assert (len(hosts), len(set(hosts)), hosts[0]) == (2, 1 + are_apart, amo.url.removeprefix("http://"))
        told = placeholder_values(amo, Addresses("http://127.0.0.1:4000/callback", ""))["amo_hosts"]
        assert told.split(",") == hosts[: 1 + are_apart]
