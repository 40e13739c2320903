"""The ledger as a file, written as its lines come from the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import IO

from api.ledger import table
from api.ledger.repository import Line
from api.ledger.service import Ledger
from api.ledger.words import Language
from api.ledger.workbook import Book
from api.town.index import Town

Lines = AsyncIterator[Sequence[Line]]


async def write_workbook(
    out: IO[bytes], ledger: Ledger, lines: Lines, town: Town, site: str, language: Language
) -> int:
    """The number of lines. Raises `Unprocessable` where they are too many for a sheet."""
    book, count = await asyncio.to_thread(Book, out, ledger, town, site, language), 0
    try:
        async for some in lines:
            await asyncio.to_thread(book.add, some)
            count += len(some)
    finally:
        await asyncio.to_thread(book.close)
    return count


async def write_lines(out: IO[bytes], lines: Lines, town: Town, language: Language) -> None:
    """As CSV."""
    out.write(table.BYTE_ORDER_MARK + table.csv_bytes([table.line_heads(language)]))
    async for some in lines:
        out.write(table.csv_bytes(await asyncio.to_thread(table.lines, some, town, language)))


def write_summary(out: IO[bytes], ledger: Ledger, language: Language) -> None:
    """As CSV."""
    rows = [*table.summary(ledger, language), table.total(ledger, language)]
    out.write(table.BYTE_ORDER_MARK + table.csv_bytes(rows))
