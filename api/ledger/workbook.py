"""The ledger of a week as a workbook: the summary with its sums as formulas, the lines, and a sheet to sign."""

from __future__ import annotations

import io
from collections.abc import Sequence

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from api.ledger import table
from api.ledger.repository import Line
from api.ledger.service import Ledger
from api.ledger.table import Cell
from api.ledger.words import Language, word
from api.town.index import Town

_HEAD_ROW = 3
_FIRST_COUNT = 3


def workbook(ledger: Ledger, lines: Sequence[Line], town: Town, site: str, language: Language) -> bytes:
    """XLSX. Formulas carry their values, for programs that show a workbook without working it out."""
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    try:
        bold, title, share = (
            book.add_format({"bold": True, "bottom": 1}),
            book.add_format({"bold": True, "font_size": 14}),
            book.add_format({"num_format": "0 %"}),
        )
        _summary(book.add_worksheet(word("summary", language)), ledger, site, language, (bold, title, share))
        _sheet(book.add_worksheet(word("lines", language)), table.lines(lines, town, language), bold)
        _sign(book.add_worksheet(word("sign", language)), ledger, site, language, title)
    finally:
        book.close()
    return out.getvalue()


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


def _sheet(sheet: Worksheet, rows: Sequence[Sequence[Cell]], bold: Format) -> None:
    _write(sheet, rows, 0, bold)
    sheet.freeze_panes(1, 0)
    sheet.set_column(1, 2, 32)
    sheet.set_column(3, len(rows[0]) - 1, 16)
    sheet.autofilter(0, 0, max(len(rows) - 1, 1), len(rows[0]) - 1)


def _write(sheet: Worksheet, rows: Sequence[Sequence[Cell]], first: int, bold: Format) -> None:
    for n, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(first + n, column, cell, bold if n == 0 else None)
            elif cell is not None:
                sheet.write_number(first + n, column, cell)


def _sign(sheet: Worksheet, ledger: Ledger, site: str, language: Language, title: Format) -> None:
    _heading(sheet, ledger, site, language, title)
    sheet.write_string(3, 0, word("sign_text", language))
    for n, name in enumerate(("sign_community", "sign_street")):
        sheet.write_string(5 + 3 * n, 0, f"{word(name, language)}: ________________")
        sheet.write_string(5 + 3 * n, 3, f"{word('sign_date', language)}: ____________")
    sheet.set_column(0, 0, 40)
