"""Requests that are carried out together: nobody's answer or fault becomes another's."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.events.schemas import EventsIn
from api.events.service import Sent, take_together
from api.hazards.models import HazardRow
from api.house import open_house
from api.kit.together import Together
from api.notify.models import NoticeRow
from api.settings import Settings
from api.site.offline import write_site
from api.tickets.models import TicketRow
from streams.site import parse_site
from tests.api.house import SITE, FakeTime, event


def test_whoever_comes_meanwhile_is_served_with_the_next_in_order() -> None:
    rounds: list[list[int]] = []

    async def double(asked: Sequence[int]) -> list[int]:
        rounds.append(list(asked))
        await asyncio.sleep(0)
        return [2 * one for one in asked]

    async def many() -> list[int]:
        together: Together[int, int] = Together(most=4)
        first = asyncio.create_task(together.ask(0, double))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return list(await asyncio.gather(first, *(together.ask(n, double) for n in range(1, 8))))

    assert asyncio.run(many()) == [0, 2, 4, 6, 8, 10, 12, 14]
    assert rounds == [[0], [1, 2, 3, 4], [5, 6, 7]]


def test_a_fault_is_its_owners_alone_and_who_leaves_stops_nobody() -> None:
    served: list[str] = []

    async def keep(asked: Sequence[str]) -> list[str]:
        await asyncio.sleep(0)
        if "bad" in asked:
            raise ValueError("bad")
        served.extend(asked)
        return list(asked)

    async def four() -> list[str | BaseException]:
        together: Together[str, str] = Together(most=9)
        tasks = [asyncio.create_task(together.ask(one, keep)) for one in ("a", "bad", "gone", "b")]
        await asyncio.sleep(0)
        tasks[2].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    a, bad, gone, b = asyncio.run(four())
    assert (a, b) == ("a", "b")
    assert isinstance(bad, ValueError)
    assert isinstance(gone, asyncio.CancelledError)
    assert served == ["a", "gone", "b"]


@pytest.mark.parametrize("order", [("raised", "cleared"), ("cleared", "raised")])
def test_events_of_one_transaction_see_each_other(tmp_path: Path, order: tuple[str, str]) -> None:
    """The same thing in two zones that overlap, sent by two at once, is one hazard; an all-clear in the same moment
    takes effect in whichever order it came; the same event twice is a duplicate."""

    async def take() -> list[tuple[list[str], list[str], list[str]]]:
        async with open_house(Settings(data=tmp_path), FakeTime().clock(), lambda _: None) as house:  # type: ignore[arg-type,return-value]
            bodies = [
                [event("one", order[0], zone="aisle"), event("one", order[1], zone="aisle")],
                [event("two", zone="walk")],
                [event("two", zone="walk"), event("three", zone="yard")],
            ]
            requests = [Sent(EventsIn.model_validate({"events": body}).events, {}, "worker") for body in bodies]
            taken = await take_together(house, requests)
            return [(one.accepted, one.duplicates, [effect.told[0][1] for effect in one.effects]) for one in taken]

    first, second, third = asyncio.run(take())
    assert first == (
        [f"one-{each}" for each in order],
        [],
        ["one", "one"] if order[0] == "raised" else ["one"],
    )
    assert second == (["two-raised"], [], ["two"]), "what was there before has gone: another"
    assert third == (["three-raised"], ["two-raised"], ["two"]), "the same box at the same time"


@pytest.mark.parametrize("seed", range(2))
def test_many_at_once_come_to_what_one_after_another_comes_to(tmp_path: Path, seed: int) -> None:
    """Merges, recurrences, all-clears that overtake, places in no camera: with all their figures but the ids."""
    dice = random.Random(seed)
    bodies = [body for number in range(24) for body in _something(dice, number)]
    dice.shuffle(bodies)
    cuts = [0, *sorted(dice.sample(range(1, len(bodies)), 6)), len(bodies)]
    chunks = [bodies[start:end] for start, end in pairwise(cuts)]
    for name in ("singly", "together"):
        (tmp_path / name).mkdir()
        write_site(tmp_path / name, parse_site(SITE))
    one_by_one = asyncio.run(_taken(tmp_path / "singly", [[body] for body in bodies]))
    assert asyncio.run(_taken(tmp_path / "together", chunks)) == one_by_one
    assert len({row[1] for row in one_by_one if row[1]}) >= 2, "some were merged"


def _something(dice: random.Random, number: int) -> list[dict[str, Any]]:
    camera = dice.choice(("cam-1", "cam-2", "drone-1", "gone"))
    left, minute = dice.choice((100.0, 110.0, 600.0)), dice.randrange(50)
    place = None
    if camera == "drone-1":
        east, north = (round(dice.choice((0, 6, 40)) / 111_320, 7) for _ in range(2))
        place = {
            "lon": 113.85 + east,
            "lat": 27.62 + north,
            "semi_major_m": 3.0,
            "semi_minor_m": 2.0,
            "bearing_deg": 20.0,
        }
    common: dict[str, Any] = {
        "camera": camera,
        "zone": dice.choice(("aisle", "yard")),
        "hazard": dice.choice(("illegal_parking", "illegal_parking", "fire_lane")),
        "xyxy": [left, 50.0, left + 200, 200.0],
        "still_jpeg": None,
        **({"source": "drone", "place": place} if place else {}),
    }
    raised = event(f"i-{number}", captured_at=f"2026-11-22T07:{minute:02}:00.000Z", **common)
    cleared = event(f"i-{number}", "cleared", captured_at=f"2026-11-22T08:{minute:02}:00.000Z", **common)
    return [raised, cleared] if dice.random() < 0.5 else [raised]


async def _taken(data: Path, chunks: list[list[dict[str, Any]]]) -> list[tuple[Any, ...]]:
    async with open_house(Settings(data=data), FakeTime().clock(), lambda _: None) as house:  # type: ignore[arg-type,return-value]
        for chunk in chunks:
            await take_together(house, [Sent(EventsIn.model_validate({"events": chunk}).events, {}, "worker")])
        async with house.database.reading() as session:
            hazards = (await session.scalars(select(HazardRow).order_by(HazardRow.seq))).all()
            tickets = {row.hazard_id: row for row in await session.scalars(select(TicketRow))}
            of = {row.id: row.hazard_id for row in tickets.values()}
            notices = (await session.scalars(select(NoticeRow))).all()
        told = {of[row.ticket_id]: (row.topic, row.recipients, row.facts) for row in notices if row.ticket_id}
    return [
        (row.id, row.merged_into, row.state, row.grid, row.cleared_at, *_of(tickets.get(row.id), of), told.get(row.id))
        for row in hazards
    ]


def _of(ticket: TicketRow | None, hazard_of: dict[str, str]) -> tuple[Any, ...]:
    if ticket is None:
        return ()
    steps = [(step.command, step.from_state, step.to_state, step.note) for step in ticket.history]
    again = hazard_of.get(ticket.recurrence_of or "")
    return ticket.number, ticket.state, ticket.grid, ticket.cause, ticket.dispatched_to, ticket.due_at, again, steps
