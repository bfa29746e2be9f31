"""What the documents say, held against the code: commands, options, targets, links, packages, numbers."""

import re
from pathlib import Path

import pytest

from harness.cli import COMMANDS, main
from harness.config.engine_names import ENGINE_NAMES
from harness.exit_codes import ExitCode
from harness.runs.options import OPTIONS
from tests.repo.tree import ROOT, ours
from tools.setup import WEBKIT_PACKAGES

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted(
    path
    for room in (".", "docs", "fake_amo", "examples/*", "benchmarks")
    for path in ROOT.glob(f"{room}/*.md")
)
TEXTS = ("*.md", "*.py", "*.toml", "*.js", "*.cjs", "*.json", "Makefile", "*.lock")
SOMEBODYS_PATH = re.compile(r"(?<![\w.:}*])/(?:work|root|home|Users|opt)/\w")


def words_of_the_table(text: str) -> dict[str, str]:
    """Return each command of the table of commands, with the words that the table gives after it."""
    table = text.partition("| command | what it does |")[2].partition("\n\n")[0]
    cells = [row.split(" | ")[0] for row in table.splitlines()[2:]]
    called = [part for cell in cells for part in re.findall(r"`([^`]+)`", cell)]
    return {words.split()[0]: words.partition(" ")[2] for words in called}


def code_of(text: str) -> list[str]:
    """Return what a document shows as code: spans, fenced lines, indented lines."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    fenced = [line for block in blocks for line in block.splitlines()]
    return fenced + re.findall(r"^    (.+)$", text, re.MULTILINE) + re.findall(r"`([^`\n]+)`", text)


def words_after(program: str, text: str) -> set[str]:
    """Return the words that a document's code gives to a program first."""
    pattern = rf"(?:^|[\s/]){program} ([a-z][a-z-]*)(?![\w/.])"
    return {word for line in code_of(text) for word in re.findall(pattern, line)}


def broken_links(text: str, folder: Path) -> list[str]:
    """Return the links to files that are not there."""
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    local = [link.partition("#")[0] for link in links if "://" not in link]
    return [link for link in local if link and not (folder / link).exists()]


def exit_codes_told(text: str) -> list[dict[int, str]]:
    """Return the meaning of each code, from every sentence of a document that lists exit codes."""
    sentences = [" ".join(each.split()) for each in text.replace("`", "").split("Exit codes: ")[1:]]
    listed = [re.split(r"\.|\(", sentence)[0].strip() for sentence in sentences]
    return [
        {int(number): meaning for number, meaning in re.findall(r"(\d) (.+?)(?: · |, (?=\d)|$)", each)}
        for each in listed
    ]


def targets(makefile: str) -> set[str]:
    """Return what `make` can be asked for."""
    return set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))


@pytest.fixture(params=DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def document(request: pytest.FixtureRequest) -> Path:
    """Each of the documents."""
    return request.param


def test_the_table_has_every_command_and_no_other() -> None:
    """A command that README does not name is not found by anybody."""
    assert set(words_of_the_table(README)) == {*COMMANDS, "amo"}


@pytest.mark.parametrize("command", sorted({*COMMANDS, "amo"}))
def test_the_options_of_the_table_exist(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What README offers, `--help` explains."""
    with pytest.raises(SystemExit):
        main([command, "--help"])
    explained = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    offered = set(re.findall(r"--[a-z-]+", words_of_the_table(README)[command]))
    assert offered <= explained


def test_every_command_that_a_document_calls_exists(document: Path) -> None:
    """In spans and blocks of code alike."""
    assert words_after("amo-harness", document.read_text(encoding="utf-8")) <= {*COMMANDS, "amo"}


def test_the_options_of_the_plugin_are_documented() -> None:
    """Each of them, and none that does not exist; the backend's is the plugin's own."""
    told = set(re.findall(r"`(--amo-[a-z-]+)", (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")))
    known = {option.ask.pytest_flag for option in OPTIONS.values() if option.ask.pytest_flag}
    assert told == known | {"--amo-backend"}


def first_cells(text: str, head: str) -> list[str]:
    """Return the names in the first column of the table with this head."""
    rows = text.partition(f"| {head} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [row.split("|")[1].strip().strip("`") for row in rows]


def test_every_engine_is_told_and_no_other() -> None:
    """In README's table, and among the plugin's options, in the order of the names."""
    assert ["auto", *first_cells(README, "engine")] == list(ENGINE_NAMES)
    row = re.search(r"`--amo-engine NAME` \| (.+) \|", (ROOT / "docs" / "pytest.md").read_text("utf-8"))
    assert row
    assert re.findall(r"`([a-z]+)`", row[1]) == list(ENGINE_NAMES)


def test_every_target_that_a_document_names_exists(document: Path) -> None:
    """`make` would say that there is no rule."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert words_after("make", document.read_text(encoding="utf-8")) <= targets(makefile)


def test_check_runs_what_decides_and_more() -> None:
    """The script that decides whether a change lands, then the checks of style and types."""
    decides = re.findall(r"make (\w+)", (ROOT / ".ci" / "run").read_text(encoding="utf-8"))
    made_of = re.search(r"^check: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert decides
    assert made_of
    assert {*decides, "lint", "types"} <= set(made_of[1].split())


def test_links_lead_somewhere(document: Path) -> None:
    """Links inside the repository, counted from the document."""
    assert broken_links(document.read_text(encoding="utf-8"), document.parent) == []


def test_exit_codes_are_told_as_they_are(document: Path) -> None:
    """Every document that lists them has all of them, in the words of `harness.exit_codes`."""
    meanings = {int(each): each.meaning for each in ExitCode}
    told = exit_codes_told(document.read_text(encoding="utf-8"))
    assert [each for each in told if each != meanings] == []
    assert told or document not in (ROOT / "README.md", ROOT / "docs" / "ci.md")


def test_readme_names_the_packages_of_the_engine() -> None:
    """All that set-up installs for a run, and nothing else, in one bracket."""
    assert "(" + ", ".join(f"`{name}`" for name in WEBKIT_PACKAGES) + ")" in README


FOLDERS = "harness|fake_amo|backend_under_test|scenarios|tests|tools|docs|benchmarks|examples"


def paths_named(text: str) -> set[str]:
    """Return the files and folders of the project that a document names as code, from the top of it."""
    spans = {each for line in code_of(text) for each in line.split()}
    return {each for each in spans if re.fullmatch(rf"(?:{FOLDERS})/[\w./-]*\w/?", each)}


@pytest.mark.parametrize(
    "name", ["CONTRIBUTING.md", "ARCHITECTURE.md", "docs/glossary.md", "docs/sources.md", "docs/hosts.md"]
)
def test_the_files_that_a_document_names_are_there(name: str) -> None:
    """A room that was moved takes its name in the documents along."""
    named = paths_named((ROOT / name).read_text(encoding="utf-8"))
    assert named
    assert {each for each in named if not (ROOT / each).exists()} == set()


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    """The project is the same wherever it lies."""
    found = {
        str(path.relative_to(ROOT)): matches
        for path in ours(*TEXTS)
        if (matches := SOMEBODYS_PATH.findall(path.read_text(encoding="utf-8")))
    }
    assert found == {}


MISTAKES = """
| command | what it does |
|---|---|
| `dance [--slowly]` · `run` | nothing |

    make cake

Exit codes: `0` fine, 1 not · 2 odd (`make` makes 2 of each). More.

[gone](gone.md), `amo-harness dance`, and they make no sense
"""


def test_mistakes_are_seen(tmp_path: Path) -> None:
    """The checks themselves find what does not exist, and do not take the verb of a sentence for a target."""
    assert words_of_the_table(MISTAKES) == {"dance": "[--slowly]", "run": ""}
    assert words_after("amo-harness", MISTAKES) == {"dance"}
    assert words_after("make", MISTAKES) == {"cake"}
    assert paths_named("`harness/gone.py`, `docs/`, `fake_amo/x`, `a/b.py`, `tests(x)`") == {
        "harness/gone.py",
        "fake_amo/x",
    }
    assert first_cells(MISTAKES, "command") == ["dance [--slowly]` · `run"]
    assert exit_codes_told(MISTAKES) == [{0: "fine", 1: "not", 2: "odd"}]
    assert broken_links(MISTAKES, tmp_path) == ["gone.md"]
    assert SOMEBODYS_PATH.search(f"see /{'home'}/me")
