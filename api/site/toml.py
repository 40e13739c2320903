"""A site as TOML text, the way a person would write it: settings at their default are left out."""

from __future__ import annotations

from typing import Any

import tomlkit
from tomlkit.items import AoT, Array, Table

from streams.site import Site


def site_toml(site: Site) -> str:
    """TOML that `parse_site` reads back as an equal site."""
    document = tomlkit.document()
    document.add("site", _table(site.site.model_dump(mode="json", exclude_none=True)))
    if site.camera:
        document.add("camera", _tables([_dump(camera) for camera in site.camera]))
    if site.grid:
        document.add("grid", _tables([_dump(grid) for grid in site.grid]))
    return tomlkit.dumps(document)


def _dump(spec: Any) -> dict[str, Any]:
    values: dict[str, Any] = spec.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    return values


def _tables(rows: list[dict[str, Any]]) -> AoT:
    array = tomlkit.aot()
    for row in rows:
        array.append(_table(row))
    return array


def _table(values: dict[str, Any]) -> Table:
    table = tomlkit.table()
    # Nested tables last: in TOML whatever follows `[[camera.zone]]` belongs to the zone.
    for name, value in sorted(values.items(), key=lambda item: _is_nested(item[1])):
        table.add(name, _tables(value) if _is_tables(value) else _value(value))
    return table


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) or _is_tables(value)


def _value(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    array: Array = tomlkit.array()
    array.extend(value)
    return array
