"""Garbage collection that does not stop the server."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from api.kit.garbage import short_collections


class Thing:
    other: Thing | None = None


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    callbacks, frozen = list(gc.callbacks), gc.get_freeze_count()
    yield
    assert gc.callbacks == callbacks
    assert gc.get_freeze_count() <= frozen


def test_what_survived_a_full_collection_is_not_walked_again() -> None:
    async def play() -> None:
        async with short_collections():
            things = [Thing() for _ in range(50_000)]
            gc.collect()
            assert gc.get_freeze_count() >= len(things)
            assert len(gc.get_objects(generation=2)) < 1000

    asyncio.run(play())


def test_what_nothing_refers_to_goes_at_once_though_set_aside() -> None:
    async def play() -> None:
        async with short_collections():
            thing = Thing()
            gone = weakref.ref(thing)
            gc.collect()
            del thing
            assert gone() is None

    asyncio.run(play())


def test_cycles_that_were_set_aside_are_let_go_when_half_as_much_again_is() -> None:
    async def play() -> None:
        async with short_collections(look_every_s=0.05):
            one, other = Thing(), Thing()
            one.other, other.other = other, one
            gone = weakref.ref(one)
            gc.collect()
            del one, other
            gc.collect()
            assert gone() is not None, "set aside, it is not walked"
            more = [Thing() for _ in range(gc.get_freeze_count())]
            gc.collect()
            for _ in range(200):
                if gone() is None:
                    break
                await asyncio.sleep(0.05)
            assert gone() is None
            assert more

    asyncio.run(play())
