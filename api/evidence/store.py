"""Pictures as files, named by the hash of their content.

A file is written and synced before the transaction that refers to it begins: after a crash there may be a file that
nothing refers to, and never a reference without its file.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from pathlib import Path

from api.evidence.metadata import without_metadata


class EvidenceStore:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path_of(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}.jpg"

    async def put(self, jpeg: bytes) -> str:
        """Keep a picture for good, without what is not the picture; returns the sha256 of what is kept. The same is
        kept once. Every picture comes through here, whoever sent it. Raises `Unprocessable`."""
        return await asyncio.to_thread(self._put, jpeg)

    def delete(self, sha256: str) -> None:
        """Blocking. Gone from the disk; done twice, it is done."""
        path = self.path_of(sha256)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_folder(path.parent)

    def _put(self, jpeg: bytes) -> str:
        jpeg = without_metadata(jpeg)
        sha256 = hashlib.sha256(jpeg).hexdigest()
        path = self.path_of(sha256)
        if path.exists():
            return sha256
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(jpeg)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
        sync_folder(self._folder)
        return sha256


def sync_folder(folder: Path) -> None:
    """Make a rename outlive a power cut; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
