"""How often each place has changed: by it a poll is answered "unchanged" without building the page.

Every transaction that writes counts up the places whose rows it touched, as its last act before the commit. Two
answers at equal revisions of the same places are equal; the other way round is not promised.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, String, bindparam, event, func, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column

from api.db.base import Base

NOWHERE, EVERYWHERE = "", "*"  # rows without a place; rows that were changed by a statement over many
_TOUCHED = "sanxun.touched"
COUNTED = "sanxun_counted"  # execution option of a statement over many: its caller has touched their places itself
MOST_NAMED = 200  # over so many places, the sum of all is asked for: it changes too often, and never too seldom


class PlaceRevision(Base):
    __tablename__ = "place_revision"

    place: Mapped[str] = mapped_column(String(64), primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger)


# Made once: to make a statement takes longer than to carry it out.
_ALL = select(func.coalesce(func.sum(PlaceRevision.revision), 0))
_NAMED = _ALL.where(PlaceRevision.place.in_(bindparam("places", expanding=True)))
_WATCHED: dict[type[Base], str] = {}


def watch(model: type[Base], place: str) -> None:
    """From now on a change of a `model` row counts for the place that its attribute `place` names. To be said beside
    the model: whoever can write its rows must have said it."""
    _WATCHED[model] = place


def touch(session: AsyncSession, place: str = EVERYWHERE) -> None:
    """Count a change that no watched row shows, in the caller's transaction."""
    session.sync_session.info.setdefault(_TOUCHED, set()).add(place)


async def revision_of(session: AsyncSession, places: Collection[str] | None) -> int:
    """The sum over these places, or over all: it grows with every change there."""
    if places is None or len(places) > MOST_NAMED:
        return int(await session.scalar(_ALL) or 0)
    return int(await session.scalar(_NAMED, {"places": [*sorted(places), NOWHERE, EVERYWHERE]}) or 0)


class RevisedSession(Session):
    """The session of every writing transaction."""


@event.listens_for(RevisedSession, "before_flush")
def _note_rows(session: Session, _context: Any, _instances: Any) -> None:
    touched: set[str] = session.info.setdefault(_TOUCHED, set())
    for row in (*session.new, *session.dirty, *session.deleted):
        attribute = _WATCHED.get(type(row))
        if attribute is None or (row in session.dirty and not session.is_modified(row)):
            continue
        touched.add(getattr(row, attribute) or NOWHERE)
        # Where it was before, too: it has gone from that list.
        touched.update(place or NOWHERE for place in inspect(row).attrs[attribute].history.deleted or ())


@event.listens_for(RevisedSession, "do_orm_execute")
def _note_statements(state: ORMExecuteState) -> None:
    if not (state.is_update or state.is_delete or state.is_insert) or state.execution_options.get(COUNTED):
        return
    table = getattr(state.statement, "table", None)
    if any(table is model.__table__ for model in _WATCHED):
        state.session.info.setdefault(_TOUCHED, set()).add(EVERYWHERE)


@event.listens_for(RevisedSession, "before_commit")
def _count(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    touched: set[str] = session.info.pop(_TOUCHED, set())
    if not touched:
        return
    insert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(PlaceRevision)
    # Sorted: two transactions that touch the same places wait for each other in one order.
    rows = [{"place": place, "revision": 1} for place in sorted(touched)]
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[PlaceRevision.place], set_={"revision": PlaceRevision.revision + 1}
        ),
        rows,
    )


@event.listens_for(RevisedSession, "after_soft_rollback")
def _forget(session: Session, _transaction: Any) -> None:
    if not session.in_transaction():
        session.info.pop(_TOUCHED, None)
