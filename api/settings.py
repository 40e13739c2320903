"""Settings of the server: read once in main, from the environment (``SANXUN_…``), passed down as a value."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from vision.types import HazardKind


def default_data_dir() -> Path:
    """Where state goes when neither --data nor SANXUN_DATA says so."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "sanxun"


class Settings(BaseSettings):
    """Every field can be set as ``SANXUN_<NAME>``, the folder as ``SANXUN_DATA``."""

    model_config = SettingsConfigDict(env_prefix="SANXUN_", extra="forbid", frozen=True, populate_by_name=True)

    data: Path = Field(
        default_factory=default_data_dir,
        description="Folder of the database and the evidence; one server at a time should own it.",
    )
    database_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL with an async driver; without it, sanxun.db in the data folder.",
        repr=False,
    )
    session_hours: float = Field(
        default=12,
        gt=0,
        le=24 * 30,
        description="Longer asks for fewer sign-ins, and leaves a lost phone open longer.",
    )
    sign_in_failures: int = Field(
        default=5,
        ge=1,
        le=100,
        description="Failures for one name from one address in five minutes before it must wait.",
    )
    health_silence_s: float = Field(
        default=10,
        gt=2,
        le=600,
        description="A worker silent for so long makes its cameras unknown; it reports every 2 s.",
    )

    retention_days: float = Field(
        default=30,
        gt=0,
        le=3650,
        description="Clips, and pictures of closed tickets, are deleted after so many days; a law may set the least.",
    )
    retention_days_by_hazard: dict[HazardKind, Annotated[float, Field(gt=0, le=3650)]] = Field(
        default={},
        description='Another time for some kinds of hazard, as JSON: {"wiring": 90}.',
    )
    clips_keep_free_gb: float = Field(
        default=2,
        ge=0,
        le=100_000,
        description="With less of the disk free no clip is taken: it waits at its worker, and events have the room.",
    )
    retention_every_s: float = Field(
        default=3600,
        gt=0,
        le=86_400,
        description="How often what is overdue is deleted; less often deletes later.",
    )

    @property
    def url(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data / 'sanxun.db'}"
