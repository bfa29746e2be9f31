"""Habits of backends which the look beforehand lets be, or says how they can be judged."""

from dataclasses import replace

import pytest

from harness.preflight.checks import preflight
from tests.http.preflight.test_preflight import HTTP, config, wrong


def test_a_callback_that_believes_amocrms_hosts_alone_is_told_of_intercept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without it `referer` names the fake's own address, which nobody has to believe."""
    monkeypatch.setattr("harness.preflight.delivery.TOKEN_REQUEST_TIMEOUT_S", 0.3)
    (found,) = wrong(preflight(config(BELIEVES=".amocrm.ru")))
    assert found.startswith("wrong  token request: expected the callback sends the code to amoCRM; seen: ")
    assert "where `referer` is testaccount.amocrm.ru, and not where it is 127.0.0.1:" in found
    assert "Set [start].intercept = true" in found
    assert wrong(preflight(config(BELIEVES=".amocrm.ru", intercept=True))) == []


def test_a_callback_that_believes_nobody_is_left_to_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """It exchanges nothing wherever it is, which is no matter of its configuration."""
    monkeypatch.setattr("harness.preflight.delivery.TOKEN_REQUEST_TIMEOUT_S", 0.3)
    assert wrong(preflight(config(BELIEVES="nobody"))) == []


def test_leads_that_are_404_until_there_is_a_connection_are_leads() -> None:
    """As "there is no connection to read them from"; they are asked for again once there is."""
    assert wrong(preflight(config(UNCONNECTED="404"))) == []


def test_leads_that_are_404_with_a_connection_too_are_looked_for_elsewhere() -> None:
    """By then the path is wrong."""
    (found,) = wrong(preflight(config(replace(HTTP, leads="/leads-elsewhere"), UNCONNECTED="404")))
    assert found.startswith(
        "wrong  leads: expected GET /leads-elsewhere answers; seen: status 404. Set [http].leads"
    )


def test_leads_without_a_list_until_there_is_a_connection_are_leads() -> None:
    """As where an error is told with 200; a path that leads to no list then is named."""
    assert wrong(preflight(config(UNCONNECTED="200"))) == []
    (found,) = wrong(preflight(config(replace(HTTP, leads_list="rows"), UNCONNECTED="200")))
    assert found.startswith("wrong  leads: expected a list at `rows` of GET /leads; seen: ")


def test_paths_that_move_by_a_slash_are_named_with_it() -> None:
    """The app would be led on without being signed in, and the contract would blame something else."""
    found = "\n".join(wrong(preflight(config(MOVED="{}/"))))
    for key in ("status", "leads", "connect"):
        assert f"Set [http].{key} to /{key}/, to which it redirects." in found


def test_a_callback_that_moves_by_a_slash_is_followed_to_where_it_takes_the_code() -> None:
    """A browser keeps the query and goes on; what the configuration got wrong is seen there too."""
    http = replace(HTTP, connect="/connect/", status="/status/", leads="/leads/")
    checks = list(preflight(config(http, MOVED="{}/")))
    (token,) = (each for each in checks if each.item == "token request")
    assert (wrong(checks), token.is_note) == ([], False)
    assert token.seen == "it reached the fake amoCRM, which granted the tokens"
    (said,) = wrong(preflight(config(http, MOVED="{}/", CLIENT_SECRET="another")))
    assert said.startswith("wrong  token request: expected the integration's client_secret")


def test_a_status_that_leads_to_a_page_to_sign_in_is_no_matter_of_its_fields() -> None:
    """As frameworks answer whom they do not know."""
    found = next(each for each in preflight(config(MOVED="/sign-in?next={}")) if each.item == "status")
    assert "HTTP 301" in found.seen
    assert found.change == "Set [http].status to the status path and [http.headers] to what the app sends."
