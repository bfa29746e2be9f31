"""Marks stand for secrets, wherever they are, and are the same in every process of a run."""

from harness.load.driving.marks import CODE_LENGTH, REFRESH_LENGTH, Marks, shown
from harness.timeline.masking import masks_in

MARKS = Marks("key", "the-secret-of-the-integration")
CODE = "def50200" + "0a" * ((CODE_LENGTH - 8) // 2)
REFRESH = "def50200" + "1b" * ((REFRESH_LENGTH - 8) // 2)
ACCESS = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9." + "a" * 40 + "." + "b" * 40


def test_each_secret_is_hidden_by_its_label() -> None:
    """Code and refresh token look alike, and are told apart by their length."""
    text = f"{CODE} {REFRESH} {ACCESS} {MARKS.client_secret}"
    hidden = MARKS.hide(text)
    assert masks_in(hidden) == (
        shown("code", MARKS.of(CODE)),
        shown("refresh_token", MARKS.of(REFRESH)),
        shown("access_token", MARKS.of(ACCESS)),
        shown("client_secret", MARKS.of(MARKS.client_secret)),
    )


def test_part_of_a_token_is_one_too() -> None:
    """Half a token in a page is a leak."""
    assert masks_in(MARKS.hide(CODE[:200]))[0].endswith(":part›")


def test_what_is_none_stays() -> None:
    """Numbers, words, and nothing at all where no secret is known."""
    assert Marks("key", "").hide("def50200 and eyJ, a page of words") == "def50200 and eyJ, a page of words"


def test_another_run_has_other_marks() -> None:
    """Nobody learns from two runs that a secret was the same."""
    assert Marks("one", "").of(CODE) != Marks("other", "").of(CODE)
