"""The units of a town: street 街道, community 社区, grid 网格, micro-grid 微网格."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """From the top down."""

    STREET = "street"
    COMMUNITY = "community"
    GRID = "grid"
    MICRO_GRID = "micro_grid"

    @property
    def depth(self) -> int:
        """0 for a street, 3 for a micro-grid."""
        return _ORDER.index(self)


_ORDER = tuple(Level)


class Source(StrEnum):
    """Where a unit came from: the `[[grid]]` of the site file, or an import. Each replaces its own alone."""

    SITE = "site"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Unit:
    """One place of the organisation. `path` is from the top down to itself; `calendar` None: as the unit above."""

    id: str
    level: Level
    name: str
    path: tuple[str, ...]
    source: Source
    calendar: str | None = None

    @property
    def parent(self) -> str | None:
        return self.path[-2] if len(self.path) > 1 else None

    @property
    def label(self) -> str:
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class Department:
    """Who reports when a unit whistles. `units` empty: the whole town; `kinds` empty: every kind of hazard."""

    id: str
    name: str
    units: tuple[str, ...]
    kinds: tuple[str, ...]
    answer_minutes: int
