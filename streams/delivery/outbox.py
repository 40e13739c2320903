"""The durable way out: a rule's state and the events it raised, written together or not at all."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from streams.delivery import outbox_rows as rows
from streams.delivery.events import Sendable
from streams.delivery.outbox_file import Disk, fold_log, opened, stay_within
from streams.delivery.outbox_rows import OutboxCounts, Pending, SetAside
from streams.errors import OutboxUnwritable
from streams.evidence.shelf import Shelf, ShelfCounts

__all__ = ["Outbox", "OutboxCounts", "Pending", "SetAside"]

logger = logging.getLogger(__name__)

# Pictures given up at a time where the disk is full.
_STILLS_AT_ONCE = 20
_ROOM_BYTES = 8 << 20


class Outbox:
    """One SQLite file per worker, safe between threads.

    `commit` is durable when it returns (WAL, synchronous=FULL): a process killed at any moment leaves state and
    events that agree. Beyond `most_stills` waiting events the oldest lose their picture, beyond `most_events` the
    oldest are lost: both counted in the file and logged, evidence always before events. So it is with what the API
    refused, which has as many places of its own.

    Where the disk is full, what is on the `shelf` (clips, then stills) and then the oldest pictures in here make room
    for the events; that is logged and counted too.

    A file that SQLite finds corrupt is moved aside and a new one begun, loudly. Raises `OutboxUnwritable` when the
    disk does not take what is written; nothing of that commit is kept then, and the caller should try it again.
    """

    def __init__(
        self,
        path: Path,
        *,
        most_events: int = 200_000,
        most_stills: int = 5_000,
        shelf: Shelf | None = None,
        free_bytes: Callable[[], int] | None = None,
    ) -> None:
        self.path = path
        self.shelf = shelf
        self._most_events = most_events
        self._most_stills = most_stills
        self._lock = threading.Lock()
        self._more = threading.Condition()
        self._commits = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = opened(path)
        self._disk = Disk(path, free_bytes)
        self._disk.take_ballast()
        self._disk_full = False

    def commit(self, camera: str, state: bytes | None, events: Sequence[Sendable]) -> None:
        """Keep the camera's state (None leaves the stored one) and its new events, in one transaction.

        An event already waiting under its id is not taken twice.
        """
        try:
            self._keep(camera, state, events)
        except OutboxUnwritable as error:
            if not self._disk.is_full(error.__cause__):
                raise
            self._keep_by_shedding(camera, state, events, error)
        else:
            self._eased()
        if events:
            self.wake()

    def load_state(self, camera: str) -> bytes | None:
        with self._transaction() as db:
            row = db.execute("SELECT body FROM state WHERE camera = ?", (camera,)).fetchone()
        return bytes(row[0]) if row else None

    def pending(self, limit: int = 100, most_bytes: int = 4_000_000) -> list[Pending]:
        """The oldest events still waiting, in order: at most `limit`, of at most `most_bytes`, but one at least."""
        with self._transaction() as db:
            return rows.oldest(db, limit, most_bytes)

    def tried(self, event_ids: Sequence[str]) -> None:
        """A delivery was attempted and not confirmed."""
        with self._transaction() as db:
            db.executemany("UPDATE outbox SET attempts = attempts + 1 WHERE event_id = ?", [(i,) for i in event_ids])

    def delivered(self, event_ids: Sequence[str]) -> None:
        with self._transaction() as db:
            db.executemany("DELETE FROM outbox WHERE event_id = ?", [(i,) for i in event_ids])

    def quarantine(self, event_id: str, reason: str) -> None:
        """Set an event aside that the API will never take, with its words; it is kept for a person to look at."""
        with self._transaction() as db:
            rows.set_aside(db, event_id, reason)
            rows.keep_aside_to_caps(db, self._most_events, self._most_stills)

    def release_quarantine(self) -> int:
        """Let everything that was set aside try again, after whatever made the API refuse it was mended."""
        with self._transaction() as db:
            moved = rows.release(db)
        self.wake()
        return moved

    def drop_still(self, event_id: str) -> None:
        with self._transaction() as db:
            db.execute("UPDATE outbox SET still = NULL WHERE event_id = ?", (event_id,))
            rows.count(db, "stills_dropped", 1)

    def holds(self, event_id: str) -> bool:
        """Whether an event still waits here, or was set aside."""
        query = "SELECT 1 FROM outbox WHERE event_id = ? UNION SELECT 1 FROM set_aside WHERE event_id = ?"
        with self._transaction() as db:
            return db.execute(query, (event_id, event_id)).fetchone() is not None

    def set_aside(self) -> list[SetAside]:
        """What the API refused, the oldest first."""
        with self._transaction() as db:
            rows = db.execute("SELECT event_id, reason, moved_at FROM set_aside ORDER BY moved_at, rowid")
            return [SetAside(*row) for row in rows]

    def counts(self) -> OutboxCounts:
        with self._transaction() as db:
            pending, oldest = db.execute("SELECT count(*), min(created_at) FROM outbox").fetchone()
            (quarantined,) = db.execute("SELECT count(*) FROM set_aside").fetchone()
            counters = dict(db.execute("SELECT name, value FROM counter"))
        shelf = self.shelf.counts() if self.shelf else ShelfCounts(0, 0, 0)
        return OutboxCounts(
            pending,
            quarantined,
            counters.get("stills_dropped", 0),
            counters.get("events_dropped", 0),
            counters.get("clips_dropped", 0),
            clips=shelf.clips,
            stills=shelf.stills,
            disk_full=self._disk_full,
            oldest_at=None if oldest is None else datetime.fromisoformat(oldest),
        )

    def wait(self, seen: int, timeout_s: float) -> int:
        """Sleep until events were committed after the `seen`-th commit, or the time is over; the number so far."""
        with self._more:
            self._more.wait_for(lambda: self._commits != seen, timeout_s)
            return self._commits

    def wake(self) -> None:
        """Let whoever waits look again."""
        with self._more:
            self._commits += 1
            self._more.notify_all()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _keep(self, camera: str, state: bytes | None, events: Sequence[Sendable], *, stills: bool = True) -> None:
        dropped = self.shelf.take_dropped() if self.shelf else Counter[str]()
        try:
            with self._transaction() as db:
                if state is not None:
                    db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (camera, state))
                for event in events:
                    rows.insert(db, event, stills=stills)
                for name, n in dropped.items():
                    rows.count(db, f"{name}_dropped", n)
                if events:
                    rows.keep_to_caps(db, self._most_events, self._most_stills)
        except OutboxUnwritable:
            if self.shelf:
                self.shelf.give_back_dropped(dropped)
            raise

    def _keep_by_shedding(
        self, camera: str, state: bytes | None, events: Sequence[Sendable], error: OutboxUnwritable
    ) -> None:
        """The oldest evidence makes room until the commit fits: the shelf's, then pictures in here, then these
        events' own."""
        self._full(error)
        for _ in self._shed():
            try:
                self._keep(camera, state, events)
                return
            except OutboxUnwritable as again:
                if not self._disk.is_full(again.__cause__):
                    raise
        self._keep(camera, state, events, stills=False)
        logger.error("the disk is full: %d new events kept without their pictures", len(events))

    def _shed(self) -> Iterator[None]:
        """Give up evidence step by step; each step may have made enough room. Ends when there is none left."""
        while self.shelf and self.shelf.make_room(_ROOM_BYTES):
            self._fold()
            yield
        self._disk.throw_ballast()
        self._fold(stay_within_now=True)
        while self._drop_oldest_stills():
            self._fold()
            yield

    def _drop_oldest_stills(self) -> int:
        try:
            with self._transaction() as db:
                dropped = rows.forget_stills(db, _STILLS_AT_ONCE)
        except OutboxUnwritable as error:
            logger.error("the disk is so full that no picture can be taken out of the outbox: %s", error)
            return 0
        if dropped:
            logger.warning("the disk is full: %d oldest pictures dropped, their events kept", dropped)
        return dropped

    def _fold(self, *, stay_within_now: bool = False) -> None:
        with self._lock:
            fold_log(self._db)
            if stay_within_now:
                stay_within(self._db, pages_of_now=True)

    def _full(self, error: OutboxUnwritable) -> None:
        if not self._disk_full:
            logger.error("%s: the oldest evidence makes room for events; free some disk", error)
        self._disk_full = True

    def _eased(self) -> None:
        """After a commit that fitted: once the disk has room again, all is as it was before."""
        if self._disk_full and self._disk.has_room():
            with self._lock:
                stay_within(self._db, pages_of_now=False)
            self._disk.take_ballast()
            self._disk_full = False
            logger.info("the outbox has room again")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                with self._db:
                    yield self._db
            except sqlite3.DatabaseError as error:
                raise OutboxUnwritable(f"the outbox {self.path} cannot be used: {error}") from error
