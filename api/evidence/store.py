"""Pictures as files, named by the hash of their content.

A file is written and synced before the transaction that refers to it begins: after a crash there may be a file that
nothing refers to, and never a reference without its file.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from api.evidence.metadata import without_metadata

_SWEEP_AFTER_S = 3600.0


class EvidenceStore:
    """`clean` makes of whatever a program sends a picture that is fit to be kept. It may block."""

    def __init__(self, folder: Path, clean: Callable[[bytes], bytes] = without_metadata) -> None:
        self._folder, self._clean = folder, clean

    def path_of(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}.jpg"

    async def put(self, jpeg: bytes) -> str:
        """Keep a program's picture for good: decoded, redacted and encoded anew. Returns the sha256 of what is kept;
        the same is kept once. Raises `Unprocessable`, `Unavailable`."""
        return await asyncio.to_thread(lambda: self._put(self._clean(jpeg)))

    async def cleaned(self, jpeg: bytes) -> bytes:
        """What would be kept of a program's picture, for what is kept elsewhere. Raises `Unprocessable`,
        `Unavailable`."""
        return await asyncio.to_thread(lambda: without_metadata(self._clean(jpeg)))

    async def put_clean(self, jpeg: bytes) -> str:
        """The same for what this server has encoded itself: `PhotoCleaner.clean` gives it."""
        return await asyncio.to_thread(self._put, jpeg)

    def delete(self, sha256: str) -> None:
        """Blocking. Gone from the disk; done twice, it is done."""
        path = self.path_of(sha256)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_folder(path.parent)

    def old_files(self) -> Iterator[dict[str, Path]]:
        """Blocking. By folder, what lies there longer than any request takes: sha256 → file; parts of files too, by
        their names."""
        before = time.time() - _SWEEP_AFTER_S
        for folder in sorted(self._folder.glob("??")):
            yield {path.stem: path for path in folder.iterdir() if path.stat().st_mtime < before}

    def sweep(self, path: Path) -> bool:
        """Blocking. Delete a file that nothing names, unless it was put there again since it was found."""
        if not path.exists() or path.stat().st_mtime >= time.time() - _SWEEP_AFTER_S:
            return False
        path.unlink(missing_ok=True)
        return True

    def _put(self, jpeg: bytes) -> str:
        jpeg = without_metadata(jpeg)
        sha256 = hashlib.sha256(jpeg).hexdigest()
        path = self.path_of(sha256)
        if path.exists():
            path.touch()  # about to be named again: it is not swept away meanwhile
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
