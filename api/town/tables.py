"""Rows of a CSV or XLSX file, by the names of its columns in English or Chinese."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from api.errors import Unprocessable

MOST_ROWS = 200_000
_MOST_UNZIPPED = 512 * 1024 * 1024
_NAMES = {
    "编号": "id",
    "编码": "id",
    "级别": "level",
    "层级": "level",
    "上级": "parent",
    "上级编号": "parent",
    "名称": "name",
    "边界": "polygon",
    "坐标系": "datum",
    "日历": "calendar",
    "单元": "unit",
    "网格编号": "unit",
    "班次": "shift",
    "账号": "username",
    "用户名": "username",
    "日期": "date",
    "星期": "days",
    "角色": "part",
    "辖区": "units",
    "隐患类型": "kinds",
    "应答分钟": "answer_minutes",
}


@dataclass(frozen=True, slots=True)
class Row:
    """`at` is ``row N`` as the program that shows the file numbers it; values are text, "" where there is none."""

    at: str
    values: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


def read_rows(content: bytes, columns: Sequence[str]) -> list[Row]:
    """The rows of a CSV or XLSX file that are not empty. Raises `Unprocessable`: not such a file, a column missing."""
    rows = _xlsx(content) if content[:4] == b"PK\x03\x04" else _csv(content)
    heads = [_NAMES.get(head.strip(), head.strip().lower().replace(" ", "_")) for head in next(rows, [])]
    if missing := [name for name in columns if name not in heads]:
        raise Unprocessable(
            f"the first row must name the columns {', '.join(columns)}; {', '.join(missing)} is not among "
            f"{', '.join(filter(None, heads)) or 'nothing'}"
        )
    found = []
    for number, cells in enumerate(rows, 2):
        if number > MOST_ROWS:
            raise Unprocessable(f"the table has more than {MOST_ROWS} rows; split it")
        if any(cells):
            found.append(Row(f"row {number}", dict(zip(heads, (cell.strip() for cell in cells), strict=False))))
    return found


def _csv(content: bytes) -> Iterator[list[str]]:
    # What office programs in China write as CSV without asking is GB 18030.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Unprocessable("the table must be XLSX, or CSV in UTF-8 or GB 18030; it is neither")
    if "\0" in text:
        raise Unprocessable("the table must be XLSX, or CSV in UTF-8 or GB 18030; it has zero bytes")
    csv.field_size_limit(16 * 1024 * 1024)
    try:
        yield from csv.reader(io.StringIO(text))
    except csv.Error as error:
        raise Unprocessable(f"the table is not CSV: {error}") from None


def _xlsx(content: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_UNZIPPED:
                raise Unprocessable(f"the workbook unpacks to more than {_MOST_UNZIPPED // 2**20} MiB; split it")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise Unprocessable(f"the table is not an XLSX workbook: {str(error)[:200]}") from None
    try:
        sheet = book.worksheets[0]
        for cells in sheet.iter_rows(values_only=True):
            yield [_text(cell) for cell in cells]
    finally:
        book.close()


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
