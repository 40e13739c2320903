"""Evidence on its way to the API: files named after their event, bounded, the first to go when a disk fills."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger("sanxun.evidence")

CLIP, STILL = ".mp4", ".jpg"
_NAMES = {CLIP: "clips", STILL: "stills"}
_MOST_BYTES = 2 << 30
# What evidence leaves free on its disk, for the outbox: some 100,000 events without their pictures.
_KEEP_FREE_BYTES = 128 << 20


@dataclass(frozen=True, slots=True)
class ShelfCounts:
    clips: int
    stills: int
    size_bytes: int


class Shelf:
    """A folder of `<event id>.mp4` and `<event id>.jpg`, safe between threads; what a crash leaves is found again.

    Beyond `most_bytes`, or where less than `keep_free_bytes` of the disk is free, the oldest clips go, then the oldest
    stills; `take_dropped` says how many, once. `sweep` removes what a crash left half-written: not while another
    process may be writing.
    """

    def __init__(
        self,
        folder: Path,
        *,
        most_bytes: int = _MOST_BYTES,
        keep_free_bytes: int = _KEEP_FREE_BYTES,
        sweep: bool = True,
    ) -> None:
        self._folder = folder
        self._most_bytes, self._keep_free_bytes = most_bytes, keep_free_bytes
        self._lock = threading.Lock()
        self._dropped: Counter[str] = Counter()
        self.changed = threading.Condition()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for torn in folder.glob("*.part") if sweep else ():
            torn.unlink(missing_ok=True)

    def path_for(self, event_id: str, kind: str) -> Path:
        """Where to write a file of `kind` (`CLIP` or `STILL`): beside it first, then renamed, then `added`."""
        return self._folder / f"{event_id}{kind}"

    def add_still(self, event_id: str, jpeg: bytes) -> None:
        """Raises OSError where the disk does not take it."""
        path = self.path_for(event_id, STILL)
        part = path.with_name(path.name + ".part")
        try:
            part.touch(mode=0o600)
            part.write_bytes(jpeg)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        self.added(path)

    def added(self, path: Path) -> None:
        """A file is whole: make it outlive a power cut, keep to the bounds, and let the sender know."""
        for target in (path, self._folder):
            handle = os.open(target, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        self.keep_to_bounds()
        with self.changed:
            self.changed.notify_all()

    def waiting(self) -> list[Path]:
        """Stills before clips, the oldest first: a still is what everybody sees."""
        return [path for kind in (STILL, CLIP) for path, _ in self._oldest(kind)]

    def done(self, path: Path) -> None:
        """The API has it."""
        path.unlink(missing_ok=True)

    def keep_to_bounds(self) -> None:
        with self._lock:
            size = self.counts().size_bytes
            short = self._keep_free_bytes - shutil.disk_usage(self._folder).free
            self._drop(max(size - self._most_bytes, short))

    def make_room(self, size_bytes: int) -> int:
        """Give up the oldest clips, then the oldest stills, of that many bytes together. Returns the bytes freed."""
        with self._lock:
            return self._drop(size_bytes)

    def take_dropped(self) -> Counter[str]:
        """How many `clips` and `stills` were given up since the last call."""
        with self._lock:
            taken, self._dropped = self._dropped, Counter()
            return taken

    def give_back_dropped(self, counts: Counter[str]) -> None:
        """They could not be written down: they are still to be counted."""
        with self._lock:
            self._dropped += counts

    def counts(self) -> ShelfCounts:
        clips, stills = list(self._oldest(CLIP)), list(self._oldest(STILL))
        return ShelfCounts(len(clips), len(stills), sum(size for _, size in (*clips, *stills)))

    def _drop(self, size_bytes: int) -> int:
        freed = 0
        for kind in (CLIP, STILL):
            for path, size in self._oldest(kind):
                if freed >= size_bytes:
                    break
                path.unlink(missing_ok=True)
                freed += size
                self._dropped[_NAMES[kind]] += 1
        if freed:
            log.warning("the disk is full or the shelf at its cap: %.1f MB of the oldest evidence dropped", freed / 1e6)
        return freed

    def _oldest(self, kind: str) -> Iterator[tuple[Path, int]]:
        found: list[tuple[float, Path, int]] = []
        for path in self._folder.glob(f"*{kind}"):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue  # delivered meanwhile
            found.append((status.st_mtime, path, status.st_size))
        return ((path, size) for _, path, size in sorted(found))
