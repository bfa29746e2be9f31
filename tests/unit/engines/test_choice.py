"""`auto` takes the first engine that works, and says why the others did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

import harness.engines
from harness.engines import EngineUnavailable, install_command, open_engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Playwright

    from harness.config.engine_names import EngineName


class Taken:
    """An engine that works."""

    version = "27.2"
    choice_log: Sequence[str] = ()
    closed = False

    def close(self) -> None:
        """Remember it."""
        self.closed = True


def playwright() -> Playwright:
    """Nothing of it is used here."""
    return cast("Playwright", object())


def test_auto_takes_the_next_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log has a line for each engine that was tried."""
    engine = Taken()

    def start(name: EngineName, *_: object, **__: object) -> Taken:
        if name == "webkitgtk":
            raise EngineUnavailable("gi is missing; install with: apt-get install x")
        return engine

    monkeypatch.setattr(harness.engines, "_start", start)
    with open_engine("auto", playwright=playwright()) as chosen:
        assert list(chosen.choice_log) == [
            "webkitgtk: gi is missing; install with: apt-get install x",
            "webkit: taken, 27.2",
        ]
    assert engine.closed


def test_when_none_works_every_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """One error with each engine's reason and remedy; Chromium is never taken unasked."""

    def start(name: EngineName, *_: object, **__: object) -> Taken:
        raise EngineUnavailable(f"no {name} here")

    monkeypatch.setattr(harness.engines, "_start", start)
    with (
        pytest.raises(EngineUnavailable) as refused,
        open_engine("auto", playwright=playwright()),
    ):
        pass
    assert str(refused.value).splitlines() == [
        f"no WebKit works here; one command installs it: {install_command()}",
        "  webkitgtk: no webkitgtk here",
        "  webkit: no webkit here",
    ]
