"""`sanxun ledger`: the week's ledger as a workbook, as CSV, or on the screen."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.options import DataDir, data_dir

if TYPE_CHECKING:
    from api.ledger.words import Language


@dataclass(frozen=True, slots=True)
class _Asked:
    week: str | None
    level: str | None
    under: str | None
    language: Language
    xlsx: bool


async def _write(data: Path, asked: _Asked, out: IO[bytes]) -> str:
    """A line that says what is in it."""
    from api.house import offline
    from api.kit.scope import WHOLE_SITE
    from api.ledger import export, service
    from api.ledger.weeks import Week
    from api.site.repository import site_row
    from api.town.given import level_of
    from api.town.index import load_town

    now = datetime.now(UTC)
    async with offline(data) as database, database.reading() as session:
        town = await load_town(session)
        week = Week.named(asked.week, town.timezone) if asked.week else Week.holding(now, town.timezone)
        level = level_of(asked.level) if asked.level else None
        found = await service.ledger(session, town, WHOLE_SITE, week, now, level, asked.under)
        told = f"{week.name}: {len(found.rows)} rows, {found.total.found} found"
        if not asked.xlsx:
            export.write_summary(out, found, asked.language)
            return told
        lines = service.every_line(session, service.narrowed(town, WHOLE_SITE, asked.under), week)
        site = (await site_row(session)).name
        return f"{told}, {await export.write_workbook(out, found, lines, town, site, asked.language)} lines"


def ledger(
    out: Annotated[
        Path | None, typer.Option("--out", dir_okay=False, help="A .xlsx or .csv file; standard output without it.")
    ] = None,
    week: Annotated[str | None, typer.Option("--week", help="Such as 2026-W47; this week where not given.")] = None,
    level: Annotated[
        str | None, typer.Option("--level", help="street, community, grid or micro_grid; grids where not given.")
    ] = None,
    under: Annotated[str | None, typer.Option("--under", metavar="UNIT", help="Only what lies beneath it.")] = None,
    lang: Annotated[str, typer.Option("--lang", help="zh or en.")] = "zh",
    data: DataDir = None,
) -> None:
    """Write the ledger 周周清 of a week: what each grid found, cleared and let lie.

    Sums are of places. A workbook has the lines beneath them and a sheet to sign.
    """
    from api.town.given import level_of

    if level and level_of(level) is None:
        raise typer.BadParameter("must be street, community, grid or micro_grid", param_hint="--level")
    if lang not in ("zh", "en"):
        raise typer.BadParameter("must be zh or en", param_hint="--lang")
    language: Literal["zh", "en"] = "zh" if lang == "zh" else "en"
    xlsx = out is not None and out.suffix.lower() == ".xlsx"
    asked = _Asked(week, level, under, language, xlsx)
    if out is None:
        content = BytesIO()
        asyncio.run(_write(data_dir(data), asked, content))
        print(content.getvalue().decode("utf-8-sig"), end="")
        return
    with NamedTemporaryFile(dir=out.parent, delete=False) as file:
        try:
            told = asyncio.run(_write(data_dir(data), asked, file))
            file.flush()
            Path(file.name).replace(out)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    print(f"{told} → {out}")
