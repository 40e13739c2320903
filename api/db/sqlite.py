"""SQLite as it has to be opened: WAL, synced, foreign keys on, and transactions that we begin ourselves."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_S = 10


def open_sqlite(url: str) -> AsyncEngine:
    # hide_parameters: a failed statement's values may be a camera's password.
    engine = create_async_engine(url, hide_parameters=True)
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    # The driver would begin transactions by itself, late and deferred; we say BEGIN ourselves, below.
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: the worker forgets an event once it is acknowledged, so an acknowledgement must outlive a power cut.
    for pragma in (f"busy_timeout={BUSY_S * 1000}", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    _use_wal(cursor)
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """Switch a new file to WAL. SQLite refuses this at once, without waiting, while another process does the same."""
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin(connection: Connection) -> None:
    # A deferred transaction that turns to writing late fails at once with "database is locked"; IMMEDIATE waits.
    writing = connection.get_execution_options().get("sanxun_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
