"""Keys are changed beside running uploads and other commands, and lock nobody out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.auth.roles import Role
from api.house import offline
from api.sealed.custody import encrypt_plain, rotate
from api.sealed.keys import Busy, KeyFile
from api.sealed.store import SealedStore
from tests.api.clips import EVENT, REASON, put
from tests.api.house import FakeTime, Served, event
from tests.local import until


def test_a_clip_that_comes_while_the_old_key_is_forgotten_is_sent_again_and_opens(served: Served, mp4: bytes) -> None:
    served.post(event(), event("i-2"))
    assert put(served, mp4).status_code == 204
    folder, keys = served.data / "sealed", KeyFile(served.data / "seal.keys")

    async def change() -> int:
        async with offline(served.data) as database:
            return await rotate(database, keys, served.time.at, forget=True)

    def upload() -> Iterator[bytes]:
        yield mp4[:1000]
        until(lambda: list(folder.glob("*/*.part")))
        assert asyncio.run(change()) == 1
        yield mp4[1000:]

    refused = served.client(Role.WORKER).put("/worker/events/i-2-raised/clip", content=upload())
    assert (refused.status_code, "changed during the upload" in refused.json()["detail"]) == (503, True)
    assert len(list(folder.glob("*/*"))) == 1
    assert put(served, mp4, "i-2-raised").status_code == 204
    for event_id in (EVENT, "i-2-raised"):
        assert served.client(Role.OFFICER).post(f"/clips/{event_id}/open", json=REASON).content == mp4


def test_of_two_that_change_the_key_at_once_neither_drops_the_others(tmp_path: Path) -> None:
    path, now = tmp_path / "seal.keys", FakeTime().at
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: KeyFile(path).add(now), range(24)))
    assert {key.id for key in KeyFile(path).all()} == {key.id for key in made}


def test_of_two_commands_on_all_originals_the_second_is_refused(tmp_path: Path) -> None:
    """`seal encrypt` beside `seal rotate --forget-old` put an original under a key that was being forgotten."""
    keys, now = KeyFile(tmp_path / "seal.keys"), FakeTime().at

    async def both() -> None:
        async with offline(tmp_path) as database:
            with keys.one_command():
                for work in (
                    rotate(database, keys, now, forget=True),
                    encrypt_plain(database, SealedStore(tmp_path / "sealed", keys), now),
                ):
                    with pytest.raises(Busy, match="give this one when that is done"):
                        await work
            assert keys.all() == ()
            await rotate(database, keys, now, forget=True)

    asyncio.run(both())
    assert len(keys.all()) == 1
