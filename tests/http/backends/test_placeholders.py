"""What a backend's environment may name of the world around it."""

import pytest

from fake_amo import AmoSettings, FakeAmo
from harness.backends.backend import Addresses
from harness.backends.foreign import placeholder_values
from harness.config.settings import PLACEHOLDERS

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
        assert values["amo_host"] == amo.account_host == expected
