"""The table of `amo-harness reproduce`: in a terminal, as Markdown and as JSON.

Owns its shape and no word of its cells.
"""

import textwrap
from collections.abc import Sequence
from typing import Any

from harness.phone import HOSTS
from harness.proofs.reproduce import DefectCell, DefectRow, DefectTable

FORMAT_VERSION = 1
PAGE = "page"
NARROWEST = 14
"""Characters of a column of the terminal's table; a page's title gets half as many again."""
BETWEEN = " | "
GESTURES = {True: "gesture", False: "no gesture", None: "gesture unknown"}


def as_grid(table: DefectTable, *, width: int) -> str:
    """Return the table with its cells wrapped so that it fits a terminal, as far as that goes."""
    columns = len(table.columns)
    one = max(NARROWEST, (width - columns * len(BETWEEN)) * 2 // (2 * columns + 3))
    widths = [one * 3 // 2, *[one] * columns]
    lines: list[str] = []
    for cells in _cells(table):
        wrapped = [textwrap.wrap(text, size) for text, size in zip(cells, widths, strict=True)]
        for row in range(max(map(len, wrapped))):
            parts = [
                (each[row] if row < len(each) else "").ljust(n)
                for each, n in zip(wrapped, widths, strict=True)
            ]
            lines.append(BETWEEN.join(parts).rstrip())
        lines.append("-+-".join("-" * size for size in widths))
    return "\n".join([*lines, "", *_legend(table)])


def as_markdown(table: DefectTable) -> str:
    """Return the table for a document or a ticket."""
    head, *rows = _cells(table)
    lines = [_line(head), _line(["---"] * len(head)), *map(_line, rows)]
    return "\n".join([*lines, "", *(f"{text}  " for text in _legend(table))])


def as_document(table: DefectTable) -> dict[str, Any]:
    """Return the table as data, with each cell's confidence and source."""
    return {
        "version": FORMAT_VERSION,
        "engine": {"name": table.engine, "version": table.version},
        "hosts": [
            {"column": each.title, "host": each.host, "no_gesture": each.choices.no_gesture}
            for each in table.columns
        ],
        "pages": [_page(table, row) for row in table.rows],
    }


def _page(table: DefectTable, row: DefectRow) -> dict[str, Any]:
    cells = zip(table.columns, row.cells, strict=True)
    return {
        "id": row.page.id,
        "title": row.page.title,
        "departures": [
            {"url": each.url, "mechanism": each.mechanism, "user_gesture": each.user_gesture}
            for each in row.departures
        ],
        "cells": [
            {
                "column": column.title,
                "sees": cell.sees,
                "outcome": cell.outcome,
                "confidence": cell.confidence,
                "source": cell.source,
            }
            for column, cell in cells
        ],
    }


def _cells(table: DefectTable) -> list[list[str]]:
    head = [PAGE, *(column.title for column in table.columns)]
    return [head, *([_page_in_words(row), *map(_cell_in_words, row.cells)] for row in table.rows)]


def _page_in_words(row: DefectRow) -> str:
    seen = ", then ".join(f"{each.mechanism}, {GESTURES[each.user_gesture]}" for each in row.departures)
    return f"{row.page.title} ({seen})"


def _cell_in_words(cell: DefectCell) -> str:
    return f"{cell.sees} (?)" if cell.confidence == "low" else cell.sees


def _legend(table: DefectTable) -> list[str]:
    return [
        f"In brackets after a page: what {table.engine} {table.version} saw of it.",
        "(?): reports are few or contradict each other; `amo-harness docs hosts` has each source.",
        *(f"{host.name}: {host.title}." for host in HOSTS.values()),
    ]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
