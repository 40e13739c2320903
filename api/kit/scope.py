"""What part of the town a caller may see: every repository read that returns places takes one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, true

from api.kit.among import among


@dataclass(frozen=True, slots=True)
class Scope:
    """`grids` None means the whole site; otherwise only what lies in these micro-grids. `department`: of the tickets
    there, only those that this department was called to (`api.whistles.called`)."""

    grids: frozenset[str] | None = None
    department: str | None = None

    def covers(self, grid: str | None) -> bool:
        return self.grids is None or grid in self.grids

    def where(self, grid_column: ColumnElement[str] | ColumnElement[str | None]) -> ColumnElement[bool]:
        return true() if self.grids is None else among(grid_column, self.grids)


WHOLE_SITE = Scope()
