"""What patrols need of the server, so that commands without a server can give it too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from api.db.engine import Database
from api.kit.clock import Clock


class Kept(Protocol):
    """The house is one."""

    @property
    def database(self) -> Database: ...

    @property
    def clock(self) -> Clock: ...


@dataclass(frozen=True, slots=True)
class Offline:
    """A database and a clock, without a server."""

    database: Database
    clock: Clock
