"""Placeholders in the values of `backend.toml`: what a brace means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.config.placeholders import fill_in, own_secrets, placeholders_in

VALUES = {"user": "test", "port": "3000"}


@pytest.mark.parametrize(
    ("text", "names", "filled"),
    [
        ("{user}", ("user",), "test"),
        ("{{user}}", (), "{user}"),
        ("{user}:{port}:{user}", ("user", "port", "user"), "test:3000:test"),
        ('{"a": "{port}"}', ("port",), '{"a": "3000"}'),
        ("{}{ user }{", (), "{}{ user }{"),
        ("{{{user}}}", (), "{{user}}"),
    ],
)
def test_a_brace_means_one_thing(text: str, names: tuple[str, ...], filled: str) -> None:
    """A name in braces is replaced, one in doubled braces loses a pair, any other brace is itself."""
    assert placeholders_in(text) == names
    assert fill_in(text, VALUES) == filled


def test_a_placeholder_without_a_value_is_named() -> None:
    """By the exception, whoever turns it into a sentence."""
    with pytest.raises(KeyError, match="tmp"):
        fill_in("{tmp}", VALUES)


@given(st.text(st.characters(exclude_characters="{}")))
def test_any_text_without_braces_is_itself(text: str) -> None:
    """Nothing else is special."""
    assert fill_in(text, {}) == text


def test_a_variable_that_holds_a_secret_is_told_by_its_name_and_looks() -> None:
    """A file's place, a number, a placeholder and who is signed in are none."""
    environment = {
        "SECRET_KEY": "k3y-of-the-django-app",
        "SESSION_DRIVER": "database-4711-driver",
        "TOKENS_FILE": "{tmp}/tokens-1.json",
        "TOKEN_TTL_S": "86400",
        "JWT_SECRET": "changeme",
        "APP_TOKEN": "app-token-1234567",
    }
    assert own_secrets(environment, besides="Bearer app-token-1234567") == ("k3y-of-the-django-app",)
