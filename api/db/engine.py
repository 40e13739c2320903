"""Opening the database, and the two kinds of transaction: reading, and writing one at a time."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

_BUSY_S = 10


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver would begin transactions by itself, late and deferred; we say BEGIN ourselves, below.
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: the worker forgets an event once it is acknowledged, so an acknowledgement must outlive a power cut.
    for pragma in (f"busy_timeout={_BUSY_S * 1000}", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    _use_wal(cursor)
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """Switch a new file to WAL. SQLite refuses this at once, without waiting, while another process does the same."""
    deadline = time.monotonic() + _BUSY_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns to writing late fails at once with "database is locked"; IMMEDIATE waits.
    writing = connection.get_execution_options().get("sanxun_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


class Database:
    """Owns the engine. `writing()` is one transaction at a time within the process; other processes wait on SQLite."""

    def __init__(self, url: str) -> None:
        # hide_parameters: a failed statement's values may be a camera's password.
        self.engine: AsyncEngine = create_async_engine(url, hide_parameters=True)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        self.writing_engine = self.engine.execution_options(sanxun_writing=True)
        self._reader = async_sessionmaker(self.engine, expire_on_commit=False)
        self._writer = async_sessionmaker(self.writing_engine, expire_on_commit=False)
        self._one_writer = asyncio.Lock()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        async with self._reader() as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """Commits at the end of the block, rolls back where it raises."""
        async with self._one_writer, self._writer() as session, session.begin():
            yield session

    async def close(self) -> None:
        await self.engine.dispose()
