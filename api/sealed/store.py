"""Sealed files: a folder of their own that no page and no picture route reads from, named by random ids, encrypted.

A file is written and synced before the transaction that names it; one that nothing names is swept away later. What
lies there from before there was encryption is opened as it is.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import secrets
import time
from collections.abc import AsyncIterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from api.evidence.store import sync_folder
from api.sealed.cipher import Damaged, SealReader, SealWriter
from api.sealed.keys import KeyFile, WrappedKey
from api.sealed.mp4 import Mp4, inspect_file

# An upload in hand is not swept away: none takes so long.
_SWEEP_AFTER_S = 3600.0
_PLAIN, _SEALED = ".mp4", ".sealed"
_AT_ONCE = 256 * 1024


@dataclass(frozen=True, slots=True)
class SealedFile:
    """`sha256` and `size_bytes` are those of the clip itself."""

    file_id: str
    sha256: str
    size_bytes: int
    mp4: Mp4
    key: WrappedKey


class SealedStore:
    def __init__(self, folder: Path, keys: KeyFile) -> None:
        self._folder, self.keys = folder, keys

    def path_of(self, file_id: str, sealed: bool) -> Path:
        return self._folder / file_id[:2] / f"{file_id}{_SEALED if sealed else _PLAIN}"

    async def put(self, chunks: AsyncIterable[bytes], now: datetime) -> SealedFile:
        """Keep an upload for good, never unencrypted on the disk. Raises ValueError where it is no MP4 with video, and
        `NoKey`; nothing of it stays then."""
        file_id, file_key = secrets.token_hex(16), secrets.token_bytes(32)
        wrapped = await asyncio.to_thread(self.keys.wrap, file_key, file_id, now)
        path = self.path_of(file_id, sealed=True)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(".part")
        digest, size = hashlib.sha256(), 0
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                writer = SealWriter(file, file_key, file_id)
                async for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    writer.write(chunk)
                writer.finish()
                file.flush()
                await asyncio.to_thread(os.fsync, file.fileno())
            mp4 = await asyncio.to_thread(_inspected, part, file_key, file_id)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        await asyncio.to_thread(self._sync, path)
        return SealedFile(file_id, digest.hexdigest(), size, mp4, wrapped)

    def has(self, file_id: str, key: WrappedKey | None) -> bool:
        return self.path_of(file_id, key is not None).is_file()

    def read(self, file_id: str, key: WrappedKey | None) -> Iterator[bytes]:
        """Blocking. The clip in pieces; the file is opened, and its first piece proven, before this returns. Raises
        `Damaged`, `NoKey`, `OSError`, the first also while it is being read."""
        path = self.path_of(file_id, key is not None)
        pieces = _plain(path) if key is None else _opened(path, self.keys.unwrap(key, file_id), file_id)
        first = next(pieces, b"")
        return _after(first, pieces)

    def delete(self, file_id: str) -> None:
        """Blocking. The file and its bytes' place on the disk are given up; done twice, it is done."""
        for path in (self.path_of(file_id, sealed=True), self.path_of(file_id, sealed=False)):
            path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_folder(path.parent)

    def encrypt(self, file_id: str, now: datetime) -> WrappedKey:
        """Blocking. Encrypt beside it a file from before; the plain one stays until the row says otherwise."""
        file_key = secrets.token_bytes(32)
        wrapped = self.keys.wrap(file_key, file_id, now)
        with _Replacing(self.path_of(file_id, sealed=True)) as file:
            writer = SealWriter(file, file_key, file_id)
            for piece in _plain(self.path_of(file_id, sealed=False)):
                writer.write(piece)
            writer.finish()
            file.done()
        return wrapped

    def decrypt(self, file_id: str, key: WrappedKey) -> None:
        """Blocking. The way back to a program that knows no encryption: a plain copy beside it."""
        with _Replacing(self.path_of(file_id, sealed=False)) as file:
            for piece in self.read(file_id, key):
                file.write(piece)
            file.done()

    def drop(self, file_id: str, *, sealed: bool) -> None:
        """Blocking. Of a file that lies there both ways, one."""
        self.path_of(file_id, sealed).unlink(missing_ok=True)

    def strays(self, known: set[str]) -> list[Path]:
        """Blocking. Files that no row names, older than any upload in hand."""
        before = time.time() - _SWEEP_AFTER_S
        files = (path for end in (_PLAIN, _SEALED, ".part") for path in self._folder.glob(f"*/*{end}"))
        return [path for path in files if path.stem not in known and path.stat().st_mtime < before]

    def _sync(self, path: Path) -> None:
        sync_folder(path.parent)
        sync_folder(self._folder)


class _Replacing:
    """A file that appears under its name whole and synced, or not at all."""

    def __init__(self, path: Path) -> None:
        self._path, self._part = path, path.with_suffix(".part")

    def __enter__(self) -> _Replacing:
        self._part.unlink(missing_ok=True)
        self._file = os.fdopen(os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        return self

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def done(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._part.replace(self._path)
        sync_folder(self._path.parent)

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)


def _plain(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_AT_ONCE):
            yield piece


def _opened(path: Path, file_key: bytes, file_id: str) -> Iterator[bytes]:
    with SealReader(path, file_key, file_id) as reader:
        yield from reader.chunks()


def _after(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _inspected(path: Path, file_key: bytes, file_id: str) -> Mp4:
    with SealReader(path, file_key, file_id) as reader:
        return inspect_file(io.BufferedReader(reader), reader.size)


__all__ = ["Damaged", "SealedFile", "SealedStore"]
