"""Answering a poll: "unchanged" from the revision of the caller's places alone, the page only where there is news."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from functools import partial

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.service import Principal
from api.db.revisions import revision_of
from api.house import House
from api.kit.etag import matches
from api.kit.fast_polls import asked_of, session_of
from api.kit.known_polls import Known, State, revision_in
from api.kit.tagged import PRIVATE


async def answer_poll(
    request: Request, house: House, who: Principal, build: Callable[[AsyncSession], Awaitable[bytes]]
) -> Response:
    """`build` makes the JSON, from rows that count for places (see `api.db.revisions`) and from who asks: nothing
    else, no clock for one."""
    secret = session_of(request.headers)
    before = await house.polls.ask(secret, who.scope.grids) if secret else None
    asker = _asker(request, who)
    given = request.headers.get("if-none-match")
    revision = (revision_in(before[1]) if before else await _revision_now(house, who)) if given is not None else 0
    if given is not None and matches(given, tag := _tag(asker, revision)):
        response = Response(status_code=304, headers={**PRIVATE, "ETag": tag})
    else:
        response = await _page(house, who, asker, build)
    if secret and before and _unchanged(who, before[1]):
        known = Known(
            response.headers["etag"], request.scope["route"].name, *before, partial(_page, house, who, asker, build)
        )
        house.polls.remember(secret, asked_of(request.scope), known)
    return response


def _unchanged(who: Principal, state: State) -> bool:
    """Whether the account is the one that was recognised: it may have been changed between that and the asking."""
    _id, role, grids, department = state[:4]
    return (role, json.loads(grids), department) == (who.role.value, list(who.grids), who.department)


async def _page(
    house: House, who: Principal, asker: str, build: Callable[[AsyncSession], Awaitable[bytes]]
) -> Response:
    async with house.database.reading() as session:
        # In the same moment's view as the page, or a change between the two would stay unseen for ever.
        tag = _tag(asker, await revision_of(session, who.scope.grids))
        body = await build(session)
    return Response(body, media_type="application/json", headers={**PRIVATE, "ETag": tag})


async def _revision_now(house: House, who: Principal) -> int:
    async with house.database.glancing() as session:
        return await revision_of(session, who.scope.grids)


def _asker(request: Request, who: Principal) -> str:
    """All that the answer depends on besides the rows."""
    grids = "*" if who.scope.grids is None else ",".join(sorted(who.scope.grids))
    who_asks = (who.username, who.role.value, who.department or "", grids)
    return "\n".join((request.app.version, request.url.path, request.url.query, *who_asks))


def _tag(asker: str, revision: int) -> str:
    digest = hashlib.sha256(f"{asker}\n{revision}".encode()).hexdigest()
    return f'"{digest[:32]}"'
