"""Masks: a secret never shows, and two occurrences of one can still be told to be the same."""

import base64
import html
import json
import threading
from collections.abc import Callable, Mapping
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.timeline.masking import CHUNK, OWN, SHARED_HEAD, SHORTEST_SECRET, SecretMask, masks_in

SECRET = "def50200/a+b=c&'\"é"
TOKEN = "eyJ0eXAi" + "".join(f"{n:04x}" for n in range(250))
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "percent-encoded": lambda value: quote(value, safe=""),
    "percent-encoded twice": lambda value: quote(quote(value, safe=""), safe=""),
    "in HTML": html.escape,
    "in JSON": lambda value: json.dumps(value)[1:-1],
    "in base64": lambda value: base64.b64encode(value.encode()).decode(),
    "in base64 of URLs": lambda value: base64.urlsafe_b64encode(value.encode()).decode().rstrip("="),
}


@pytest.fixture
def mask() -> SecretMask:
    return SecretMask()


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_a_secret_is_masked_however_it_is_spelt(mask: SecretMask, spell: Callable[[str], str]) -> None:
    """An encoding does not hide a leak."""
    name = mask.add("code", SECRET)
    assert mask.apply(f"<{spell(SECRET)}>") == f"<{name}>"


def test_a_mask_tells_its_label_and_nothing_else(mask: SecretMask) -> None:
    """Label and eight digits, which differ from run to run."""
    name = mask.add("code", SECRET)
    assert masks_in(name) == (name,)
    assert name.startswith("‹code:")
    assert name != SecretMask().add("code", SECRET)


def test_equal_values_have_equal_masks_and_others_have_others(mask: SecretMask) -> None:
    """This is how a clause compares two codes."""
    first, second = mask.add("code", "code-one"), mask.add("code", "code-two")
    assert mask.apply("code-one code-two code-one") == f"{first} {second} {first}"
    assert first != second


def test_a_value_keeps_its_first_label(mask: SecretMask) -> None:
    """A code that is later sent as a refresh token is still that code."""
    assert mask.add("refresh_token", SECRET) != mask.mask_of("code", SECRET)
    assert mask.add("code", SECRET) == mask.mask_of("refresh_token", SECRET)


@pytest.mark.parametrize("length", [62, 64, 8 * CHUNK, len(TOKEN)])
def test_half_a_secret_is_masked_too(mask: SecretMask, length: int) -> None:
    """A page that shows the second half of a token leaks it all the same."""
    secret = TOKEN[-length:]
    mask.add("access_token", secret)
    half = secret[length // 2 :]
    (found,) = set(masks_in(mask.apply(f"<{half}>")))
    assert found.endswith(":part›")
    assert half not in mask.apply(half)


@pytest.mark.parametrize("begin", ["eyJ0eXAi", "def50200"])
@pytest.mark.parametrize("cut_at", [150, 187, 400])
def test_a_secret_that_a_console_cut_off_leaves_nothing(mask: SecretMask, begin: str, cut_at: int) -> None:
    """What stands before and behind a known piece of it, as in the secret, is its own."""
    secret = begin + TOKEN[8:]
    name = mask.add("code", secret)
    part = name.replace("›", ":part›")
    assert mask.apply(f"GET /?code={secret[:cut_at]}") == f"GET /?code={part}"
    assert mask.apply(f"…{secret[cut_at:]}&state=1") == f"…{part}&state=1"


def test_the_head_that_long_tokens_share_is_no_leak(mask: SecretMask) -> None:
    """A JWT's header is the same for all and is public."""
    mask.add("access_token", TOKEN)
    assert mask.apply(TOKEN[:SHARED_HEAD]) == TOKEN[:SHARED_HEAD]


def _jwt(claims: Mapping[str, object], head: Mapping[str, str], tail: str) -> str:
    parts = (json.dumps(each, separators=(",", ":")).encode() for each in (head, claims))
    return ".".join([*(base64.urlsafe_b64encode(each).decode().rstrip("=") for each in parts), tail])


AMO_HEAD = {"typ": "JWT", "alg": "RS256", "jti": "5f" * 40}
AMO_CLAIMS = {
    "aud": "f157e43c-8108-4ead-a6bd-145543d94f22",
    "jti": "5f3a" * 20,
    "iat": 1795750774,
    "nbf": 1795750774,
    "exp": 1795837174,
    "scopes": ["crm", "files", "notifications"],
}
SIGNATURE = "".join(f"{n:04X}" for n in range(64))


@pytest.mark.parametrize("at", range(4))
def test_claims_that_another_jwt_has_too_are_no_leak(mask: SecretMask, at: int) -> None:
    """A state that the backend signs has the same names, times and audience, of the same second."""
    mask.add("access_token", _jwt(AMO_CLAIMS, AMO_HEAD, SIGNATURE))
    own = {"sub": "u" * at} | {k: v for k, v in AMO_CLAIMS.items() if k != "jti"}
    state = _jwt(own, {"alg": "HS256", "typ": "JWT"}, "q" * 43)
    assert mask.apply(f"state={state}") == f"state={state}"


@pytest.mark.parametrize("piece", [slice(0, 260), slice(-120, None)], ids=["head and claims", "signature"])
def test_a_part_of_a_jwt_that_is_its_own_is_a_leak(mask: SecretMask, piece: slice) -> None:
    """Its identifier and its signature are no other's."""
    token = _jwt(AMO_CLAIMS, AMO_HEAD, SIGNATURE)
    mask.add("access_token", token)
    assert ":part›" in mask.apply(token[piece])


@pytest.mark.parametrize("middle", ["a" * 25, "a%" * 20, "b" * 30 + "." + "c" * 40])
def test_what_only_begins_like_a_jwt_is_masked_all_the_same(mask: SecretMask, middle: str) -> None:
    """Three parts of something else, and an encrypted token's five."""
    token = f"eyJhbGciOiJub25lIn0.{middle}.{SIGNATURE}"
    assert token not in mask.apply(f"{mask.add('access_token', token)} {token}")


def test_a_longer_secret_wins_over_a_part_of_it(mask: SecretMask) -> None:
    """One secret inside another does not break the other's mask."""
    mask.add("code", "4711")
    longer = mask.add("state", "user-4711-nonce")
    assert mask.apply("user-4711-nonce") == longer


@pytest.mark.parametrize("awkward", ["code", "part", "state", "›‹co"])
def test_a_mask_is_not_masked_again(mask: SecretMask, awkward: str) -> None:
    """A secret that reads like a piece of a mask leaves the other masks whole."""
    name = mask.add("code", "real-secret")
    mask.add("state", awkward)
    assert masks_in(mask.apply("real-secret"), "code") == (name,)


def test_values_of_any_depth_are_masked(mask: SecretMask) -> None:
    """Keys and values; a tuple becomes a list, as in JSON; numbers and None stay."""
    name = mask.add("code", SECRET)
    assert mask.apply({SECRET: [{"x": (SECRET, 1, None, True)}]}) == {name: [{"x": [name, 1, None, True]}]}


@pytest.mark.parametrize("short", ["", "a", "abc"])
def test_what_is_too_short_is_left_alone(mask: SecretMask, short: str) -> None:
    """A secret of three characters would mask half of every text."""
    mask.add("code", short)
    assert mask.apply("abc a b c") == "abc a b c"


def test_texts_without_secrets_stay_as_they_are(mask: SecretMask) -> None:
    """Nothing is masked by chance."""
    mask.add("code", SECRET)
    assert mask.apply("success=true&state=x") == "success=true&state=x"


def test_masks_can_be_asked_for_by_label(mask: SecretMask) -> None:
    """Only the labels asked for, in the order of the text."""
    code, token = mask.add("code", "the-code"), mask.add("access_token", "the-token")
    text = mask.apply("the-token the-code")
    assert masks_in(text) == (token, code)
    assert masks_in(text, "code") == (code,)
    assert masks_in(text, "client_secret") == ()


def test_a_secret_of_the_users_own_is_masked_and_blames_nobody(mask: SecretMask) -> None:
    """What stands in [start.env] is not amoCRM's."""
    mask.add(OWN, "k3y-of-the-django-app")
    told = mask.apply("key is k3y-of-the-django-app")
    assert "k3y" not in told
    assert masks_in(told) == ()
    assert len(masks_in(told, OWN)) == 1


def test_lone_surrogates_are_no_trouble(mask: SecretMask) -> None:
    """JavaScript's strings may hold them, and so may what a broken backend sends."""
    name = mask.add("code", "bad\ud83dcode")
    assert mask.apply("bad\ud83dcode and \ud83d") == f"{name} and \ud83d"


def test_a_text_that_was_masked_before_is_masked_by_what_is_known_now(mask: SecretMask) -> None:
    """What became of a text is remembered until another secret is known."""
    text = "a later-secret and a still-later-one"
    assert [mask.apply(text), mask.apply(text)] == [text, text]
    later = mask.add("state", "later-secret")
    assert [mask.apply(text), mask.apply(text)] == [f"a {later} and a still-later-one"] * 2
    last = mask.add("state", "still-later-one")
    assert mask.apply(text) == f"a {later} and a {last}"


def test_threads_may_add_and_mask_at_once(mask: SecretMask) -> None:
    """Every secret added is masked from then on, whoever added it."""
    values = [f"secret-number-{n}-" for n in range(200)]

    def add(some: list[str]) -> None:
        for value in some:
            mask.add("code", value)
            assert value not in mask.apply(f"<{value}>")

    threads = [threading.Thread(target=add, args=(values[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(masks_in(mask.apply(" ".join(values)))) == len(values)


@given(st.lists(st.text(min_size=SHORTEST_SECRET), min_size=1, max_size=5), st.data())
def test_no_secret_survives_masking(values: list[str], data: st.DataObject) -> None:
    """Whatever the secrets are and wherever they stand, none of them is left outside a mask."""
    mask = SecretMask()
    names = {mask.add("secret", value) for value in values}
    pieces = data.draw(st.lists(st.one_of(st.sampled_from(values), st.text(alphabet="xyz ", max_size=9))))
    masked = str(mask.apply("\n".join(pieces)))
    for name in names:
        masked = masked.replace(name, "\x00").replace(name.replace("›", ":part›"), "\x00")
    assert not [value for value in values if "\x00" not in value and value in masked]
