"""The table by which servers beside each other know which cameras are seeing: a worker reports to one of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from api.db.base import Base, UtcDateTime


class WorkerSightRow(Base):
    """The ids of the cameras that a worker sees live, as of `at`."""

    __tablename__ = "worker_sight"

    worker: Mapped[str] = mapped_column(String(128), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    live: Mapped[list[str]] = mapped_column(JSON)
