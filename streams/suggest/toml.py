"""A suggestion as a site file of its own, with each reason as a comment above its zone."""

from __future__ import annotations

import tomlkit
from tomlkit.items import Table

from streams.site import CameraSpec, Site, SiteInfo, ZoneSpec
from streams.suggest.proposal import Suggestion
from streams.suggest.words import needs, reason


def suggested_site(found: Suggestion, camera: CameraSpec, name: str = "suggested") -> Site:
    """The site that would be if all were accepted: `camera` with the proposed zones beside its own."""
    return Site(site=SiteInfo(name=name), camera=(with_accepted(camera, found, [p.zone for p in found.zones]),))


def with_accepted(camera: CameraSpec, found: Suggestion, zones: list[ZoneSpec]) -> CameraSpec:
    """`camera` with `zones` beside its own, renamed where an id is taken, and the needs where it says nothing yet."""
    taken = {zone.id for zone in camera.zone}
    added = []
    for zone in zones:
        zone_id = free_id(zone.id, taken)
        taken.add(zone_id)
        added.append(zone.model_copy(update={"id": zone_id}))
    update: dict[str, object] = {"zone": (*camera.zone, *added)}
    if found.small_objects:
        update["small_objects"] = True
    if found.ground is not None and camera.ground is None:
        update["ground"] = found.ground
    return camera.model_copy(update=update)


def free_id(wanted: str, taken: set[str]) -> str:
    """`wanted`, or with the first number that makes it new."""
    if wanted not in taken:
        return wanted
    return next(name for n in range(2, len(taken) + 3) if (name := f"{wanted[:60]}-{n}") not in taken)


def suggestion_toml(found: Suggestion, camera: CameraSpec) -> str:
    """TOML that `sanxun site check` takes: the camera with the proposed zones alone, reasons and needs as comments."""
    site = suggested_site(found, camera.model_copy(update={"zone": ()}))
    document = tomlkit.document()
    document.add(tomlkit.comment(f"Suggested for {camera.id} from {found.watched_s:g} s of it ({found.looks} looks)."))
    document.add(tomlkit.comment("Nothing of this is in force: take what you agree with into the site file."))
    for line in needs(found):
        document.add(tomlkit.comment(line))
    document.add("site", _table(site.site.model_dump(mode="json")))
    table = _table(_own(site.camera[0]))
    zones = tomlkit.aot()
    for proposed, zone in zip(found.zones, site.camera[0].zone, strict=True):
        said = _table({})
        said.add(tomlkit.comment(f"{reason(proposed)} (confidence {proposed.confidence:g})"))
        for name, value in _scalars_first(zone.model_dump(mode="json", exclude_defaults=True, exclude_none=True)):
            said.add(name, value)
        zones.append(said)
    if found.zones:
        table.add("zone", zones)
    cameras = tomlkit.aot()
    cameras.append(table)
    document.add("camera", cameras)
    return tomlkit.dumps(document)


def _own(camera: CameraSpec) -> dict[str, object]:
    return camera.model_dump(mode="json", exclude={"zone"}, exclude_defaults=True, exclude_none=True)


def _table(values: dict[str, object]) -> Table:
    table = tomlkit.table()
    for name, value in _scalars_first(values):
        table.add(name, value)
    return table


def _scalars_first(values: dict[str, object]) -> list[tuple[str, object]]:
    """In TOML whatever follows a nested table belongs to it."""
    return sorted(values.items(), key=lambda item: isinstance(item[1], dict))
