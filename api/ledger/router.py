"""The ledger over HTTP: the week by place, its lines, its workbook, and how quick the loop was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response, StreamingResponse

from api.auth.principal import may
from api.auth.roles import PEOPLE
from api.auth.service import Principal
from api.errors import Unprocessable
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.kit.moment import MomentIn
from api.ledger import export, service
from api.ledger.loop import By, loop
from api.ledger.schemas import LedgerOut, LineOut, Lines, LoopOut, LoopRowOut, SpeedOut
from api.ledger.service import names_of
from api.ledger.weeks import PATTERN, Week
from api.ledger.words import Language, word
from api.problems import responses
from api.site.repository import site_row
from api.town.index import Town
from api.town.router import XLSX
from api.town.units import Level

router = APIRouter(prefix="/ledger", tags=["ledger"])
HouseIn = Annotated[House, Depends(house_of)]
Anyone = Annotated[Principal, may(*PEOPLE)]
WeekName = Annotated[str | None, Query(pattern=PATTERN, description="Such as 2026-W47; this week, where not given.")]
Under = Annotated[str | None, Query(max_length=64, description="Only this unit and what lies beneath it.")]
_MOST = timedelta(days=92)
_IN_MEMORY_BYTES, _PIECE_BYTES = 8 * 1024 * 1024, 64 * 1024


def _week(name: str | None, town: Town, now: datetime) -> Week:
    return Week.named(name, town.timezone) if name else Week.holding(now, town.timezone)


@router.get("", responses=responses(400, 401, 403, 404, 422))
async def read_ledger(
    who: Anyone,
    house: HouseIn,
    week: WeekName = None,
    level: Annotated[Level | None, Query(description="Grids, where not given.")] = None,
    under: Under = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> LedgerOut:
    """周周清: found, cleared, overdue and re-found, of each unit in a week."""
    first, now = decode_cursor(cursor) or 0, house.clock.now()
    async with house.database.reading() as session:
        town = await house.town.now(session)
        found = await service.ledger(session, town, who.scope, _week(week, town, now), now, level, under)
    following = encode_cursor(first + limit) if len(found.rows) > first + limit else None
    return LedgerOut.of(found, first, limit, following)


@router.get("/lines", responses=responses(400, 401, 403, 404, 422))
async def list_ledger_lines(
    who: Anyone,
    house: HouseIn,
    week: WeekName = None,
    under: Under = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Lines:
    """The hazards that were there in the week, the newest first."""
    before, now = decode_cursor(cursor), house.clock.now()
    async with house.database.reading() as session:
        town = await house.town.now(session)
        scope = service.narrowed(town, who.scope, under)
        found = await service.ledger_lines(session, scope, _week(week, town, now), before, limit + 1)
    following = encode_cursor(found[limit - 1].number) if len(found) > limit else None
    return Lines(items=[LineOut.of(line, town) for line in found[:limit]], next=following)


@router.get(
    "/export",
    response_class=Response,
    responses={
        200: {
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                XLSX: {"schema": {"type": "string", "format": "binary"}},
            }
        },
        **responses(401, 403, 404, 422),
    },
)
async def export_ledger(
    who: Anyone,
    house: HouseIn,
    form: Annotated[Literal["xlsx", "csv"], Query(alias="format")] = "xlsx",
    sheet: Annotated[Literal["summary", "lines"], Query(description="What a CSV holds.")] = "summary",
    week: WeekName = None,
    level: Level | None = None,
    under: Under = None,
    lang: Language = "zh",
) -> Response:
    """The ledger as a workbook or as CSV, from the same sums as the screen."""
    now = house.clock.now()
    out = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 (closed when it has been sent)
    try:
        async with house.database.reading() as session:
            town = await house.town.now(session)
            chosen, scope = _week(week, town, now), service.narrowed(town, who.scope, under)
            lines = service.every_line(session, scope, chosen)
            if form == "csv" and sheet == "lines":
                await export.write_lines(out, lines, town, lang)
            else:
                found = await service.ledger(session, town, who.scope, chosen, now, level, under)
                if form == "csv":
                    export.write_summary(out, found, lang)
                else:
                    await export.write_workbook(out, found, lines, town, (await site_row(session)).name, lang)
    except BaseException:
        out.close()
        raise
    name = f"sanxun-ledger-{chosen.name}{'-lines' if form == 'csv' and sheet == 'lines' else ''}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    headers["Content-Length"] = str(out.tell())
    kind = XLSX if form == "xlsx" else "text/csv; charset=utf-8"
    return StreamingResponse(_pieces(out), media_type=kind, headers=headers)


def _pieces(out: IO[bytes]) -> Iterator[bytes]:
    with out:
        out.seek(0)
        while piece := out.read(_PIECE_BYTES):
            yield piece


@router.get("/loop", responses=responses(400, 401, 403, 422))
async def read_loop(
    who: Anyone,
    house: HouseIn,
    by: By = By.UNIT,
    level: Annotated[Level | None, Query(description="Of the units; grids, where not given.")] = None,
    since: Annotated[MomentIn | None, Query(description="Seven days ago, where not given.")] = None,
    until: Annotated[MomentIn | None, Query(description="Now, where not given; 92 days after `since` at most.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> LoopOut:
    """The five-minute loop: from dispatch to somebody at work on the spot, of tickets dispatched in the time. Give
    `since` and `until` to read on by the cursor."""
    first = decode_cursor(cursor) or 0
    now = house.clock.now()
    end = until or now
    start = since or end - timedelta(days=7)
    if not timedelta() < end - start <= _MOST:
        raise Unprocessable(f"until must lie after since, by {_MOST.days} days at most; got {start} and {end}")
    async with house.database.reading() as session:
        town = await house.town.now(session)
        rows, total = await loop(session, town, who.scope, start, end, now, by, level)
    departments = {one.id: one.name for one in town.departments}

    def name(key: str | None) -> str:
        if by is By.UNIT:
            return names_of(town, key)
        return departments.get(key or "", key or "") if by is By.DEPARTMENT else word(key or "", "en")

    items = [LoopRowOut.of(row, name(row.key)) for row in rows[first : first + limit]]
    following = encode_cursor(first + limit) if len(rows) > first + limit else None
    return LoopOut(since=start, until=end, items=items, total=SpeedOut.of(total), next=following)
