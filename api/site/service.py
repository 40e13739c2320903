"""Applying a site over what is stored, and reading it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from api.site import repository
from api.site.credentials import with_stored_credentials
from api.site.places import grid_faults, place_of
from api.town.from_site import take_grids
from api.town.index import load_town
from streams.errors import BadSite
from streams.site import CameraSpec, Site
from vision.types import HazardKind


@dataclass(frozen=True, slots=True)
class SiteChanges:
    """What an apply did, each entry as ``camera cam-1``, ``zone cam-1/aisle``, ``grid g-1`` or ``site``."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def check_site(site: Site) -> None:
    """What the types cannot say. Raises `BadSite` naming every fault."""
    if faults := grid_faults(site.grid):
        raise BadSite(f"{len(faults)} fault(s):\n" + "\n".join(f"  {fault}" for fault in faults))


async def apply_site(session: AsyncSession, site: Site) -> SiteChanges:
    """Make the stored site equal to `site`, in the caller's transaction. Without a difference nothing is written.

    Raises `BadSite` where a masked URL has no stored credentials, a grid is no polygon, or an imported unit has its id.
    """
    check_site(site)
    stored = await repository.load_site(session)
    known = {camera.id: camera for camera in stored.camera}
    site = _with_accepted_views(with_stored_credentials(site, known), known)
    changes = _difference(_parts(stored), _parts(site))
    if changes or list(_parts(stored)) != list(_parts(site)):
        await take_grids(session, site.grid)
        town = await load_town(session)
        await repository.replace_site(session, site, {c.id: place_of(c, town) for c in site.camera})
    return changes


def _with_accepted_views(site: Site, stored: Mapping[str, CameraSpec]) -> Site:
    """A file knows nothing of the views and the wires that were accepted after it was written, and takes none of them
    back."""
    cameras = tuple(
        _as_accepted(camera, stored[camera.id]) if camera.id in stored else camera for camera in site.camera
    )
    return site.model_copy(update={"camera": cameras})


def _as_accepted(camera: CameraSpec, stored: CameraSpec) -> CameraSpec:
    approved = {zone.id: zone.wiring.approved for zone in stored.zone}
    zones = tuple(
        zone.model_copy(update={"wiring": zone.wiring.model_copy(update={"approved": approved[zone.id]})})
        if approved.get(zone.id, 0) > zone.wiring.approved
        else zone
        for zone in camera.zone
    )
    return camera.model_copy(update={"view": max(camera.view, stored.view), "zone": zones})


async def approve_wiring(session: AsyncSession, camera_id: str, zone_id: str) -> int:
    """People approve the wires that hang in a zone now: its worker takes them for the baseline. Returns how often that
    was done. Raises `BadSite` where the zone is not watched for wiring."""
    row = await repository.zone(session, camera_id, zone_id)
    if row is None or HazardKind.WIRING not in row.settings.get("hazards", ()):
        raise BadSite(f"no zone {zone_id!r} of camera {camera_id!r} is watched for wiring")
    return await repository.approve_wiring(session, row)


def _parts(site: Site) -> dict[str, BaseModel]:
    parts: dict[str, BaseModel] = {"site": site.site}
    for camera in site.camera:
        parts[f"camera {camera.id}"] = camera.model_copy(update={"zone": ()})
        parts |= {f"zone {camera.id}/{zone.id}": zone for zone in camera.zone}
    parts |= {f"grid {grid.id}": grid for grid in site.grid}
    return parts


def _difference(before: Mapping[str, BaseModel], after: Mapping[str, BaseModel]) -> SiteChanges:
    return SiteChanges(
        added=tuple(n for n in after if n not in before),
        changed=tuple(n for n in after if n in before and after[n] != before[n]),
        removed=tuple(n for n in before if n not in after),
    )
