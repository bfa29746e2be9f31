"""Intercept, measured: what a backend in another language needs so that its token request arrives.

Set-up installs PHP, Ruby and Go on Debian. A JDK it does not: Java is looked at where there is one.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.backends.intercept import Intercept
from tests.http.backends import languages
from tests.http.backends.test_intercept import EXPECTED, intercept, refused, run
from tools.setup import is_debian

__all__ = ["intercept", "refused"]
SYSTEM = "/usr/bin:/bin"
IN_A_LINE = {
    "php-curl": ("php", "-r", languages.PHP_CURL),
    "php-guzzle": ("php", "-r", languages.PHP_GUZZLE),
    "ruby": ("ruby", "-e", languages.RUBY),
}
JAVA = {
    "http-client": languages.JAVA,
    "url-connection": languages.JAVA_URL_CONNECTION,
}


@pytest.mark.parametrize("client", IN_A_LINE)
@pytest.mark.skipif(not is_debian(), reason="set-up installs PHP and Ruby on Debian alone")
def test_a_backend_in_a_script_language_reaches_the_fake_unmodified(
    intercept: Intercept, tmp_path: Path, client: str
) -> None:
    """By what its client reads of the environment, or of settings beside its own."""
    done = run(intercept, tmp_path, *IN_A_LINE[client])
    assert done.stdout.strip() == EXPECTED, done.stderr
    assert intercept.refusals == []


@pytest.mark.skipif(not is_debian(), reason="set-up installs Go on Debian alone")
def test_a_backend_in_go_reaches_the_fake_unmodified(intercept: Intercept, tmp_path: Path) -> None:
    """By the proxy's and the authority's variables; compiling it takes seconds where nothing is cached."""
    (tmp_path / "client.go").write_text(languages.GO)
    command = ["go", "build", "-o", str(tmp_path / "client"), str(tmp_path / "client.go")]
    subprocess.run(command, env={**os.environ, "GO111MODULE": "off"}, check=True, capture_output=True)
    done = run(intercept, tmp_path, str(tmp_path / "client"))
    assert done.stdout.strip() == EXPECTED, done.stderr


@pytest.mark.parametrize("client", JAVA if shutil.which("javac", path=SYSTEM) else ())
def test_a_backend_in_java_reaches_the_fake_unmodified(
    intercept: Intercept, tmp_path: Path, client: str
) -> None:
    """By options of its machine, and an authority in the only kind of file that it takes.

    It takes a second or two: the machine compiles the program first.
    """
    (tmp_path / "Client.java").write_text(JAVA[client])
    done = run(intercept, tmp_path, "java", str(tmp_path / "Client.java"))
    assert done.stdout.strip() == EXPECTED, done.stderr
