"""The ledger as tables of cells: the same for CSV and for the workbook's sheets."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from api.ledger.repository import Line
from api.ledger.service import Ledger, LedgerRow, names_of
from api.ledger.words import Language, word
from api.town.index import Town

Cell = str | int | float | None
COUNTS = ("found", "on_foot", "cleared", "cleared_of_found", "overdue", "refound", "open", "dismissed")
_SUMMARY = ("id", "path", "name", *COUNTS, "enough")
_LINES = (
    *("number", "path", "place", "kind", "source", "state", "found_at", "deadline", "done_at", "closed_at"),
    *("department", "refound"),
)


def summary(ledger: Ledger, language: Language) -> list[list[Cell]]:
    """The heads, and a row for each unit; the total is for whoever shows it to add."""
    heads: list[Cell] = [word(name, language) for name in _SUMMARY]
    heads[2] = word(ledger.level.value, language)
    return [heads, *(_summary_row(row, language) for row in ledger.rows)]


def _summary_row(row: LedgerRow, language: Language) -> list[Cell]:
    counts: list[Cell] = [getattr(row.counts, name) for name in COUNTS]
    enough = "" if row.enough is None else word("yes" if row.enough else "no", language)
    if row.unit is None:
        return ["", "", word("elsewhere", language), *counts, enough]
    return [row.unit.id, " / ".join(row.names[:-1]), row.unit.label, *counts, enough]


def total(ledger: Ledger, language: Language) -> list[Cell]:
    return ["", "", word("total", language), *(getattr(ledger.total, name) for name in COUNTS), ""]


def line_heads(language: Language) -> list[Cell]:
    return [word(name, language) for name in _LINES]


def lines(found: Iterable[Line], town: Town, language: Language) -> list[list[Cell]]:
    """A row for each hazard; times are of the site's zone, to the minute."""
    zone = ZoneInfo(town.timezone)
    departments = {one.id: one.name for one in town.departments}
    rows: list[list[Cell]] = []
    for line in found:
        moments = (line.found_at, line.deadline, line.done_at, line.closed_at)
        rows.append(
            [
                line.number,
                names_of(town, line.unit),
                line.place,
                word(line.kind, language),
                word(line.source, language),
                word(line.state, language),
                *(_local(moment, zone) for moment in moments),
                departments.get(line.department or "", line.department or ""),
                word("yes", language) if line.refound else "",
            ]
        )
    return rows


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


# Without it office programs take UTF-8 for something else.
BYTE_ORDER_MARK = codecs.BOM_UTF8


def csv_bytes(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Without the byte order mark that a file begins with."""
    out = io.StringIO()
    csv.writer(out).writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _harmless(cell: Cell) -> Cell:
    """A name that begins like a formula would be run as one by the program that opens the file."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
