"""Which bytes a url gave when weights were first pulled from it: `pins.json` in the folder of weights."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from models.errors import CorruptModel
from models.urls import scrubbed


@dataclass(frozen=True, slots=True)
class Pin:
    """`at` is UTC, ISO 8601. `etag` is the server's own mark of these bytes, where it gave one."""

    sha256: str
    bytes: int
    etag: str | None
    at: str


class Pins:
    """The record of one folder of weights. Urls are kept without what may be secret in them."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @staticmethod
    def key(url: str) -> str:
        """A short name for the url that gives nothing of it away."""
        return hashlib.sha256(url.encode()).hexdigest()

    def of(self, url: str) -> Pin | None:
        """Raises `CorruptModel` where the record cannot be read: then it is not known what was pinned."""
        entry = self._read().get(_label(url))
        if entry is None:
            return None
        try:
            return Pin(**entry)
        except TypeError as error:
            raise CorruptModel(f"{self._file}: the pin of {_label(url)} is not in its form: {error}") from None

    def keep(self, url: str, pin: Pin) -> None:
        entries = {**self._read(), _label(url): asdict(pin)}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        beside = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        with beside.open("w", encoding="utf-8") as stream:
            json.dump(entries, stream, indent=1, ensure_ascii=False)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(self._file)

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            entries = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise CorruptModel(
                f"{self._file} cannot be read: {error}. It holds the checksums of pulled weights"
            ) from None
        if not isinstance(entries, dict):
            raise CorruptModel(f"{self._file} is no record of checksums")
        return entries


def _label(url: str) -> str:
    """Readable, and without a secret: of a query only its hash, since it may choose the file or sign the link."""
    query = urlsplit(url).query
    return scrubbed(url) + (f"?{Pins.key(query)[:16]}" if query else "")
