"""What is in the outbox's tables, and what is done to them inside the outbox's transactions."""

from __future__ import annotations

import json
import logging
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from streams.delivery.events import Sendable, utc_text

logger = logging.getLogger("streams.delivery.outbox")


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """`stills_dropped`, `events_dropped` and `clips_dropped` are what caps and full disks have cost since the file was
    made; `clips` and `stills` wait on the shelf; `disk_full` is so since the last commit; `oldest_at` is
    when the oldest of the pending events was stored."""

    pending: int
    quarantined: int
    stills_dropped: int
    events_dropped: int
    clips_dropped: int = 0
    clips: int = 0
    stills: int = 0
    disk_full: bool = False
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    event_id: str
    body: dict[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """An event that the API refused, and its words."""

    event_id: str
    reason: str
    moved_at: str


def insert(db: sqlite3.Connection, event: Sendable, *, stills: bool) -> None:
    """An event to be sent, once; without its picture, and counted, where `stills` is false."""
    body = event.to_json()
    still = body.pop("still_jpeg")
    if still and not stills:
        still = None
        count(db, "stills_dropped", 1)
    db.execute(
        "INSERT OR IGNORE INTO outbox (event_id, body, still, created_at) VALUES (?, ?, ?, ?)",
        (event.event_id, json.dumps(body), still, utc_text(datetime.now(UTC))),
    )


def keep_to_caps(db: sqlite3.Connection, most_events: int, most_stills: int) -> None:
    """Pictures of the oldest events go first, then the oldest events themselves; counted and logged."""
    (waiting, stills) = db.execute("SELECT count(*), count(still) FROM outbox").fetchone()
    if stills > most_stills:
        forget_stills(db, stills - most_stills)
        logger.warning("outbox full of pictures: %d oldest dropped, their events kept", stills - most_stills)
    if waiting > most_events:
        over = waiting - most_events
        db.execute("DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox ORDER BY seq LIMIT ?)", (over,))
        count(db, "events_dropped", over)
        logger.error("outbox full: %d oldest EVENTS LOST; is the API away for days?", over)


def keep_aside_to_caps(db: sqlite3.Connection, most_events: int, most_stills: int) -> None:
    """The same for what the API refused."""
    (events, stills) = db.execute("SELECT count(*), count(still) FROM set_aside").fetchone()
    oldest = "SELECT rowid FROM set_aside WHERE still IS NOT NULL OR ? ORDER BY rowid LIMIT ?"
    if stills > most_stills:
        over = stills - most_stills
        db.execute(f"UPDATE set_aside SET still = NULL WHERE rowid IN ({oldest})", (False, over))
        count(db, "stills_dropped", over)
    if events > most_events:
        over = events - most_events
        db.execute(f"DELETE FROM set_aside WHERE rowid IN ({oldest})", (True, over))
        count(db, "events_dropped", over)
        logger.error("%d oldest EVENTS that the API had refused are LOST: sanxun outbox status says why it did", over)


def forget_stills(db: sqlite3.Connection, most: int) -> int:
    """Take the pictures out of the oldest events that have one, and count them."""
    dropped = db.execute(
        "UPDATE outbox SET still = NULL WHERE seq IN "
        "(SELECT seq FROM outbox WHERE still IS NOT NULL ORDER BY seq LIMIT ?)",
        (most,),
    ).rowcount
    if dropped:
        count(db, "stills_dropped", dropped)
    return dropped


def count(db: sqlite3.Connection, counter: str, n: int) -> None:
    db.execute("INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + ?", (counter, n, n))


def oldest(db: sqlite3.Connection, limit: int, most_bytes: int) -> list[Pending]:
    """Events still waiting, in order: at most `limit`, of at most `most_bytes`, but one at least."""
    found: list[Pending] = []
    size = 0
    waiting = db.execute("SELECT event_id, body, still, attempts FROM outbox ORDER BY seq LIMIT ?", (limit,))
    for event_id, body, still, attempts in waiting:
        size += len(body) + len(still or "")
        if found and size > most_bytes:
            break
        found.append(Pending(event_id, json.loads(body) | {"still_jpeg": still}, attempts))
    return found


def set_aside(db: sqlite3.Connection, event_id: str, reason: str) -> None:
    """Keep an event apart that the API will never take, with its words."""
    db.execute(
        "INSERT OR REPLACE INTO set_aside SELECT event_id, body, still, ?, ? FROM outbox WHERE event_id = ?",
        (reason, utc_text(datetime.now(UTC)), event_id),
    )
    db.execute("DELETE FROM outbox WHERE event_id = ?", (event_id,))


def release(db: sqlite3.Connection) -> int:
    """Let everything that was set aside wait again; how many events that are."""
    moved = db.execute(
        "INSERT OR IGNORE INTO outbox (event_id, body, still, created_at) "
        "SELECT event_id, body, still, moved_at FROM set_aside ORDER BY moved_at, rowid"
    ).rowcount
    db.execute("DELETE FROM set_aside")
    return moved
