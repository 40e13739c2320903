"""Sealed files: a folder of their own that no page and no picture route reads from, named by random ids.

A file is written and synced before the transaction that names it; one that nothing names is swept away later.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import time
from collections.abc import AsyncIterable
from dataclasses import dataclass
from pathlib import Path

from api.evidence.store import sync_folder
from api.sealed.mp4 import Mp4, inspect

# An upload in hand is not swept away: none takes so long.
_SWEEP_AFTER_S = 3600.0


@dataclass(frozen=True, slots=True)
class SealedFile:
    file_id: str
    sha256: str
    size_bytes: int
    mp4: Mp4


class SealedStore:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path_of(self, file_id: str) -> Path:
        return self._folder / file_id[:2] / f"{file_id}.mp4"

    async def put(self, chunks: AsyncIterable[bytes]) -> SealedFile:
        """Keep an upload for good. Raises ValueError where it is no MP4 with video; nothing of it stays then."""
        file_id = secrets.token_hex(16)
        path = self.path_of(file_id)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(".part")
        digest, size = hashlib.sha256(), 0
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                async for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
                file.flush()
                await asyncio.to_thread(os.fsync, file.fileno())
            mp4 = await asyncio.to_thread(inspect, part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        await asyncio.to_thread(self._sync, path)
        return SealedFile(file_id, digest.hexdigest(), size, mp4)

    def delete(self, file_id: str) -> None:
        """Blocking. The file and its bytes' place on the disk are given up; done twice, it is done."""
        path = self.path_of(file_id)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_folder(path.parent)

    def strays(self, known: set[str]) -> list[Path]:
        """Blocking. Files that no row names, older than any upload in hand."""
        before = time.time() - _SWEEP_AFTER_S
        files = (path for pattern in ("*/*.mp4", "*/*.part") for path in self._folder.glob(pattern))
        return [path for path in files if path.stem not in known and path.stat().st_mtime < before]

    def _sync(self, path: Path) -> None:
        sync_folder(path.parent)
        sync_folder(self._folder)
