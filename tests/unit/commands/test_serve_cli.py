"""What `serve` is asked for and cannot be: one sentence each, before anything is opened."""

import pytest

from harness.cli import main

TUNNELS = ("https://pages.example", "https://amo.example")


def tunnels(gateway: str, amo: str = TUNNELS[1]) -> tuple[str, ...]:
    return ("--public-url", gateway, "--amo-public-url", amo)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--lan", "203.0.113.9"), "is no address of this machine"),
        (("--lan", "0.0.0.0"), "all interfaces are never listened on"),
        (("--lan", "phone"), "is no IP address"),
        (("--public-url", TUNNELS[0]), "go together"),
        (tunnels("pages.example"), "is no origin"),
        (tunnels("https://pages.example/callback"), "is no origin"),
        (tunnels("https://me:secret@pages.example"), "is no origin"),
        (tunnels("https://pages.example:99999"), "is no origin"),
        (tunnels("https://[pages"), "is no origin"),
        (tunnels(TUNNELS[0], "https://amo.example/?q=1"), "is no origin"),
        (("--tls", *tunnels(TUNNELS[0])), "a tunnel brings a certificate of its own"),
        (("--tls-name", "phones.example"), "give that by --lan"),
        (("--tls-cert", "none.pem"), "go together"),
        (("--dashboard-port", "70000"), "is no port"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    """And nothing of it is a defect."""
    assert main(["serve", "--backend", "reference", *words]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert said in sentence


def test_an_origin_may_end_with_a_slash(capsys: pytest.CaptureFixture[str]) -> None:
    """What is refused then is the other one."""
    assert main(["serve", "--backend", "reference", *tunnels(f"{TUNNELS[0]}/", "amo.example")]) == 2
    assert "--amo-public-url" in capsys.readouterr().err
