"""What patrols need of the server, so that commands without a server can give it too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from api.db.engine import Database
from api.kit.clock import Clock


class Kept(Protocol):
    """The house is one."""

    @property
    def database(self) -> Database: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def terrain(self) -> Path | None:
        """Folder or file of the ground that plans are held above; None: heights count above home."""
        ...


@dataclass(frozen=True, slots=True)
class Offline:
    """A database and a clock, without a server."""

    database: Database
    clock: Clock
    terrain: Path | None = None
