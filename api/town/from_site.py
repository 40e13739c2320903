"""The `[[grid]]` of a site file as micro-grids of the town: all that a small town needs."""

from __future__ import annotations

from collections.abc import Sequence

from shapely import to_wkb
from shapely.geometry import MultiPolygon, Polygon
from sqlalchemy.ext.asyncio import AsyncSession

from api.kit.gcj02 import to_wgs84
from api.town import repository
from api.town.index import Town
from api.town.units import Level, Source, Unit
from streams.errors import BadSite
from streams.site import GridSpec


async def take_grids(session: AsyncSession, grids: Sequence[GridSpec]) -> None:
    """Write them over the micro-grids of the site file before. Raises `BadSite` where an imported unit has the id."""
    await repository.ensure_town(session)
    imported = await repository.unit_ids(session, Source.IMPORT)
    if taken := sorted(imported & {grid.id for grid in grids}):
        raise BadSite(
            f"{len(taken)} fault(s):\n"
            + "\n".join(f"  grid {name}: an imported unit has this id; name one of the two otherwise" for name in taken)
        )
    await repository.replace_units(session, Source.SITE, [(_unit(grid), _shape(grid)) for grid in grids])


def town_of(grids: Sequence[GridSpec]) -> Town:
    """The town that these grids alone make."""
    return Town([_unit(grid) for grid in grids], [_shape(grid) for grid in grids])


def _unit(grid: GridSpec) -> Unit:
    return Unit(grid.id, Level.MICRO_GRID, grid.name, (grid.id,), Source.SITE)


def _shape(grid: GridSpec) -> bytes:
    ring = [to_wgs84(lon, lat, grid.datum) for lon, lat in grid.polygon]
    shape: bytes = to_wkb(MultiPolygon([Polygon(ring)]))
    return shape
