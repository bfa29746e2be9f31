"""The parts of the fake that need no server: clock, limits, grants, leads, journal, settings, messages."""

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from fake_amo.http.messages import Call, redirect
from fake_amo.site.clock import Clock
from fake_amo.site.events import Journal, JournalEntry, mask_pairs, masked
from fake_amo.site.limits import Limits
from fake_amo.site.routing import Route, Router
from fake_amo.state import signing
from fake_amo.state.dataset import default_world, large_world
from fake_amo.state.entities import Lead
from fake_amo.state.grants import Grants, Holder, Lifetimes
from fake_amo.state.profiles import profile_named
from fake_amo.state.settings import AmoSettings
from fake_amo.state.tables import Table

HOLDER = Holder("client", 1, 2)
LIVES = Lifetimes(code_s=10, access_s=20, refresh_s=30)


def call_with(**changes: Any) -> Call:
    """Return a request with some of its parts replaced."""
    plain: dict[str, Any] = {"method": "GET", "path": "/", "raw_query": "", "headers": {}, "body": b""}
    plain |= {"scheme": "http", "client_host": "127.0.0.1"} | changes
    return Call(**plain)


def test_clock_stands_until_it_is_advanced() -> None:
    """And goes back to where it stood."""
    clock = Clock(standing_at=100.0)
    assert clock.advance(seconds=1, minutes=1, hours=1, days=1) == 100 + 1 + 60 + 3600 + 86400
    clock.reset()
    assert clock.now() == 100.0


@pytest.mark.parametrize("days", [-1.0, float("nan"), float("inf"), 40_000.0])
def test_clock_refuses_impossible_moves(days: float) -> None:
    """And stays where it was."""
    clock = Clock(standing_at=0.0)
    with pytest.raises(ValueError, match="clock"):
        clock.advance(days=days)
    assert clock.now() == 0.0


def test_limits_count_each_integration_and_the_whole_account() -> None:
    """FACTS: API-LIMITS - 7 and 50; a refused request does not count."""
    limits = Limits()
    assert [limits.allow("a", 1, 0.0) for _ in range(9)] == [True] * 7 + [False] * 2
    assert limits.allow("a", 1, 0.999) is False
    assert limits.allow("a", 1, 1.0) is True
    others = [limits.allow(f"client {number}", 1, 1.0) for number in range(60)]
    assert others == [True] * 49 + [False] * 11
    assert limits.allow("z", 2, 1.0) is True
    limits.clear()
    assert limits.allow("a", 1, 1.0) is True


def test_grants_are_bounded() -> None:
    """The oldest code and pair are no longer known; memory stays flat."""
    grants = Grants(1, LIVES, kept=3)
    codes = [grants.issue_code(HOLDER, "u", 0.0) for _ in range(4)]
    assert grants.code(codes[0].value) is None
    assert grants.code(codes[1].value) is codes[1]
    pairs = [grants.issue_pair(HOLDER, {}, 0.0) for _ in range(4)]
    assert grants.by_refresh(pairs[0].refresh) is None
    assert grants.living_access(pairs[0].access, 0.0) is None
    assert grants.living_access(pairs[3].access, 19.9) is pairs[3]
    assert grants.living_access(pairs[3].access, 20.0) is None


def test_grants_never_repeat_after_a_reset() -> None:
    """A code of an earlier scenario must not be good in the next one."""
    grants = Grants(1, LIVES, kept=3)
    first = grants.issue_code(HOLDER, "u", 0.0).value
    grants.clear()
    assert grants.code(first) is None
    assert grants.issue_code(HOLDER, "u", 0.0).value != first


def test_signing_key_is_a_sound_rsa_key() -> None:
    """It is loaded without the check that costs 40 ms; this is that check."""
    numbers = signing.signing_key().private_numbers()
    assert numbers.public_numbers.n.bit_length() == 2048
    assert isinstance(numbers.private_key(), rsa.RSAPrivateKey)


def test_world_follows_from_its_seed() -> None:
    """The same seed, the same ids and names; another seed, others."""
    assert default_world(1) == default_world(1)
    assert default_world(1).integrations[0].client_id != default_world(2).integrations[0].client_id
    assert len(default_world().accounts[0].leads) == 5
    leads = large_world().accounts[0].leads
    assert len({lead.id for lead in leads}) == 10_000
    assert default_world().integrations[0].client_id == "f157e43c-8108-4ead-a6bd-145543d94f22"


LEADS = [
    Lead(number, f"lead {number}", 0, 142, 1, 1, created_at=number % 3, updated_at=-number)
    for number in range(1, 8)
]


@pytest.mark.parametrize("order", ["id", "created_at", "updated_at"])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 3, 7, 50])
@pytest.mark.parametrize("filtered", [False, True])
def test_pages_put_together_are_the_list(order: str, descending: bool, limit: int, filtered: bool) -> None:
    """Whatever the order and size, each lead comes once, and only the last page has none after it."""
    table = Table(LEADS)
    seen: list[int] = []
    more = True
    while more:
        page, more = table.page(
            offset=len(seen),
            limit=limit,
            order=order,
            descending=descending,
            wanted=(lambda lead: lead.id != 4) if filtered else None,
        )
        assert len(page) == limit or not more
        seen += [lead.id for lead in page]
    wanted = [lead for lead in LEADS if not (filtered and lead.id == 4)]
    key = sorted(wanted, key=lambda lead: (getattr(lead, order), lead.id), reverse=descending)
    assert seen == [lead.id for lead in key]


def test_page_beyond_the_end_is_empty() -> None:
    """In every way of reading."""
    table = Table(LEADS)
    for descending in (False, True):
        page = table.page(offset=7, limit=5, order="id", descending=descending, wanted=None)
        assert page == ([], False)


def test_written_lead_is_where_it_belongs() -> None:
    """A list that was read before is not remembered after a change."""
    table = Table(LEADS)
    table.page(offset=0, limit=5, order="updated_at", descending=True, wanted=None)
    table.change(LEADS[6], updated_at=99)
    first, _ = table.page(offset=0, limit=1, order="updated_at", descending=True, wanted=None)
    assert first == [replace(LEADS[6], updated_at=99)]
    assert table.next_id() == 9
    assert LEADS[6].updated_at == -7


def test_journal_forgets_the_oldest() -> None:
    """Its size is its bound."""
    journal = Journal(2)
    entry = JournalEntry("t", 0.0, "GET", "h", "/1", {}, {}, "c", "ua", {}, 200, None)
    for number in range(3):
        journal.add(replace(entry, path=f"/{number}"))
    assert [each.path for each in journal.entries()] == ["/1", "/2"]


def test_masking_tells_values_apart_and_nothing_else() -> None:
    """Equal values look equal, others do not, an empty one stays empty."""
    assert masked("code", "abc") == masked("code", "abc") != masked("code", "abd")
    assert "abc" not in masked("code", "abc")
    assert mask_pairs([("Code", "abc"), ("state", "abc"), ("code", "")])["state"] == "abc"
    assert mask_pairs([("code", "")]) == {"code": ""}
    assert mask_pairs([("Authorization", "abc")])["Authorization"].startswith("<Authorization ")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"profile": "bitrix"},
            "profile: no 'bitrix'; there are amocrm, amocrm-2022, amocrm-2020, amocrm-com, kommo",
        ),
        ({"sign_in": "never"}, "sign_in: no 'never'; choose one of remembered, prefilled, asked"),
        ({"refresh": "lax"}, "refresh: no 'lax'"),
        ({"world": "huge"}, "world: no 'huge'; choose one of default, large, two-accounts"),
        ({"journal_size": 0}, "journal_size: must be at least 1, got 0"),
        ({"redirect_uri": "/cb"}, "redirect_uri: '/cb' is not an absolute URI"),
    ],
)
def test_impossible_settings_are_refused_by_name(changes: dict[str, Any], message: str) -> None:
    """Before anything starts."""
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        AmoSettings(**changes)


def test_unknown_profile_is_refused_by_name() -> None:
    """By the look-up too."""
    with pytest.raises(ValueError, match="no profile 'x'; there are amocrm"):
        profile_named("x")


@pytest.mark.parametrize(
    ("host", "name", "port"),
    [("A.ru:80", "a.ru", ":80"), ("a.ru", "a.ru", ""), ("[::1]:8", "[::1]", ":8"), ("", "", "")],
)
def test_host_is_taken_apart(host: str, name: str, port: str) -> None:
    """Name in lower case, port with its colon."""
    call = call_with(headers={"host": host})
    assert (call.host_name, call.host_port) == (name, port)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b'{"a": "1"}', {"a": "1"}),
        (b"a=1&b=", {"a": "1", "b": ""}),
        (b"[1]", {}),
        (b"{", {}),
        (b"", {}),
        (b"a=%FF", {"a": "\udcff"}),
    ],
)
def test_fields_are_read_by_what_the_body_is(body: bytes, fields: dict[str, str]) -> None:
    """JSON or form; what is neither has no fields."""
    assert call_with(body=body).fields == fields


@pytest.mark.parametrize("url", ["http://x/\r\nset-cookie: a", "http://x/\x00", "http://x/ї"])
def test_location_cannot_carry_another_header(url: str) -> None:
    """Control characters and letters beyond ASCII are percent-encoded."""
    location = dict(redirect(url).headers)["location"]
    assert location.isprintable()
    assert location.isascii()


def test_router_knows_paths_and_methods() -> None:
    """HEAD is GET; digits only for {id}."""

    def handler(*_: Any) -> Any:
        return None

    router = Router([Route("GET", "/a/{id}", handler, "api"), Route("POST", "/a/b", handler, "api")])
    found = router.find("HEAD", "/a/12")
    assert found is not None
    assert found[1] == ("12",)
    assert router.find("GET", "/a/b") is None
    assert router.find("GET", "/a/1/2") is None
    assert router.methods("/a/7") == ["GET"]
    assert router.methods("/a/b") == ["POST"]
    assert router.methods("/b") == []
