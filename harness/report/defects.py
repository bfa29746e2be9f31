"""The table of `amo-harness reproduce`: in a terminal, as Markdown and as JSON.

Owns its shape and no word of its cells.
"""

import textwrap
from collections.abc import Iterator, Sequence
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
    """Return the table with its cells wrapped so that it fits a terminal.

    Hosts that have no room beside the others stand in a further table below, with the pages once more.
    """
    room = max(1, (width - NARROWEST * 3 // 2) // (NARROWEST + len(BETWEEN)))
    shown = [
        range(first, min(first + room, len(table.columns))) for first in range(0, len(table.columns), room)
    ]
    lines = [line for columns in shown for line in (*_grid(_cells(table), columns, width), "")]
    return "\n".join([*lines, *(line for text in _legend(table) for line in textwrap.wrap(text, width))])


def _grid(cells: Sequence[Sequence[str]], columns: range, width: int) -> Iterator[str]:
    """Yield the lines of a table of these columns beside the pages."""
    one = max(NARROWEST, (width - len(columns) * len(BETWEEN)) * 2 // (2 * len(columns) + 3))
    widths = [one * 3 // 2, *[one] * len(columns)]
    for row in cells:
        shown = [row[0], *(row[1 + number] for number in columns)]
        wrapped = [textwrap.wrap(text, size) for text, size in zip(shown, widths, strict=True)]
        for line in range(max(map(len, wrapped))):
            parts = (
                (each[line] if line < len(each) else "").ljust(size)
                for each, size in zip(wrapped, widths, strict=True)
            )
            yield BETWEEN.join(parts).rstrip()
        yield "-+-".join("-" * size for size in widths)


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
    shown = {column.host for column in table.columns}
    return [
        f"In brackets after a page: what {table.engine} {table.version} saw of it.",
        "(?): reports are few or contradict each other; `amo-harness docs hosts` has each source.",
        *(f"{host.name}: {host.title}." for host in HOSTS.values() if host.name in shown),
    ]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
