"""`run --page URL`: a page is judged for what is a page's, and for nothing else."""

import json
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.backends.foreign import page_alone
from harness.cli import main
from harness.config.settings import BackendConfig, Http
from harness.report.words.story import said_by_the_page
from harness.runs.runner import Played, play
from harness.stage.scenario import choose
from harness.stage.world import Setup, Stage

CALLBACK = "/api/amo-crm/callback"
LINK = "foryoure://amo-crm/callback?success=true"
BUTTON = f"""<a role="button" style="display: inline-block; padding: 20px; color: #000" href="{LINK}">
Return to App</a>"""
PAGE = f"""<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
<title>t</title><body style="color: #000; background: #fff">{BUTTON}"""
DEAD = PAGE.replace(f'href="{LINK}"', 'href="#"')
OF_A_PAGE = {"CB-05", "CB-06", "CB-07", "SEC-02", "SEC-04", "A11Y-01", "A11Y-02"}


@contextmanager
def served(page: str) -> Generator[str]:
    """Serve a page at every path; `%s` in it is the address's `state`, as it came."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state = parse_qs(urlsplit(self.path).query).get("state", [""])[0]
            body = page.replace("%s", state).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's own name
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def played(stage: Stage, page: str, scenario: str) -> Played:
    with served(page) as url:
        config = BackendConfig(name=url, http=Http(url=url, ready=CALLBACK, status="", leads=""))
        with (
            page_alone(config, stage.amo, stage.gateway.addresses, stage.recording) as backend,
            stage.recast(Setup(config, page_query={"code": "x"}), backend) as recast,
        ):
            found = play(recast, choose([scenario], of_a_page_alone=True)[0])
    assert (found.result.harness_errors, found.result.stopped) == ((), "")
    return found


def seen(found: Played) -> dict[str, str]:
    """What was observed, and nothing else."""
    findings = found.result.findings.items()
    return {name: each.result for name, each in findings if each.result != "not_observed"}


def test_a_page_is_judged_for_what_is_a_pages(stage: Stage) -> None:
    """Nothing is said of exchanges, states and links; why not is said once."""
    found = played(stage, PAGE, "page_alone")
    assert set(seen(found)) <= OF_A_PAGE
    passed = {"CB-05": "passed", "CB-06": "passed", "CB-07": "passed", "A11Y-01": "passed"}
    assert passed.items() <= seen(found).items()
    assert found.result.findings["DL-01"].actual == "the configuration does not offer: callback"


@pytest.mark.parametrize(
    ("page", "breaks"),
    [
        pytest.param(PAGE.replace(BUTTON, "Return to App"), {"CB-05"}, id="no-button"),
        pytest.param(f'{PAGE}<script>location.href = "{LINK}"</script>', {"CB-06"}, id="leaves-by-itself"),
        pytest.param(DEAD, {"CB-07"}, id="a-dead-button"),
    ],
)
def test_a_page_that_breaks_a_clause_is_told_of_that_one(stage: Stage, page: str, breaks: set[str]) -> None:
    """A callback without a code, a wrong title and whatever else is no page's are left alone."""
    found = seen(played(stage, page, "page_alone"))
    assert {name for name, result in found.items() if result == "failed"} - {"SEC-04"} == breaks


@pytest.mark.parametrize(
    ("page", "said"),
    [
        pytest.param(f"{DEAD}<script>missing.method()</script>", "uncaught: ReferenceError", id="at load"),
        pytest.param(
            DEAD.replace("href=", "onclick='leave(' href="), "uncaught: SyntaxError", id="at the tap"
        ),
    ],
)
def test_an_error_of_the_page_stands_beside_what_it_explains(stage: Stage, page: str, said: str) -> None:
    """A dead button says nothing of its cause; the page's own scripts do."""
    found = played(stage, page, "page_alone")
    [line] = said_by_the_page("CB-07", found.timeline, found.result.findings["CB-07"].events)
    assert line.startswith(said)
    assert said_by_the_page("CB-07", found.timeline, ()) == []


def test_a_button_that_lacks_somebody_elses_script_is_not_called_dead(stage: Stage) -> None:
    """What a phone that gets the script would do, nobody sees here."""
    script = "http://127.0.0.1:44444/jquery.js"
    finding = played(stage, f'{DEAD}<script src="{script}"></script>', "page_alone").result.findings["CB-07"]
    assert finding.result == "not_observed"
    assert finding.actual.startswith(f"the page waits for {script}")


@pytest.mark.parametrize(
    ("page", "result"), [(f"{PAGE}<p>%s", "failed"), (PAGE, "passed")], ids=["unescaped", "not shown"]
)
def test_what_the_address_carries_stays_text(stage: Stage, page: str, result: str) -> None:
    """SEC-02 needs no backend."""
    assert seen(played(stage, page, "page_with_hostile_address"))["SEC-02"] == result


HARNESS = [sys.executable, "-m", "harness", "run"]


def test_the_command_judges_a_page_and_remembers_it(tmp_path: Path) -> None:
    """Without a backend.toml, an amoCRM or a word about either; `replay` plays it again."""
    with served(PAGE) as url:
        words = [*HARNESS, "--page", f"{url}/done?success=true", "--out", str(tmp_path)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert document["run"]["page"] == f"{url}/done?success=true"
    assert [each["id"] for each in document["scenarios"]] == ["page_alone", "page_with_hostile_address"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["--page", "https://127.0.0.1/x"], "is no http address such as", id="https"),
        pytest.param(["--page", "callback.html"], "is no http address such as", id="a-file"),
        pytest.param(["--page", "http://127.0.0.1:9/x"], "nothing listens where --page", id="nobody"),
        pytest.param(
            ["--page", "http://127.0.0.1:9/x", "left_alone"], "no scenario 'left_alone'", id="scenario"
        ),
        pytest.param(["page_alone"], "there is no scenario 'page_alone'", id="without-a-page"),
    ],
)
def test_what_is_no_page_is_refused_in_one_sentence(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before any browser is started."""
    assert main(["run", *words, "--out", str(tmp_path)]) == 2
    assert says in capsys.readouterr().err
