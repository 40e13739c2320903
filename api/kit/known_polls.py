"""The cheap way to an answer: one statement, no route, where this server has answered the same poll before.

What an answer was made from is remembered: the caller's account as it was, the town, the revision of their places. One
statement asks for all three again, and whether the session is still good. All as before: the answer would be as
before. Only the revision differs: the page is made anew, for the same caller. Anything else goes the ordinary way.
Whose session it is and what they may see is thus asked each time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.db.engine import Database
from api.db.revisions import EVERYWHERE, MOST_NAMED, NOWHERE
from api.kit.clock import Clock
from api.kit.newest import Newest
from api.kit.together import Together

_MOST_REMEMBERED = 50_000
_AT_ONCE = 256
_SEPARATOR = "\x1f"  # of places, in one text; no name of a place has control characters
_STATES = text(
    "SELECT asked.turn, a.id, a.role, a.grids::text, a.department, a.totp_since, a.issuer,"
    " (SELECT stamp FROM town LIMIT 1), (SELECT timezone FROM site LIMIT 1),"
    " (SELECT coalesce(sum(revision), 0) FROM place_revision WHERE place = ANY(string_to_array(asked.places, :by)))"
    " FROM unnest(CAST(:secrets AS varchar[]), CAST(:places AS text[])) WITH ORDINALITY AS asked(secret, places, turn)"
    " JOIN sign_in s ON s.secret_sha256 = asked.secret JOIN account a ON a.id = s.account_id"
    " WHERE s.expires_at > :now AND a.disabled_at IS NULL"
)
State = tuple[Any, ...]


def revision_in(state: State) -> int:
    """What `api.db.revisions.revision_of` answered at that moment."""
    return int(state[-1])


@dataclass(frozen=True, slots=True)
class Known:
    """An answer that was given: the tag it had, which route made it, from what, and how it is made anew as long as the
    account and the town are as they were."""

    tag: str
    route: str
    places: tuple[str, ...]
    state: State
    anew: Callable[[], Awaitable[Response]]

    def holds_for(self, state: State | None) -> bool:
        """Whether `anew` answers as the ordinary way would."""
        return state is not None and state[:-1] == self.state[:-1]


@dataclass(frozen=True, slots=True)
class _Asked:
    secret: str
    places: tuple[str, ...]


class KnownPolls:
    """The newest answers of this server; what it forgets costs one ordinary answer. Polls that would wait for one
    another are asked for in one statement."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._together: Together[_Asked, State | None] = Together(_AT_ONCE)
        self._known: Newest[tuple[str, str], Known] = Newest(_MOST_REMEMBERED)

    async def state(self, secret: str, places: Sequence[str]) -> State | None:
        """None: no such session any more, or a database that cannot say."""
        if self._database.is_sqlite:
            return None
        return await self._together.ask(_Asked(secret, tuple(places)), self._states)

    async def _states(self, several: Sequence[_Asked]) -> list[State | None]:
        given = {
            "secrets": [one.secret for one in several],
            "places": [_SEPARATOR.join(one.places) for one in several],
            "by": _SEPARATOR,
            "now": self._clock.now(),
        }
        try:
            async with self._database.polling_engine.connect() as connection:
                found = {turn: tuple(state) for turn, *state in await connection.execute(_STATES, given)}
        except (SQLAlchemyError, OSError):
            return [None] * len(several)  # the ordinary way says what is wrong
        return [found.get(turn) for turn in range(1, len(several) + 1)]

    async def ask(self, secret: str, places: frozenset[str] | None) -> tuple[tuple[str, ...], State] | None:
        """To be asked before an answer is made, and given to `remember` after: what comes between then shows."""
        if places is None or len(places) > MOST_NAMED:
            return None
        named = (*sorted(places), NOWHERE, EVERYWHERE)
        state = await self.state(secret, named)
        return (named, state) if state else None

    def remember(self, secret: str, asked: str, known: Known) -> None:
        self._known.put((secret, asked), known)

    def known(self, secret: str, asked: str) -> Known | None:
        return self._known.get((secret, asked))
