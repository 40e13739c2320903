"""The outbox's file: opened, checked, moved aside where it is corrupt; and a ballast against a full disk."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from streams.errors import OutboxUnwritable

logger = logging.getLogger("streams.delivery.outbox")

SCHEMA = """
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
_NEXT_TO_NOTHING_BYTES = 64 << 10
# SQLite's log is folded into the database after so many pages; until then both need the room.
_LOG_PAGES = 256
_MOST_PAGES = 0xFFFFFFFE
# What folding the log and taking pictures out may need.
_BALLAST_BYTES = 4 << 20


def opened(path: Path) -> sqlite3.Connection:
    """The database, made where it is missing. A corrupt one is moved aside, loudly. Raises `OutboxUnwritable`."""
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


class Disk:
    """What is left where the outbox lies, and a ballast: a file of nothing that is thrown off when the disk is full,
    since taking pictures out of a database needs some room too."""

    def __init__(self, outbox: Path, free_bytes: Callable[[], int] | None = None) -> None:
        self._folder = outbox.parent
        self._ballast = outbox.with_name(outbox.name + ".ballast")
        self._free_bytes = free_bytes or self._free

    def _free(self) -> int:
        return shutil.disk_usage(self._folder).free

    def has_room(self) -> bool:
        return self._free_bytes() >= 2 * _BALLAST_BYTES

    def is_full(self, error: BaseException | None) -> bool:
        """Whether SQLite failed because there is no room. Some file systems report that as plain I/O errors."""
        if not isinstance(error, sqlite3.Error):
            return False
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_IOERR:
            return self._free_bytes() < _NEXT_TO_NOTHING_BYTES
        return code == sqlite3.SQLITE_FULL

    def take_ballast(self) -> None:
        """Where there is room to spare; otherwise another time."""
        with contextlib.suppress(OSError):
            if self._ballast.exists() or not self.has_room():
                return
            handle = os.open(self._ballast, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.write(handle, bytes(_BALLAST_BYTES))
            finally:
                os.close(handle)

    def throw_ballast(self) -> None:
        with contextlib.suppress(OSError):
            self._ballast.unlink()


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=10, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
        (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            fault = sqlite3.DatabaseError(verdict)
            fault.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise fault
        db.executescript(SCHEMA)
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


def fold_log(db: sqlite3.Connection) -> None:
    """Fold SQLite's log into the database, as far as there is room: until then, what was taken out takes more room
    than it gives. The log's own file keeps its size, as room for the next transactions."""
    with contextlib.suppress(sqlite3.DatabaseError):
        db.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()


def stay_within(db: sqlite3.Connection, *, pages_of_now: bool) -> None:
    """Let the database use no more pages than it has: what it has no room for then fails at once and cleanly, not
    later, when the log is to be folded. Or let it grow again."""
    (pages,) = db.execute("PRAGMA page_count").fetchone() if pages_of_now else (_MOST_PAGES,)
    db.execute(f"PRAGMA max_page_count = {pages}").fetchall()
