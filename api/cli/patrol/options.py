"""What several patrol commands take: places, zones, limits, batteries, and how their files are read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry import Polygon

    from drone.battery import Battery
    from drone.check.terms import Broken
    from drone.terrain import Terrain
    from drone.types import Zone

Home = Annotated[str, typer.Option(metavar="LON,LAT", help="The take-off point, WGS-84.")]
Speed = Annotated[float, typer.Option(metavar="M/S", help="Ground speed.")]
Landing = Annotated[str | None, typer.Option(metavar="LON,LAT", help="Land there instead of at home.")]
Rally = Annotated[list[str] | None, typer.Option(metavar="LON,LAT", help="Where a failsafe may return to.")]
NoFly = Annotated[
    list[Path] | None,
    typer.Option(
        "--no-fly", metavar="NOFLY", exists=True, dir_okay=False, help="No-fly zones: GeoJSON, KML, ED-269 or ED-318."
    ),
]
NoFlyBuffer = Annotated[float, typer.Option(metavar="M", min=0, help="How far to keep off no-fly zones.")]
People = Annotated[
    list[Path] | None,
    typer.Option(metavar="PEOPLE", exists=True, dir_okay=False, help="Ground where many people are: not flown over."),
]
Fence = Annotated[
    Path | None,
    typer.Option(
        "--fence", "--geofence", metavar="FENCE.geojson", exists=True, dir_okay=False, help="All ways stay inside this."
    ),
]
Endurance = Annotated[
    float | None, typer.Option(metavar="MIN", help="Time in the air of a full battery; longer plans are split.")
]
Reserve = Annotated[
    float, typer.Option(metavar="PERCENT", min=0, max=90, help="Of the battery, to land with: no plan uses it.")
]
Wind = Annotated[float, typer.Option(metavar="M/S", min=0, help="Wind to reckon with, from the worst direction.")]
MaxHeight = Annotated[
    float, typer.Option(metavar="M", min=1, help="Highest allowed height above home; with --dem above the ground.")
]
MinHeight = Annotated[float | None, typer.Option(metavar="M", min=0, help="Lowest allowed height over the area.")]
Dem = Annotated[
    Path | None,
    typer.Option("--dem", metavar="HGT", exists=True, help="SRTM .hgt file or folder: heights are above this ground."),
]
Clearance = Annotated[
    float | None,
    typer.Option(metavar="M", min=0, help="To keep off the ground of --dem, returns too; default 10."),
]
ReturnHeight = Annotated[
    float | None,
    typer.Option(
        metavar="M",
        min=1,
        help="The vehicle's return height above home (RTL_ALT, RTL_RETURN_ALT); default: as high as it is.",
    ),
]
SafeReturns = Annotated[
    bool,
    typer.Option("--safe-returns", help="A straight return that leaves the fence or crosses a zone breaks a rule."),
]
Drones = Annotated[int, typer.Option(min=1, max=20, help="Share it out evenly over so many, one above the other.")]
Separation = Annotated[float, typer.Option(metavar="M", min=5, max=100, help="Of drones, in height.")]
Plot = Annotated[Path | None, typer.Option(metavar="PLOT.svg", help="Draw area, zones, ways and broken rules here.")]

RESERVE_PERCENT = 20.0
MAX_HEIGHT_M = 120.0
MOST_TOLD = 6


def lon_lat(text: str, option: str) -> tuple[float, float]:
    """A place from the command line.

    Raises:
        BadArea: no two numbers.
    """
    from drone.errors import BadArea

    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise BadArea(f"{option} must be LON,LAT in degrees, for instance 113.85,27.62; got {text!r}") from None
    return lon, lat


def zones_in(no_fly: list[Path] | None, people: list[Path] | None) -> tuple[Zone, ...]:
    """The zones of all files."""
    from drone.formats.zones import read_zones

    closed = [zone for path in no_fly or [] for zone in read_zones(text_of(path), path.name)]
    crowded = [zone for path in people or [] for zone in read_zones(text_of(path), path.name, "people")]
    return (*closed, *crowded)


def terrain_in(path: Path | None) -> Terrain | None:
    """The ground of `--dem`."""
    from drone.terrain import read_terrain

    return None if path is None else read_terrain(path)


def clearance_of(metres: float | None) -> float:
    """What `--clearance` says, or what is kept without it."""
    from drone.check.terms import CLEARANCE_M

    return CLEARANCE_M if metres is None else metres


def battery_of(endurance_min: float | None, reserve_percent: float, wind_m_s: float) -> Battery:
    """The battery that the options say; without an endurance it never ends."""
    import math

    from drone.battery import Battery

    return Battery(math.inf if endurance_min is None else endurance_min * 60, reserve_percent / 100, wind_m_s)


def polygon_in(path: Path) -> Polygon:
    """The one polygon in a GeoJSON or KML file."""
    from drone.formats.places import read_polygon

    return read_polygon(text_of(path), path.name)


def text_of(path: Path) -> str:
    """A file's text.

    Raises:
        DroneError: it cannot be read.
    """
    from drone.errors import DroneError

    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise DroneError(f"{path} cannot be read: {error.strerror}") from error


def write(path: Path, content: str | bytes) -> None:
    """Write a file.

    Raises:
        DroneError: it cannot be written.
    """
    from drone.errors import DroneError

    try:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    except OSError as error:
        raise DroneError(f"the plan cannot be written to {path}: {error.strerror}") from error


def told(cautions: Sequence[Broken], word: str = "caution") -> list[str]:
    """One line a rule: its first place whole, then where else; what is said of each there is in JSON and on plots."""
    by_rule: dict[str, list[Broken]] = {}
    for one in cautions:
        by_rule.setdefault(one.rule, []).append(one)
    return [_line(rule, entries, word) for rule, entries in by_rule.items()]


def _line(rule: str, entries: Sequence[Broken], word: str) -> str:
    first, *others = entries
    line = f"{word} {rule} at {_at(first)}: {first.detail}"
    if not others:
        return line
    more = len(others) - MOST_TOLD
    places = ", ".join(dict.fromkeys(map(_at, others[:MOST_TOLD])))
    return f"{line}; {len(others)} more of {rule}, at {places}" + (f" and {more} places (--json)" if more > 0 else "")


def _at(one: Broken) -> str:
    return f"{one.lon:.6f},{one.lat:.6f}"


def left_over(output: Path | None, written: Sequence[Path]) -> list[str]:
    """Files that an earlier plan of the same name left beside the ones written now: a sentence for whoever would fly
    them."""
    if output is None:
        return []
    ours = re.compile(re.escape(output.stem) + r"(-\d+|-drone\d+(-\d+)?)?" + re.escape(output.suffix))
    now = {path.name for path in written}
    others = {path.name for path in output.parent.iterdir() if ours.fullmatch(path.name)} - now
    if not others:
        return []
    return [f"NOT of this plan, and still there from an earlier one: {', '.join(sorted(others))}"]


def numbered(output: Path | None, count: int, drones: int = 1) -> list[Path]:
    """The files of several plans: PLAN.plan for one, PLAN-1.plan … for more, PLAN-drone1.plan or PLAN-drone1-1.plan …
    for several drones; none without a name."""
    if output is None or count == 1:
        return [] if output is None else [output]
    if drones == 1:
        return [output.with_name(f"{output.stem}-{number}{output.suffix}") for number in range(1, count + 1)]
    each = count // drones
    places = [divmod(index, each) for index in range(count)]
    names = [f"-drone{drone + 1}" + (f"-{flight + 1}" if each > 1 else "") for drone, flight in places]
    return [output.with_name(f"{output.stem}{name}{output.suffix}") for name in names]
