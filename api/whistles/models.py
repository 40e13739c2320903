"""The table of whistles: each a child of a ticket, with an answer clock of its own."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.db.base import Base, UtcDateTime
from api.tickets.models import TicketRow


class WhistleState(StrEnum):
    CALLED = "called"
    REPORTED = "reported"  # 报到
    REFUSED = "refused"
    UNANSWERED = "unanswered"  # the answer clock ran out: passed up as a refusal is
    WITHDRAWN = "withdrawn"  # the ticket ended before an answer


class WhistleRow(Base):
    """`unit` is the level that called (null: the command centre), `passed_to` the one above that a refusal went to."""

    __tablename__ = "whistle"

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    ticket_number: Mapped[int] = mapped_column(ForeignKey("ticket.number", ondelete="CASCADE"), index=True)
    department: Mapped[str] = mapped_column(String(64), index=True)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    unit: Mapped[str | None] = mapped_column(String(64))
    called_by: Mapped[str] = mapped_column(String(160))
    called_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer_by: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    answered_by: Mapped[str | None] = mapped_column(String(160))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(Text, default="")
    passed_to: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int] = mapped_column()

    ticket: Mapped[TicketRow] = relationship(lazy="joined", innerjoin=True)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own form)
