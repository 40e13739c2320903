"""A database that is away, or that two of us asked for the same lock: 503 and "again later", not a fault of ours."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.responses import Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.errors import Unavailable, Unprocessable
from api.problems import answer_for, unforeseen

log = logging.getLogger("sanxun.api")

# Serialisation failure, deadlock, lock not available, and what a server says while it starts or stops.
_PASSING = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300"}
_NOT_A_CHARACTER = {"22021", "22P05"}  # PostgreSQL takes no NUL in text, in whichever part of a request it came


def is_passing(error: BaseException) -> bool:
    """Whether the same again, a little later, may succeed."""
    if isinstance(error, PoolTimeout | ConnectionError | TimeoutError):
        return True
    if isinstance(error, DBAPIError):
        # Without a statement it was the connecting that failed.
        lost = error.connection_invalidated or error.statement is None or "database is locked" in str(error.orig)
        return lost or _code(error.orig) in _PASSING or is_passing_cause(error.orig)
    return _code(error) in _PASSING or type(error).__module__.startswith("asyncpg")


def is_passing_cause(error: BaseException | None) -> bool:
    return error is not None and isinstance(error, ConnectionError | TimeoutError)


def _code(error: BaseException | None) -> str | None:
    return getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)


async def _database_fault(request: Request, error: Exception) -> Response:
    if isinstance(error, DBAPIError) and _code(error.orig) in _NOT_A_CHARACTER:
        return answer_for(Unprocessable("a text holds a character that cannot be kept, such as NUL"), request.url.path)
    if not is_passing(error):
        return await unforeseen(request, error)
    log.warning("the database is away for %s %s: %s", request.method, request.url.path, error)
    busy = Unavailable("the database does not answer at this moment; send it again", {"Retry-After": "2"})
    return answer_for(busy, request.url.path)


def install(app: FastAPI) -> None:
    import asyncpg

    for kind in (DBAPIError, PoolTimeout, ConnectionError, asyncpg.PostgresError, asyncpg.InterfaceError):
        app.add_exception_handler(kind, _database_fault)
