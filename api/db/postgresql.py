"""PostgreSQL as it has to be opened, and the locks by which several servers on one database keep their order.

One advisory lock stands for the whole database. A transaction that may touch anything holds it alone: the rules of
events and tickets look first and write then, and no row exists yet that could be locked instead. One that says on
which things it works holds it together with others like it, and a lock of its own on each of those things.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

LOCK_WAIT_S = 10
_WHOLE = 0x5A58_0001
_HAS_ALL = "sanxun.has_all"  # of a session: nobody else writes until its end
_READERS, _WRITERS, _POLLERS = (
    10,
    6,
    4,
)  # connections; PostgreSQL takes 100 of all servers together


def open_postgresql(url: str) -> tuple[AsyncEngine, AsyncEngine, AsyncEngine]:
    """Engines for reading, for writing and for polls. Writers wait for locks with a connection in hand: apart, they
    keep no reader waiting. Polls take no care of a connection that was lost: who asks has another way."""
    return (
        _engine(url, _READERS, "REPEATABLE READ"),
        _engine(url, _WRITERS, "READ COMMITTED"),
        _engine(url, _POLLERS, "AUTOCOMMIT", careful=False),
    )


def _engine(url: str, connections: int, isolation: str, *, careful: bool = True) -> AsyncEngine:
    return create_async_engine(
        url,
        hide_parameters=True,
        # Readers see one moment, as on SQLite. Writers read anew after each lock they waited for.
        isolation_level=isolation,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=LOCK_WAIT_S,
        # A database that was started again answers the next request, not the one after.
        pool_pre_ping=careful,
        pool_reset_on_return="rollback" if careful else None,
        connect_args={
            "timeout": LOCK_WAIT_S,
            "server_settings": {
                "application_name": "sanxun",
                "timezone": "UTC",
                # Compiling a statement takes longer than any of ours runs.
                "jit": "off",
                "lock_timeout": str(LOCK_WAIT_S * 1000),
                # What a frozen server holds is given up.
                "idle_in_transaction_session_timeout": "60000",
            },
        },
    )


def key_of(name: str) -> int:
    """The signed 64-bit number by which PostgreSQL knows a lock's name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


async def lock(session: AsyncSession, things: Iterable[str] | None) -> None:
    """Wait for the right to write: on everything, or on some things. In one order, so that nobody waits in a ring."""
    if things is None:
        session.sync_session.info[_HAS_ALL] = True
        await session.execute(text("SELECT pg_advisory_xact_lock(:whole)"), {"whole": _WHOLE})
        return
    await session.execute(text("SELECT pg_advisory_xact_lock_shared(:whole)"), {"whole": _WHOLE})
    for key in sorted({key_of(thing) for thing in things}):
        await lock_key(session, key)


async def lock_key(session: AsyncSession, key: int) -> None:
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


async def in_order(session: AsyncSession, name: str) -> None:
    """Within a writing block: from here to its end, no other server's block is past a call with the same name, and
    what is read after it is what the one before has committed. Nothing to do on SQLite, which has one writer."""
    if session.get_bind().dialect.name == "postgresql" and _HAS_ALL not in session.sync_session.info:
        await lock_key(session, key_of(name))


async def lock_schema(connection: AsyncConnection) -> None:
    """Wait until no other server writes or changes the schema. A large table takes longer than a lock may otherwise."""
    await connection.execute(text("SET LOCAL lock_timeout = '10min'"))
    await connection.execute(text("SELECT pg_advisory_xact_lock(:whole)"), {"whole": _WHOLE})
