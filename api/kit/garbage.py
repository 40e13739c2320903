"""Garbage collection that does not stop the server: what has survived one full collection is not walked again.

Python's collector stops everything while it runs, and a full collection walks every object there is: with 5,000 phones
polling, up to 450 ms in which nobody is answered. So the survivors of each are set aside (``gc.freeze``), and the next
one walks only what came since. Set aside, an object still goes as soon as nothing refers to it; only cycles among such
objects stay. They are let go when what is set aside has grown by half, by one collection of the long kind.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

_LOOK_EVERY_S = 600.0
_GROWTH = 1.5
_OLDEST = 2


@asynccontextmanager
async def short_collections(look_every_s: float = _LOOK_EVERY_S) -> AsyncIterator[None]:
    """For as long as the block lasts; after it the collector is as before."""
    gc.collect()
    gc.callbacks.append(_set_aside)
    gc.freeze()
    letting_go = asyncio.create_task(_let_go(look_every_s, gc.get_freeze_count()))
    try:
        yield
    finally:
        letting_go.cancel()
        gc.callbacks.remove(_set_aside)
        gc.unfreeze()


def _set_aside(phase: str, about: dict[str, Any]) -> None:
    if phase == "stop" and about["generation"] == _OLDEST:
        gc.freeze()


async def _let_go(look_every_s: float, set_aside: int) -> None:
    while True:
        await asyncio.sleep(look_every_s)
        if gc.get_freeze_count() > _GROWTH * set_aside:
            gc.unfreeze()
            gc.collect()  # whose survivors are set aside by the callback
            set_aside = gc.get_freeze_count()
