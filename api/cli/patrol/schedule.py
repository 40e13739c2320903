"""`sanxun patrol schedule`: patrols that are flown again and again."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import DataDir, Json, data_dir
from api.cli.patrol import kept, options

if TYPE_CHECKING:
    from api.patrols.calendar import Conflict, Slot
    from api.patrols.kept import Kept
    from api.patrols.schedules import Upcoming

app = typer.Typer(no_args_is_help=True, help="Recurring patrols: add, list with conflicts, end. A person starts each.")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@app.command("add")
def add(
    plan: Annotated[Path, typer.Argument(metavar="PLAN.plan", exists=True, dir_okay=False)],
    vehicle: Annotated[int, typer.Option(min=1, max=255, help="The vehicle's MAVLink system id.")],
    operator: Annotated[str, typer.Option(help="Who flies it.")],
    at: Annotated[str, typer.Option(metavar="HH:MM", help="In the site's time zone.")],
    days: Annotated[str, typer.Option(metavar="mon,wed", help="Days of the week.")] = ",".join(_DAYS),
    first: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="First day; default today.")] = None,
    last: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Last day; default none.")] = None,
    data: DataDir = None,
) -> None:
    """Keep a plan in the data folder and fly it again and again."""
    from api.patrols import plans, schedules
    from api.patrols.schemas import PlanBody, ScheduleBody
    from drone.errors import BadPlan

    who = kept.at_this_machine()
    try:
        document = json.loads(options.text_of(plan))
    except ValueError as error:
        raise BadPlan(f"{plan.name} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadPlan(f"{plan.name} is no QGroundControl plan")
    weekdays, minute = _weekdays(days), _minute(at)
    begins, ends = _day(first, "--first") or date.today(), _day(last, "--last")

    async def act(house: Kept) -> str:
        row = await plans.keep(house, who, PlanBody(name=plan.stem[:120], plan=document))
        body = ScheduleBody(
            plan_id=row.id,
            vehicle=vehicle,
            operator=operator,
            weekdays=weekdays,
            minute=minute,
            first=begins,
            last=ends,
        )
        return (await schedules.make(house, who, body)).id

    print(kept.run(data_dir(data), act))


@app.command("list")
def list_them(
    start: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="First local day; default today.")] = None,
    days: Annotated[int, typer.Option(min=1, max=92)] = 14,
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """What comes, and what cannot be flown. Exit status 1 where something clashes, or an operator may fly no more."""
    from api.patrols import repository, schedules

    begins, who = _day(start, "--start"), kept.at_this_machine()

    async def act(house: Kept) -> tuple[Upcoming, list[dict[str, str]]]:
        async with house.database.reading() as session:
            rows = await repository.schedules(session, who)
            may_fly = await repository.who_may_fly(session, {row.operator for row in rows})
        grounded = [{"schedule": row.id, "operator": row.operator} for row in rows if row.operator not in may_fly]
        return await schedules.upcoming(house, who, begins, days), grounded

    seen, grounded = kept.run(data_dir(data), act)
    facts = {
        "occurrences": [_slot(one) for one in seen.slots],
        "conflicts": [_clash(one) for one in seen.conflicts],
        "grounded": grounded,
    }
    print(json.dumps(facts, indent=1) if as_json else _sentences(seen, grounded))
    if seen.conflicts or grounded:
        raise typer.Exit(1)


@app.command("end")
def end(schedule: Annotated[str, typer.Argument(metavar="ID")], data: DataDir = None) -> None:
    """End a schedule; it stays on record."""
    from api.patrols import schedules

    kept.run(data_dir(data), lambda house: schedules.end(house, kept.at_this_machine(), schedule))


def _weekdays(text: str) -> list[int]:
    from drone.errors import BadArea

    try:
        return [_DAYS.index(day.strip().lower()[:3]) for day in text.split(",")]
    except ValueError:
        raise BadArea(f"--days are of {', '.join(_DAYS)}; got {text!r}") from None


def _minute(text: str) -> int:
    from drone.errors import BadArea

    try:
        found = datetime.strptime(text, "%H:%M")
    except ValueError:
        raise BadArea(f"--at must be HH:MM, for instance 09:30; got {text!r}") from None
    return found.hour * 60 + found.minute


def _day(text: str | None, option: str) -> date | None:
    from drone.errors import BadArea

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadArea(f"{option} must be YYYY-MM-DD; got {text!r}") from None


def _slot(one: Slot) -> dict[str, Any]:
    return {
        "schedule": one.schedule.id,
        "vehicle": one.schedule.vehicle,
        "operator": one.schedule.operator,
        "starts_at": one.starts_at.isoformat(),
        "ends_at": one.ends_at.isoformat(timespec="seconds"),
    }


def _clash(one: Conflict) -> dict[str, Any]:
    return {
        "schedules": [one.one.schedule.id, one.other.schedule.id],
        "starts_at": one.other.starts_at.isoformat(),
        "why": list(one.why),
    }


def _sentences(seen: Upcoming, grounded: list[dict[str, str]]) -> str:
    """In the site's time zone, as `--at` is."""

    def local(moment: datetime, form: str = "%a %Y-%m-%d %H:%M") -> str:
        return moment.astimezone(seen.zone).strftime(form)

    lines = [
        f"{local(slot.starts_at)} to {local(slot.ends_at, '%H:%M')}  vehicle {slot.schedule.vehicle}  "
        f"{slot.schedule.operator}  {slot.schedule.id}"
        for slot in seen.slots
    ]
    lines += [
        f"conflict on {local(clash.other.starts_at)}, {clash.one.schedule.id} and {clash.other.schedule.id}: the same "
        f"{', '.join(clash.why)}"
        for clash in seen.conflicts
    ]
    lines += [f"{one['schedule']}: {one['operator']} is no drone operator whose account is open" for one in grounded]
    return "\n".join(lines) or "nothing is scheduled"
