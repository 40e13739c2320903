"""Requests that are carried out together: nobody's answer or fault becomes another's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from api.events.schemas import EventsIn
from api.events.service import Sent, take_together
from api.house import open_house
from api.kit.together import Together
from api.settings import Settings
from tests.api.house import FakeTime, event


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
