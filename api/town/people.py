"""Teams 1+1+N, rosters and departments: checked against the town and its accounts, then written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from api.hazards.kinds import Kind
from api.town import repository
from api.town.duty import Part
from api.town.faults import Faults
from api.town.index import Town
from api.town.models import DepartmentRow, RosterEntry, TeamMember
from api.town.tables import Row, read_rows
from streams.settings.hours import span

ROSTER_COLUMNS = ("unit", "shift", "username")
TEAM_COLUMNS = ("unit", "username", "part")
DEPARTMENT_COLUMNS = ("id", "name")
MOST_ANSWER_MINUTES = 7 * 24 * 60
MOST_MEMBERS, MOST_DEPARTMENTS, MOST_UNITS, MOST_NAME = 200, 1000, 1000, 128


@dataclass(frozen=True, slots=True)
class RosterLine:
    """Either `on_date` or `days` (``Mon-Fri``). `username` "": on that date nobody, whatever the week says."""

    at: str
    unit: str
    shift: str
    username: str
    on_date: date | None
    days: str


@dataclass(frozen=True, slots=True)
class TeamLine:
    at: str
    unit: str
    username: str
    part: str


@dataclass(frozen=True, slots=True)
class DepartmentLine:
    at: str
    id: str
    name: str
    units: tuple[str, ...]
    kinds: tuple[str, ...]
    answer_minutes: int


@dataclass(slots=True)
class _Found:
    """Faults as they are found."""

    errors: list[dict[str, object]] = field(default_factory=list)

    def add(self, at: str, what: str) -> None:
        self.errors.append({"at": at, "what": what})

    def check(self) -> None:
        """Raises `Faults` where there are any."""
        if self.errors:
            raise Faults([f"{one['at']}: {one['what']}" for one in self.errors], self.errors)


def read_roster(content: bytes) -> list[RosterLine]:
    """CSV or XLSX with the columns unit, shift, username, and date or days. Raises `Faults`."""
    faults = _Found()
    lines = []
    for row in read_rows(content, ROSTER_COLUMNS):
        try:
            on_date = date.fromisoformat(row["date"]) if row["date"] else None
        except ValueError:
            faults.add(row.at, f"date must look like 2026-11-23; got {row['date']!r}")
            continue
        lines.append(RosterLine(row.at, row["unit"], row["shift"], row["username"], on_date, row["days"]))
    faults.check()
    return lines


def read_teams(content: bytes) -> list[TeamLine]:
    """CSV or XLSX with the columns unit, username, part. Raises `Faults`."""
    return [
        TeamLine(row.at, row["unit"], row["username"], _PARTS.get(row["part"], row["part"]))
        for row in read_rows(content, TEAM_COLUMNS)
    ]


def read_departments(content: bytes) -> list[DepartmentLine]:
    """CSV or XLSX with the columns id, name, and may be units, kinds, answer_minutes. Raises `Faults`."""
    return [_department(row) for row in read_rows(content, DEPARTMENT_COLUMNS)]


_PARTS = {"警官": Part.OFFICER, "民警": Part.OFFICER, "网格员": Part.GRID_WORKER, "志愿者": Part.HELPER}


def _department(row: Row) -> DepartmentLine:
    minutes = row["answer_minutes"][:9]  # longer is no number of minutes, and int() refuses thousands of digits
    units, kinds = (tuple(part.strip() for part in row[name].split(";") if part.strip()) for name in ("units", "kinds"))
    return DepartmentLine(
        row.at, row["id"], row["name"], units, kinds, int(minutes) if minutes.isdecimal() else 30 if not minutes else 0
    )


async def write_roster(session: AsyncSession, town: Town, lines: Sequence[RosterLine]) -> int:
    """Replaces what the roster said of each unit and date that a line names, and of each unit's week. Returns how many
    lines there are. Raises `Faults` naming each that is wrong."""
    faults = _Found()
    known = await repository.usable(session, {line.username for line in lines})
    shifts = {shift.name for shift in town.settings.shifts}
    for line in lines:
        _check_roster(line, town, shifts, known, faults)
    seen: dict[tuple[object, ...], str] = {}
    for line in lines:
        key = (line.unit, line.shift, line.username, line.on_date, line.days)
        if key in seen:
            faults.add(line.at, f"says the same as {seen[key]}")
        seen[key] = line.at
    faults.check()
    await repository.clear_roster(session, {(line.unit, line.on_date) for line in lines})
    session.add_all(
        RosterEntry(unit=line.unit, shift=line.shift, username=line.username, on_date=line.on_date, days=line.days)
        for line in lines
    )
    await session.flush()
    return len(lines)


def _check_roster(line: RosterLine, town: Town, shifts: set[str], known: set[str], faults: _Found) -> None:
    if town.unit(line.unit) is None:
        faults.add(line.at, f"there is no unit {line.unit!r}")
    if line.shift not in shifts:
        faults.add(line.at, f"shift must be one of {', '.join(sorted(shifts))}; got {line.shift!r}")
    if (line.on_date is None) == (not line.days):
        faults.add(line.at, "give either a date or days of the week, such as Mon-Fri")
    if line.days and not _is_days(line.days):
        faults.add(line.at, f"days must look like Mon-Fri or Sat,Sun, without hours; got {line.days[:40]!r}")
    if line.username and line.username not in known:
        faults.add(line.at, f"there is no account {line.username!r}, or it is disabled")
    if not line.username and line.days:
        faults.add(line.at, "a line of the week needs a username; only a date can be nobody's")


def _is_days(text: str) -> bool:
    try:
        return (found := span(text)).from_min == 0 and found.to_min == 1440 and ":" not in text and len(text) <= 64
    except ValueError:
        return False


async def write_teams(session: AsyncSession, town: Town, lines: Sequence[TeamLine], units: Iterable[str] = ()) -> int:
    """Replaces the team of each unit that a line or `units` names. Returns how many lines there are.

    Raises `Faults`: no such unit or account, another part, more than one officer or grid worker.
    """
    faults = _Found()
    known = await repository.usable(session, {line.username for line in lines})
    single: dict[tuple[str, str], str] = {}
    members: dict[tuple[str, str], str] = {}
    for line in lines:
        if town.unit(line.unit) is None:
            faults.add(line.at, f"there is no unit {line.unit!r}")
        if line.part not in set(Part):
            faults.add(line.at, f"part must be one of {', '.join(Part)}; got {line.part[:40]!r}")
        if line.username not in known:
            faults.add(line.at, f"there is no account {line.username!r}, or it is disabled")
        if (line.unit, line.username) in members:
            faults.add(line.at, f"{line.username} stands in {members[line.unit, line.username]} already")
        members[line.unit, line.username] = line.at
        if line.part != Part.HELPER:
            if (line.unit, line.part) in single:
                faults.add(line.at, f"the {line.part} of {line.unit} stands in {single[line.unit, line.part]} already")
            single[line.unit, line.part] = line.at
    for unit, count in Counter(line.unit for line in lines).items():
        if count > MOST_MEMBERS:
            faults.add(unit, f"a team has at most {MOST_MEMBERS} members; got {count}")
    faults.check()
    await repository.clear_teams(session, {*units, *(line.unit for line in lines)})
    session.add_all(TeamMember(unit=line.unit, username=line.username, part=line.part) for line in lines)
    await session.flush()
    return len(lines)


async def write_departments(session: AsyncSession, town: Town, lines: Sequence[DepartmentLine]) -> int:
    """Make the town's departments these. Raises `Faults`: a name twice, no such unit or kind."""
    faults = _Found()
    seen: dict[str, str] = {}
    for line in lines:
        _check_department(line, town, seen, faults)
        seen[line.id] = line.at
    if len(lines) > MOST_DEPARTMENTS:
        faults.add(lines[MOST_DEPARTMENTS].at, f"a town has at most {MOST_DEPARTMENTS} departments; got {len(lines)}")
    faults.check()
    rows = [
        DepartmentRow(
            id=line.id,
            position=n,
            name=line.name,
            units=list(line.units),
            kinds=list(line.kinds),
            answer_minutes=line.answer_minutes,
        )
        for n, line in enumerate(lines)
    ]
    await repository.replace_departments(session, rows)
    return len(rows)


def _check_department(line: DepartmentLine, town: Town, seen: Mapping[str, str], faults: _Found) -> None:
    if not line.id or len(line.id) > 64:
        faults.add(line.at, f"id must be 1 to 64 letters; got {line.id[:80]!r}")
    if line.id in seen:
        faults.add(line.at, f"the id {line.id!r} stands in {seen[line.id]} already")
    if not 1 <= len(line.name) <= MOST_NAME:
        faults.add(line.at, f"name must be 1 to {MOST_NAME} letters; got {line.name[:80]!r}")
    if len(line.units) > MOST_UNITS:
        faults.add(line.at, f"units may name {MOST_UNITS} at most, none for the whole town; got {len(line.units)}")
    for unit in line.units:
        if town.unit(unit) is None:
            faults.add(line.at, f"there is no unit {unit!r}")
    for kind in line.kinds:
        if kind not in set(Kind):
            faults.add(line.at, f"kinds must be among {', '.join(Kind)}; got {kind[:40]!r}")
    if not 1 <= line.answer_minutes <= MOST_ANSWER_MINUTES:
        faults.add(line.at, f"answer_minutes must be 1 to {MOST_ANSWER_MINUTES}")
