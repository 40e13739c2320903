"""The durable way out: a rule's state and the events it raised, written together or not at all."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from streams.errors import OutboxUnwritable
from streams.events import Event, utc_text

logger = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    still TEXT,
    created_at TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS state (camera TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS set_aside (
    event_id TEXT PRIMARY KEY, body TEXT NOT NULL, still TEXT, reason TEXT NOT NULL, moved_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""
_CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """`stills_dropped` and `events_dropped` are what the caps have cost since the file was made."""

    pending: int
    quarantined: int
    stills_dropped: int
    events_dropped: int


@dataclass(frozen=True, slots=True)
class Pending:
    event_id: str
    body: dict[str, Any]
    attempts: int


class Outbox:
    """One SQLite file per worker, safe between threads.

    `commit` is durable when it returns (WAL, synchronous=FULL): a process killed at any moment leaves state and
    events that agree. Beyond `most_stills` waiting events the oldest lose their picture, beyond `most_events` the
    oldest are lost: both counted in the file and logged, evidence always before events.

    A file that SQLite finds corrupt is moved aside and a new one begun, loudly. Raises `OutboxUnwritable` when the
    disk does not take what is written; nothing of that commit is kept then, and the caller should try it again.
    """

    def __init__(self, path: Path, *, most_events: int = 200_000, most_stills: int = 5_000) -> None:
        self.path = path
        self._most_events = most_events
        self._most_stills = most_stills
        self._lock = threading.Lock()
        self._more = threading.Condition()
        self._commits = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = _opened(path)

    def commit(self, camera: str, state: bytes | None, events: Sequence[Event]) -> None:
        """Keep the camera's state (None leaves the stored one) and its new events, in one transaction.

        An event already waiting under its id is not taken twice.
        """
        now = utc_text(datetime.now(UTC))
        with self._transaction() as db:
            if state is not None:
                db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (camera, state))
            for event in events:
                body = event.to_json()
                still = body.pop("still_jpeg")
                db.execute(
                    "INSERT OR IGNORE INTO outbox (event_id, body, still, created_at) VALUES (?, ?, ?, ?)",
                    (event.event_id, json.dumps(body), still, now),
                )
            if events:
                self._keep_to_caps(db)
        if events:
            with self._more:
                self._commits += 1
                self._more.notify_all()

    def load_state(self, camera: str) -> bytes | None:
        with self._transaction() as db:
            row = db.execute("SELECT body FROM state WHERE camera = ?", (camera,)).fetchone()
        return bytes(row[0]) if row else None

    def pending(self, limit: int = 100, most_bytes: int = 4_000_000) -> list[Pending]:
        """The oldest events still waiting, in order: at most `limit`, of at most `most_bytes`, but one at least."""
        found: list[Pending] = []
        size = 0
        with self._transaction() as db:
            rows = db.execute("SELECT event_id, body, still, attempts FROM outbox ORDER BY seq LIMIT ?", (limit,))
            for event_id, body, still, attempts in rows:
                size += len(body) + len(still or "")
                if found and size > most_bytes:
                    break
                found.append(Pending(event_id, json.loads(body) | {"still_jpeg": still}, attempts))
        return found

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
            db.execute(
                "INSERT OR REPLACE INTO set_aside SELECT event_id, body, still, ?, ? FROM outbox WHERE event_id = ?",
                (reason, utc_text(datetime.now(UTC)), event_id),
            )
            db.execute("DELETE FROM outbox WHERE event_id = ?", (event_id,))

    def release_quarantine(self) -> int:
        """Let everything that was set aside try again, after whatever made the API refuse it was mended."""
        with self._transaction() as db:
            moved = db.execute(
                "INSERT OR IGNORE INTO outbox (event_id, body, still, created_at) "
                "SELECT event_id, body, still, moved_at FROM set_aside ORDER BY moved_at, rowid"
            ).rowcount
            db.execute("DELETE FROM set_aside")
        self.wake()
        return moved

    def drop_still(self, event_id: str) -> None:
        with self._transaction() as db:
            db.execute("UPDATE outbox SET still = NULL WHERE event_id = ?", (event_id,))
            _add(db, "stills_dropped", 1)

    def counts(self) -> OutboxCounts:
        with self._transaction() as db:
            (pending,) = db.execute("SELECT count(*) FROM outbox").fetchone()
            (quarantined,) = db.execute("SELECT count(*) FROM set_aside").fetchone()
            counters = dict(db.execute("SELECT name, value FROM counter"))
        return OutboxCounts(pending, quarantined, counters.get("stills_dropped", 0), counters.get("events_dropped", 0))

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

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                with self._db:
                    yield self._db
            except sqlite3.DatabaseError as error:
                raise OutboxUnwritable(f"the outbox {self.path} cannot be used: {error}") from error

    def _keep_to_caps(self, db: sqlite3.Connection) -> None:
        (waiting, stills) = db.execute("SELECT count(*), count(still) FROM outbox").fetchone()
        if stills > self._most_stills:
            db.execute(
                "UPDATE outbox SET still = NULL WHERE seq IN "
                "(SELECT seq FROM outbox WHERE still IS NOT NULL ORDER BY seq LIMIT ?)",
                (stills - self._most_stills,),
            )
            _add(db, "stills_dropped", stills - self._most_stills)
            logger.warning("outbox full of pictures: %d oldest dropped, their events kept", stills - self._most_stills)
        if waiting > self._most_events:
            over = waiting - self._most_events
            db.execute("DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox ORDER BY seq LIMIT ?)", (over,))
            _add(db, "events_dropped", over)
            logger.error("outbox full: %d oldest EVENTS LOST; is the API away for days?", over)


def _add(db: sqlite3.Connection, counter: str, n: int) -> None:
    db.execute("INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + ?", (counter, n, n))


def _opened(path: Path) -> sqlite3.Connection:
    try:
        return _connect(path)
    except sqlite3.DatabaseError as error:
        if (error.sqlite_errorcode & 0xFF) not in _CORRUPT:
            raise OutboxUnwritable(f"cannot open the outbox {path}: {error}") from error
        aside = _move_aside(path)
        logger.critical(
            "the outbox %s is corrupt (%s): moved to %s, and events in it WERE NOT SENT", path, error, aside
        )
        return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=10, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            fault = sqlite3.DatabaseError(verdict)
            fault.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise fault
        db.executescript(_SCHEMA)
    except BaseException:
        db.close()
        raise
    return db


def _move_aside(path: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    aside = path.with_name(f"{path.name}.corrupt-{stamp}")
    for suffix in ("", "-wal", "-shm"):
        file = path.with_name(path.name + suffix)
        if file.exists():
            file.rename(aside.with_name(aside.name + suffix))
    return aside
