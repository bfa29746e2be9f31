"""The historic pages in the real engine, and what the users of each host see of them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from harness.engines import EngineUnavailable, open_engine
from harness.errors import HarnessError, UsageError
from harness.phone import HOSTS
from harness.proofs import reproduce as module
from harness.proofs.reproduce import ROWS, DefectTable, PageRow, columns, reproduce
from harness.report.defects import as_markdown
from harness.runs.opening import check_gesture
from harness.stage.world import Stage
from tools.docs import with_table

DOCUMENT = Path(__file__).parents[2] / "docs" / "reproduce.md"
STAYS = "page stays, nothing happens"
PROMPT = "Open in “App”?, then back in the app, connected"
BACK = "back in the app, connected"
STILL = "back in the app, still “Підключіть АМО CRM”"
SPENT_403 = "“Request failed with status code 403”"


@pytest.fixture(scope="module")
def table(stage: Stage) -> DefectTable:
    """Make the whole table once."""
    return reproduce(stage)


def cell(table: DefectTable, page: str, column: str) -> str:
    """Return what the user sees."""
    row = next(each for each in table.rows if each.page.id == page)
    titles = [each.title for each in table.columns]
    return row.cells[titles.index(column)].sees


@pytest.mark.parametrize(
    ("page_id", "gestures"),
    [
        ("auto_redirect", [False]),
        ("late_button", [False, True]),
        ("redirect_after_tap", [True]),
        ("redirect", [False]),
        ("meta_refresh", [False]),
        ("button", [True]),
        ("spent_code", [True]),
        ("old_app", [True]),
    ],
)
def test_gesture_is_the_engines(table: DefectTable, page_id: str, gestures: list[bool]) -> None:
    """Measured in WebKit: a 3xx keeps the tap that began the chain, a new document and a refresh lose it."""
    row = next(each for each in table.rows if each.page.id == page_id)
    assert [each.user_gesture for each in row.departures] == gestures


@pytest.mark.parametrize(
    ("page_id", "column", "sees"),
    [
        ("auto_redirect", "ios-safari", STAYS),
        ("auto_redirect", "ios-safari, no_gesture=prompt", PROMPT),
        ("auto_redirect", "rn-webview", BACK),
        ("late_button", "ios-safari", PROMPT),
        ("redirect_after_tap", "ios-safari", PROMPT),
        ("redirect", "ios-safari", STAYS),
        ("redirect", "ios-safari-view-controller", STAYS),
        ("meta_refresh", "android-custom-tab", STAYS),
        ("button", "ios-safari", PROMPT),
        ("button", "android-custom-tab", BACK),
        ("button", "ios-wkwebview", STAYS),
        ("button", "ios-auth-session", STILL),
        ("spent_code", "rn-webview", f"back in the app, {SPENT_403}"),
        ("old_app", "rn-webview", "back in the app, “Код авторизації відсутній.”"),
    ],
)
def test_reported_symptom_is_reproduced(table: DefectTable, page_id: str, column: str, sees: str) -> None:
    """What users of the historic pages told, and what the button has changed."""
    assert cell(table, page_id, column) == sees


def test_button_brings_every_phone_back_that_the_system_opens(table: DefectTable) -> None:
    """On each host, whatever it does without a gesture."""
    row = next(each for each in table.rows if each.page.id == "button")
    opened = [each for each in row.cells if each.outcome in ("opens", "prompts")]
    assert opened
    assert all(each.sees.endswith(BACK) for each in opened)


def test_every_host_has_a_column() -> None:
    """The disputed one has two."""
    assert {each.host for each in columns()} == set(HOSTS)
    assert [each.host for each in columns()].count("ios-safari") == 2


def test_cell_that_nobody_knows_says_so(stage: Stage) -> None:
    """Chrome's Custom Tab and a window without a gesture: no document, no report."""
    page = PageRow("blank", "window.open to _blank", "departs_by_window_open_blank", departs_alone=True)
    sees = cell(reproduce(stage, [page]), "blank", "android-custom-tab")
    assert sees.startswith("not known: nobody knows what Chrome Custom Tab does")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (PageRow("still", "a page that stays", departs_alone=True), "did not leave within"),
        (
            PageRow("dead", "a dead button", "button_dead", taps_button=True),
            "the tap on the button did nothing",
        ),
    ],
    ids=["stays", "dead-button"],
)
def test_page_that_does_nothing_is_an_error(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, row: PageRow, says: str
) -> None:
    """A defect that does not show is no row of dashes."""
    monkeypatch.setattr(module, "DEPARTS_WITHIN_S", 0.5)
    with pytest.raises(HarnessError, match=says):
        reproduce(stage, [row])


def test_engine_without_webkits_flag_is_refused(playwright: Playwright) -> None:
    """Before any page is visited, with the engine that helps."""
    try:
        with (
            open_engine("chromium", playwright=playwright) as engine,
            pytest.raises(UsageError, match=r"the engine chromium does not tell.*--engine webkitgtk"),
        ):
            check_gesture(engine)
    except EngineUnavailable as missing:
        pytest.skip(str(missing))


def test_stage_is_as_before(stage: Stage, table: DefectTable) -> None:
    """The reference backend has its own parts again."""
    assert table.rows
    again = reproduce(stage, [replace(ROWS[5], id="again")])
    assert cell(again, "again", "rn-webview") == BACK


def test_document_shows_the_real_table(table: DefectTable) -> None:
    """`make docs` writes it anew."""
    written = DOCUMENT.read_text(encoding="utf-8")
    assert "\n| late" not in written
    assert _rows(with_table(written, as_markdown(table))) == _rows(written)


def _rows(document: str) -> list[str]:
    """The table's rows; the engine's version below it is that of the machine."""
    return re.findall(r"^\|.*$", document, re.MULTILINE)
