"""The colour of every unit: grids by the rule, what lies above them by the worst of its grids."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from api.colours.repository import tallies
from api.colours.rule import Colour, Reason, Tally, judge
from api.kit.scope import Scope
from api.ledger.service import units_of, usual_level
from api.town.index import Town
from api.town.units import Level, Unit

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """`reasons` are the counts that make the colour; above the grids there are none, but `grids` (how many beneath
    have which colour) and `worst`, the first ids of those that have the unit's own."""

    unit: Unit
    colour: Colour
    tally: Tally
    reasons: tuple[Reason, ...]
    grids: dict[Colour, int]
    worst: tuple[str, ...]


async def colours(
    session: AsyncSession, town: Town, scope: Scope, now: datetime, level: Level | None = None, under: str | None = None
) -> list[Judged]:
    """The units of a level that the caller may see, `under` one unit where that is given, in the town's order."""
    since = now - timedelta(days=town.settings.colours.recurring_days)
    sums: dict[str, Tally] = {}
    for place, tally in await tallies(session, scope, now, since):
        for above in town.path(place):
            sums[above] = sums.get(above, Tally()) + tally
    within = None if under is None else town.below([under])
    chosen = [unit for unit in units_of(town, level) if scope.covers(unit.id) and (within is None or unit.id in within)]
    if level is None or level.depth >= usual_level(town).depth:
        return [_by_rule(town, unit, sums.get(unit.id, Tally())) for unit in chosen]
    judged = {unit.id for unit in units_of(town, None) if scope.covers(unit.id)}
    return [_by_grids(town, unit, sums, judged) for unit in chosen]


def _by_rule(town: Town, unit: Unit, tally: Tally) -> Judged:
    colour, reasons = judge(tally, town.settings.colours)
    return Judged(unit, colour, tally, reasons, {}, ())


def _by_grids(town: Town, unit: Unit, sums: dict[str, Tally], judged: set[str]) -> Judged:
    """A sum over many grids would redden a large community for being large: it is as bad as its worst grid."""
    grids = sorted(town.below([unit.id]) & judged)
    found = {name: judge(sums.get(name, Tally()), town.settings.colours)[0] for name in grids}
    own = judge(sums.get(unit.id, Tally()), town.settings.colours)[0] if not grids else Colour.BLUE
    colour = min(found.values(), key=lambda one: one.rank, default=own)
    worst = tuple(name for name, has in found.items() if has is colour and colour is not Colour.BLUE)
    return Judged(unit, colour, sums.get(unit.id, Tally()), (), dict(Counter(found.values())), worst[:_NAMED])


_WORDS = {
    "zh": {
        "red": "红", "orange": "橙", "yellow": "黄", "blue": "蓝",
        "open": "未清隐患", "overdue": "超期", "recurring": "复发",
    },
    "en": {
        "red": "red", "orange": "orange", "yellow": "yellow", "blue": "blue",
        "open": "open", "overdue": "overdue", "recurring": "recurring",
    },
}  # fmt: skip


def because(judged: Judged, language: str) -> str:
    """Why it has its colour, in a sentence."""
    words = _WORDS[language]
    if judged.grids:
        counted = [(words[colour], judged.grids[colour]) for colour in Colour if colour in judged.grids]
        if language == "zh":
            return f"{sum(judged.grids.values())} 个网格：" + "，".join(f"{name} {count}" for name, count in counted)
        return f"{sum(judged.grids.values())} grids: " + ", ".join(f"{count} {name}" for name, count in counted)
    if judged.reasons:
        if language == "zh":
            return "；".join(f"{words[one.what]} {one.count}（≥{one.least}）" for one in judged.reasons)
        return "; ".join(f"{one.count} {words[one.what]}, {one.least} or more" for one in judged.reasons)
    return "各项均未达到阈值" if language == "zh" else "no count reaches a threshold"
