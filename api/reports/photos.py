"""A report's photo: through the one door for photos, then before the detectors."""

from __future__ import annotations

import asyncio

from api.house import House
from api.reports.eye import Proposal


async def look(house: House, photo: bytes) -> tuple[bytes, Proposal]:
    """The cleaned JPEG, and what the detectors make of it. Raises `Unprocessable` and `Unavailable`."""
    jpeg = await asyncio.to_thread(house.photos.clean, photo)
    return jpeg, await asyncio.to_thread(house.eye.propose, jpeg)


async def take(house: House, photo: bytes | None) -> tuple[tuple[str, int] | None, Proposal | None]:
    """The photo cleaned and on disk, as its sha256 and size, with the proposal."""
    if photo is None:
        return None, None
    jpeg, proposed = await look(house, photo)
    return (await house.evidence.put_clean(jpeg), len(jpeg)), proposed
