"""The ledger of a week as a workbook: the summary with its sums as formulas, the lines, and a sheet to sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from api.errors import Unprocessable
from api.ledger import table
from api.ledger.repository import Line
from api.ledger.service import Ledger
from api.ledger.table import Cell
from api.ledger.words import Language, word
from api.town.index import Town

_HEAD_ROW = 3
_FIRST_COUNT = 3
_MOST_ROWS = 1_048_576


class Book:
    """XLSX into a file, which lies on the disk until `close` puts it together: lines may be many. Formulas carry their
    values, for programs that show a workbook without working it out."""

    def __init__(self, out: IO[bytes], ledger: Ledger, town: Town, site: str, language: Language) -> None:
        self._town, self._language = town, language
        self._book = Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        self._bold, title, share = (
            self._book.add_format({"bold": True, "bottom": 1}),
            self._book.add_format({"bold": True, "font_size": 14}),
            self._book.add_format({"num_format": "0 %"}),
        )
        summary = self._book.add_worksheet(word("summary", language))
        self._sheet = self._book.add_worksheet(word("lines", language))
        _summary(summary, ledger, site, language, (self._bold, title, share))
        _sign(self._book.add_worksheet(word("sign", language)), ledger, site, language, title)
        heads = table.line_heads(language)
        self._width, self._rows = len(heads), 1
        _write(self._sheet, [heads], 0, self._bold)

    def add(self, lines: Sequence[Line]) -> None:
        """Raises `Unprocessable` where a sheet has no more rows."""
        if self._rows + len(lines) > _MOST_ROWS:
            raise Unprocessable(
                f"a workbook's sheet ends at {_MOST_ROWS} rows: take the lines as CSV, or a part of the town by `under`"
            )
        _write(self._sheet, table.lines(lines, self._town, self._language), self._rows)
        self._rows += len(lines)

    def close(self) -> None:
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(1, 2, 32)
        self._sheet.set_column(3, self._width - 1, 16)
        self._sheet.autofilter(0, 0, max(self._rows - 1, 1), self._width - 1)
        self._book.close()


def _heading(sheet: Worksheet, ledger: Ledger, site: str, language: Language, title: Format) -> None:
    sheet.write_string(0, 0, f"{site} {word('title', language)}", title)
    week = ledger.week
    sheet.write_string(1, 0, f"{word('week', language)} {week.name}  {week.monday} – {week.sunday}")


def _summary(
    sheet: Worksheet, ledger: Ledger, site: str, language: Language, formats: tuple[Format, Format, Format]
) -> None:
    bold, title, share = formats
    _heading(sheet, ledger, site, language, title)
    rows = table.summary(ledger, language)
    _write(sheet, rows, _HEAD_ROW, bold)
    end = _HEAD_ROW + len(rows)
    sheet.write_string(end, 2, word("total", language), bold)
    for n, name in enumerate(table.COUNTS):
        column = _FIRST_COUNT + n
        first, last = xl_rowcol_to_cell(_HEAD_ROW + 1, column), xl_rowcol_to_cell(end - 1, column)
        value = getattr(ledger.total, name)
        sheet.write_formula(end, column, f"=SUM({first}:{last})" if len(rows) > 1 else "=0", bold, value)
    found, cleared = (
        xl_rowcol_to_cell(end, _FIRST_COUNT + table.COUNTS.index(n)) for n in ("found", "cleared_of_found")
    )
    sheet.write_string(end + 1, 2, word("share_cleared", language))
    part = ledger.total.cleared_of_found / ledger.total.found if ledger.total.found else ""
    sheet.write_formula(end + 1, _FIRST_COUNT, f'=IF({found}=0,"",{cleared}/{found})', share, part)
    sheet.write_string(end + 2, 2, word("least", language))
    sheet.write_number(end + 2, _FIRST_COUNT, ledger.least)
    sheet.freeze_panes(_HEAD_ROW + 1, _FIRST_COUNT)
    sheet.set_column(0, 2, 22)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD_ROW)


def _write(sheet: Worksheet, rows: Sequence[Sequence[Cell]], first: int, heads: Format | None = None) -> None:
    for n, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(first + n, column, cell, heads if n == 0 else None)
            elif cell is not None:
                sheet.write_number(first + n, column, cell)


def _sign(sheet: Worksheet, ledger: Ledger, site: str, language: Language, title: Format) -> None:
    _heading(sheet, ledger, site, language, title)
    sheet.write_string(3, 0, word("sign_text", language))
    for n, name in enumerate(("sign_community", "sign_street")):
        sheet.write_string(5 + 3 * n, 0, f"{word(name, language)}: ________________")
        sheet.write_string(5 + 3 * n, 3, f"{word('sign_date', language)}: ____________")
    sheet.set_column(0, 0, 40)
