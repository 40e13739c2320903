"""The table of suggestions: one a camera, the newest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.db.base import Base, UtcDateTime


class SuggestionRow(Base):
    """`id` is new with every suggestion. `body` is `streams.suggest.proposal.Suggestion` as JSON; the picture goes with
    its row."""

    __tablename__ = "suggestion"

    camera: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(160))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    picture_jpeg: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
