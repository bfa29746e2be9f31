"""What has no end, or may never begin, is refused in a sentence wherever a file is named."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from harness.config.file import load_backend
from harness.errors import UsageError
from harness.given_files import MOST_BYTES, text_given
from harness.timeline.files import read_json


def test_a_device_and_a_pipe_with_a_name_are_no_files(tmp_path: Path) -> None:
    """The first has no end, nobody may write to the second."""
    pipe = tmp_path / "results.json"
    os.mkfifo(pipe)
    readers: tuple[Callable[[Path], object], ...] = (
        text_given,
        read_json,
        partial(load_backend, clause_ids=()),
    )
    for reads in readers:
        with pytest.raises(UsageError, match="a device, not a file"):
            reads(Path("/dev/zero"))
        with pytest.raises(UsageError, match="a pipe, not a file"):
            reads(pipe)


def test_what_a_shell_pipes_is_read() -> None:
    """As `<(…)` does."""
    reading, writing = os.pipe()
    os.write(writing, b"{}")
    os.close(writing)
    try:
        assert text_given(Path(f"/dev/fd/{reading}")) == "{}"
    finally:
        os.close(reading)


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    """Before it is read."""
    file = tmp_path / "results.json"
    file.touch()
    os.truncate(file, MOST_BYTES + 1)
    with pytest.raises(UsageError, match="larger than 256,000,000 bytes"):
        text_given(file)


def test_what_says_nothing_of_its_size_is_bounded_all_the_same() -> None:
    """As files of /proc do."""
    assert text_given(Path("/proc/self/cmdline"))
    with pytest.raises(UsageError, match="larger than 3 bytes"):
        text_given(Path("/proc/self/cmdline"), most_bytes=3)


def test_a_number_of_thousands_of_digits_is_told(tmp_path: Path) -> None:
    """Python refuses it with an error that is not TOML's."""
    file = tmp_path / "backend.toml"
    file.write_text(f"a = {'9' * 5000}")
    with pytest.raises(UsageError, match="a number in it has too many digits"):
        load_backend(file, ())
