"""The table of the historic pages as text and as data."""

import json

from harness.engines import Departure
from harness.phone import HostChoices
from harness.proofs.reproduce import DefectCell, DefectRow, DefectTable, HostColumn, PageRow
from harness.report.defects import as_document, as_grid, as_markdown

DEPARTURE = Departure("foryoure://x", "navigation", user_gesture=False, same_tab=True, at_ns=1, observer="o")
TABLE = DefectTable(
    "webkitgtk",
    "2.50.6",
    (
        HostColumn("ios-safari", "ios-safari", HostChoices()),
        HostColumn("ios-safari, no_gesture=prompt", "ios-safari", HostChoices(no_gesture="prompt")),
    ),
    (
        DefectRow(
            PageRow("auto", "leaves at once"),
            (DEPARTURE,),
            (
                DefectCell("page stays, nothing happens", "blocked", "high", "somebody"),
                DefectCell("Open in “App”?, then a | b", "prompts", "low", "somebody else"),
            ),
        ),
    ),
)


def test_markdown_has_a_line_for_each_page() -> None:
    """With what the engine saw, and a mark on what is not sure; a bar would end the cell."""
    head, rule, line = [each for each in as_markdown(TABLE).splitlines() if each.startswith("|")]
    assert head == "| page | ios-safari | ios-safari, no_gesture=prompt |"
    assert rule == "| --- | --- | --- |"
    assert line == (
        "| leaves at once (navigation, no gesture) | page stays, nothing happens "
        "| Open in “App”?, then a / b (?) |"
    )


def test_grid_fits_the_terminal() -> None:
    """Cells are wrapped, and nothing of them is lost."""
    lines = as_grid(TABLE, width=70).split("\n\n", maxsplit=1)[0].splitlines()
    assert max(map(len, lines)) <= 70
    assert "".join(lines).count("nothing") == 1
    assert len({line.index("|") for line in lines if "|" in line}) == 1


def test_grid_of_a_narrow_terminal_stays_readable() -> None:
    """Rather too wide than one word a line."""
    words = as_grid(TABLE, width=10).split("\n\n", maxsplit=1)[0]
    assert "page stays," in words


def test_legend_names_engine_and_hosts() -> None:
    """So that the table can be read without its document."""
    for text in (as_markdown(TABLE), as_grid(TABLE, width=100)):
        assert "webkitgtk 2.50.6" in text
        assert "ios-safari: Mobile Safari." in text


def test_document_is_json_with_sources() -> None:
    """Each cell tells who says so."""
    document = as_document(TABLE)
    assert json.loads(json.dumps(document)) == document
    assert document["hosts"][1] == {
        "column": "ios-safari, no_gesture=prompt",
        "host": "ios-safari",
        "no_gesture": "prompt",
    }
    (page,) = document["pages"]
    assert page["departures"] == [{"url": "foryoure://x", "mechanism": "navigation", "user_gesture": False}]
    assert page["cells"][0] == {
        "column": "ios-safari",
        "sees": "page stays, nothing happens",
        "outcome": "blocked",
        "confidence": "high",
        "source": "somebody",
    }
