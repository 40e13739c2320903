"""Opening the database, and its kinds of transaction. docs/running.md says what is locked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker

from api.db import postgresql
from api.db.also import write_also
from api.db.revisions import RevisedSession
from api.db.sqlite import open_sqlite
from api.errors import ApiError

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


class WrongDatabaseUrl(ApiError):
    """The URL names no database that this can use."""


def driver_url(given: str) -> str:
    """A URL with the driver that is used here: ``postgresql://…`` is enough. Raises `WrongDatabaseUrl`."""
    try:
        url = make_url(given)
    except ArgumentError:
        # Not repeated: it may hold a password.
        raise WrongDatabaseUrl(
            "the database URL cannot be read; expected postgresql://USER:PASSWORD@HOST/NAME or sqlite:///FILE"
        ) from None
    driver = _DRIVERS.get(url.drivername, url.drivername)
    if driver not in _DRIVERS.values():
        raise WrongDatabaseUrl(f"the database URL begins with {url.drivername}; expected postgresql or sqlite")
    return url.set(drivername=driver).render_as_string(hide_password=False)


class Database:
    """Owns the engines.

    On SQLite there is one writer at a time in the process, and other processes wait for its file. On PostgreSQL
    writers that say on what they work write beside each other; the others one at a time among all servers.
    """

    def __init__(self, url: str) -> None:
        url = driver_url(url)
        self.is_sqlite = url.startswith("sqlite")
        self.engine: AsyncEngine
        self.writing_engine: AsyncEngine
        self.polling_engine: AsyncEngine
        if self.is_sqlite:
            self.engine = open_sqlite(url)
            self.writing_engine = self.engine.execution_options(sanxun_writing=True)
            self.polling_engine = self.engine
        else:
            self.engine, self.writing_engine, self.polling_engine = postgresql.open_postgresql(url)
        glancing_engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._reader = async_sessionmaker(self.engine, expire_on_commit=False)
        self._glancer = async_sessionmaker(glancing_engine, expire_on_commit=False)
        self._writer = async_sessionmaker(
            self.writing_engine, expire_on_commit=False, sync_session_class=RevisedSession
        )
        self._one_writer = asyncio.Lock()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """One moment's view of everything, however many statements ask."""
        async with self._reader() as session:
            yield session

    @asynccontextmanager
    async def glancing(self) -> AsyncIterator[AsyncSession]:
        """For a single small question: each statement is a transaction of its own, which spares two round trips."""
        async with (self._reader if self.is_sqlite else self._glancer)() as session:
            yield session

    @asynccontextmanager
    async def writing(self, on: Iterable[str] | None = None) -> AsyncIterator[AsyncSession]:
        """Commits at the end of the block, rolls back where it raises.

        Without `on` the block may look at and change anything: nobody else writes meanwhile. With `on`, names of
        things such as ``ticket:ID``, it may change only what belongs to those things, and others may write beside it.
        """
        if self.is_sqlite:
            async with self._one_writer, self._writer() as session, session.begin():
                yield session
                await write_also(session)
        elif on is None:
            # The lock of this process first: only one of those who wait holds a connection.
            async with self._one_writer, self._writer() as session, session.begin():
                await postgresql.lock(session, None)
                yield session
                await write_also(session)
        else:
            async with self._writer() as session, session.begin():
                await postgresql.lock(session, on)
                yield session
                await write_also(session)

    @asynccontextmanager
    async def altering(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that may change the schema; other servers wait."""
        async with self.writing_engine.begin() as connection:
            if not self.is_sqlite:
                await postgresql.lock_schema(connection)
            yield connection

    async def close(self) -> None:
        await self.engine.dispose()
        if not self.is_sqlite:
            await self.writing_engine.dispose()
            await self.polling_engine.dispose()
