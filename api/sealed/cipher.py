"""Sealed files on disk: AES-256-GCM in chunks, so that neither writing nor reading one holds it all in memory.

A file is ``SXS1`` and then chunks of at most 64 KiB of content, each followed by its 16-byte tag. The nonce of a chunk
is seven zero bytes, its number in four bytes, and 1 in the last chunk, 0 in the others (the STREAM construction of
Hoang, Reyhanitabar, Rogaway and Vizar, 2015): a chunk that was cut off, moved or repeated does not open. Numbers alone
are safe as nonces because each file has a key of its own; the file's id is authenticated with every chunk.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"SXS1"
CHUNK = 64 * 1024
_TAG = 16
_MOST_CHUNKS = 2**32


class Damaged(ValueError):
    """A sealed file that does not open with its key: altered, cut short, or another file's."""


def _nonce(number: int, last: bool) -> bytes:
    return bytes(7) + struct.pack(">IB", number, last)


class _Written(Protocol):
    def write(self, data: bytes, /) -> object: ...


class SealWriter:
    """Encrypts what is written to it into `file`; `finish` writes the last chunk."""

    def __init__(self, file: _Written, key: bytes, file_id: str) -> None:
        self._file, self._cipher, self._about = file, AESGCM(key), file_id.encode()
        self._waiting, self._number = bytearray(), 0
        file.write(MAGIC)

    def write(self, data: bytes) -> None:
        self._waiting += data
        # One byte more than a chunk must wait: only then is this chunk not the last.
        while len(self._waiting) > CHUNK:
            self._chunk(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def finish(self) -> None:
        self._chunk(bytes(self._waiting), last=True)

    def _chunk(self, content: bytes, last: bool) -> None:
        if self._number >= _MOST_CHUNKS:
            raise ValueError(f"a sealed file has at most {_MOST_CHUNKS} chunks")
        self._file.write(self._cipher.encrypt(_nonce(self._number, last), content, self._about))
        self._number += 1


class SealReader(io.RawIOBase):
    """The content of a sealed file, to read and to seek in. Raises `Damaged`, `OSError`."""

    def __init__(self, path: Path, key: bytes, file_id: str) -> None:
        self._cipher, self._about, self._path = AESGCM(key), file_id.encode(), path
        self._file = path.open("rb")
        stored = os.fstat(self._file.fileno()).st_size - len(MAGIC)
        self._chunks = max(1, -(-stored // (CHUNK + _TAG)))
        self.size = stored - self._chunks * _TAG
        self._at, self._held = 0, (-1, b"")
        if self._file.read(len(MAGIC)) != MAGIC or self.size < 0:
            self._file.close()
            raise Damaged(f"{path.name} is not a sealed file of this version")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence])
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        number, within = divmod(self._at, CHUNK)
        if self._at >= self.size:
            return 0
        content = self._chunk(number)[within : within + len(buffer)]
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)

    def chunks(self) -> Iterator[bytes]:
        """Everything from the start. The last chunk's mark is checked: what was cut off shows."""
        for number in range(self._chunks):
            yield self._chunk(number)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _chunk(self, number: int) -> bytes:
        if self._held[0] != number:
            self._file.seek(len(MAGIC) + number * (CHUNK + _TAG))
            stored = self._file.read(CHUNK + _TAG)
            try:
                content = self._cipher.decrypt(_nonce(number, number == self._chunks - 1), stored, self._about)
            except InvalidTag:
                raise Damaged(f"{self._path.name} was altered or cut short, or this is not its key") from None
            self._held = (number, content)
        return self._held[1]
