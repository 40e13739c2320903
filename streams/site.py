"""The site: cameras, their zones, and the grids, as a TOML file writes them and as workers receive them.

The API's database owns these; the file is its import and export. Every setting has a sensible default.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator
from shapely.geometry import Polygon

from models.spec import VEHICLES, ObjectClass, object_class
from streams.errors import BadSite
from streams.settings.fire_lane import FireLaneSettings
from streams.settings.gathering import GatheringSettings
from streams.settings.ground import GroundSettings
from streams.settings.parking import ParkingSettings
from streams.settings.strict import Strict
from streams.settings.telemetry import TelemetrySettings
from streams.settings.wiring import WiringSettings
from vision.types import HazardKind

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Fraction = Annotated[float, Field(ge=0, le=1)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
_WHOLE_PICTURE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
DEFAULT_TIMEZONE = "Asia/Shanghai"
Datum = Literal["WGS-84", "CGCS2000", "GCJ-02"]

# Seconds at rest before a hazard is raised, where the zone does not say.
DEFAULT_DWELL_S = {
    HazardKind.ILLEGAL_PARKING: 60.0,
    HazardKind.FIRE_LANE: 30.0,
    HazardKind.WIRING: 60.0,
    HazardKind.GATHERING: 60.0,
}


class ZoneSpec(Strict):
    """A polygon in a camera's picture and what is watched for in it."""

    id: Identifier
    name: str = ""
    hazards: tuple[HazardKind, ...] = Field(min_length=1)
    polygon: tuple[tuple[Fraction, Fraction], ...] = Field(
        min_length=3, description="Corners in relative image coordinates, x then y, 0 to 1."
    )
    lonlat: tuple[tuple[Longitude, Latitude], ...] | None = Field(
        default=None,
        min_length=3,
        description="For a camera that moves, instead of polygon: corners on the ground, WGS-84 longitude, latitude.",
    )
    dwell_s: float | None = Field(
        default=None, gt=0, le=86_400, description="Seconds at rest before a hazard is raised."
    )
    clear_s: float = Field(
        default=3.0, ge=0, le=3600, description="Seconds that the place must be seen free before the all-clear."
    )
    vehicles: tuple[str, ...] | None = Field(
        default=None, description="Vehicle classes that count: car, bus, truck, two_wheeler. Default by hazard."
    )
    lon: float | None = Field(
        default=None, ge=-180, le=180, description="The place that the zone shows, in the camera's datum."
    )
    lat: float | None = Field(default=None, ge=-90, le=90, description="As lon: with both, hazards here are placed.")
    radius_m: float = Field(default=15.0, gt=0, le=500, description="How far around lon and lat the zone reaches.")
    parking: ParkingSettings = ParkingSettings()
    fire_lane: FireLaneSettings = FireLaneSettings()
    wiring: WiringSettings = WiringSettings()
    gathering: GatheringSettings = GatheringSettings()

    @model_validator(mode="before")
    @classmethod
    def _on_the_ground(cls, values: Any) -> Any:
        """A zone on the ground may be anywhere in the picture."""
        if isinstance(values, dict) and values.get("lonlat") is not None and "polygon" not in values:
            return {**values, "polygon": _WHOLE_PICTURE}
        return values

    @field_validator("polygon", "lonlat")
    @classmethod
    def _simple(cls, corners: tuple[tuple[float, float], ...] | None) -> tuple[tuple[float, float], ...] | None:
        if corners is None:
            return None
        shape = Polygon(corners)
        if not shape.is_valid or shape.area <= 0:
            raise ValueError(
                "polygon must be simple (no edges that cross) and enclose an area: list its corners in order"
            )
        return corners

    @model_validator(mode="after")
    def _place(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat go together: give both or neither")
        return self

    @field_validator("vehicles")
    @classmethod
    def _known(cls, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for name in names or ():
            if object_class(name) in (None, ObjectClass.PERSON):
                raise ValueError(f"vehicles must be among car, bus, truck, two_wheeler; got {name!r}")
        return names

    def dwell_for(self, kind: HazardKind) -> float:
        return self.dwell_s if self.dwell_s is not None else DEFAULT_DWELL_S[kind]

    def classes_for(self, kind: HazardKind) -> tuple[ObjectClass, ...]:
        """Which object classes the rule counts: parking means motor vehicles, a fire lane means two-wheelers too."""
        if self.vehicles is not None:
            return tuple(found for name in self.vehicles if (found := object_class(name)) is not None)
        return VEHICLES if kind is HazardKind.ILLEGAL_PARKING else (*VEHICLES, ObjectClass.TWO_WHEELER)


class CameraSpec(Strict):
    """A camera: where its stream is, where it stands, and its zones."""

    id: Identifier
    name: str = ""
    url: str = Field(min_length=1, description="rtsp://, rtsps:// or a file; its credentials are never shown.")
    watch_url: str | None = Field(
        default=None,
        min_length=1,
        description="The camera's sub-stream: analysed all the time, while `url` is opened for evidence alone.",
    )
    transport: Literal["auto", "tcp", "udp"] = Field(
        default="auto", description="How RTSP carries the pictures; auto tries TCP, then UDP."
    )
    pre_event_s: float = Field(default=5.0, ge=0, le=30, description="Seconds of video kept from before an event.")
    post_event_s: float = Field(default=5.0, ge=0, le=30, description="Seconds of video kept from after an event.")
    keep_main: bool = Field(
        default=False,
        description="Receive `url` all the time though `watch_url` is analysed, so that clips begin before the event.",
    )
    small_objects: bool = Field(
        default=False, description="Look at the zones in tiles too, for wide and aerial views; costs an inference each."
    )
    sweep_s: float = Field(
        default=60.0, ge=1, le=3600, description="Seconds after which a still picture is inferred again all the same."
    )
    view: int = Field(
        default=0, ge=0, description="Counts the views that people accepted after the camera was aimed anew."
    )
    accept_view_after_s: float | None = Field(
        default=None,
        ge=60,
        le=30 * 86_400,
        description="Seconds after which a turned camera's new view is taken for the right one; never where not given.",
    )
    fixed: bool = Field(default=True, description="False for a camera that moves by itself: it is never called turned.")
    down_after_s: float = Field(
        default=60.0, ge=5, le=86_400, description="Seconds without sight after which people are told."
    )
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)
    datum: Datum = "WGS-84"
    ground: GroundSettings | None = None
    telemetry: TelemetrySettings | None = None
    enabled: bool = True
    zone: tuple[ZoneSpec, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat go together: give both or neither")
        wrong = [zone.id for zone in self.zone if (zone.lonlat is None) == (self.telemetry is not None)]
        if wrong and self.telemetry is not None:
            raise ValueError(f"a camera that moves has zones on the ground: give lonlat for {', '.join(wrong)}")
        if wrong:
            raise ValueError(f"zones with lonlat need [camera.telemetry], to find them: {', '.join(wrong)}")
        _unique("zone id", [zone.id for zone in self.zone])
        return self


class GridSpec(Strict):
    """A micro-grid of the town: who is responsible for what lies in it."""

    id: Identifier
    name: str = ""
    polygon: tuple[tuple[float, float], ...] = Field(min_length=3, description="lon, lat corners in `datum`.")
    datum: Datum = "WGS-84"


class SiteInfo(Strict):
    name: str = Field(min_length=1)
    timezone: str = DEFAULT_TIMEZONE

    @field_validator("timezone")
    @classmethod
    def _exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"timezone must be an IANA name such as Asia/Shanghai; got {name!r}") from error
        return name


class Site(Strict):
    """A whole site file. In TOML the tables are `[site]`, `[[camera]]`, `[[camera.zone]]` and `[[grid]]`; zones on the
    ground that every drone and vehicle watches may stand once, as `[[zone]]`."""

    site: SiteInfo
    camera: tuple[CameraSpec, ...] = ()
    grid: tuple[GridSpec, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _zones_for_all(cls, values: Any) -> Any:
        """Zones of the site become those of each camera that moves, but for one that has its own of that name."""
        if not isinstance(values, dict) or "zone" not in values:
            return values
        rest = {name: value for name, value in values.items() if name != "zone"}
        cameras = [dict(one) if isinstance(one, dict) else one for one in rest.get("camera", ())]
        moving = [one for one in cameras if isinstance(one, dict) and one.get("telemetry") is not None]
        if not moving:
            raise ValueError("[[zone]] of a site is for cameras that move: none of its cameras has [camera.telemetry]")
        for one in moving:
            own = list(one.get("zone", ()))
            known = {zone.get("id") for zone in own if isinstance(zone, dict)}
            one["zone"] = [*own, *(zone for zone in values["zone"] if zone.get("id") not in known)]
        return {**rest, "camera": cameras}

    @model_validator(mode="after")
    def _unique_ids(self) -> Self:
        _unique("camera id", [camera.id for camera in self.camera])
        _unique("grid id", [grid.id for grid in self.grid])
        return self


def _unique(what: str, ids: list[str]) -> None:
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise ValueError(f"{what} must be unique; given more than once: {', '.join(twice)}")


def parse_site(text: str, origin: str = "site file") -> Site:
    """Read a site from TOML text. Raises `BadSite` naming every fault and its place."""
    try:
        return site_from(tomllib.loads(text), origin)
    except tomllib.TOMLDecodeError as error:
        raise BadSite(f"{origin} is not valid TOML: {error}") from error


def site_from(values: dict[str, Any], origin: str = "site") -> Site:
    try:
        return Site.model_validate(values)
    except ValidationError as error:
        # `input` is left out on purpose: a camera's url may hold its password.
        faults = [f"  {'.'.join(map(str, e['loc'])) or '(top)'}: {e['msg']}" for e in error.errors(include_input=False)]
        raise BadSite(f"{origin} has {len(faults)} fault(s):\n" + "\n".join(faults)) from None


def load_site(path: Path) -> Site:
    try:
        return parse_site(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise BadSite(f"cannot read the site file {path}: {error.strerror}") from error


def site_with_telemetry(path: Path, camera: str | None, file: Path) -> Site:
    """The site file with the camera of that id, or its only one, flown by that file of telemetry; where the camera has
    no table of its own for that, it is a drone's. Raises `BadSite`."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSite(f"cannot read the site file {path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadSite(f"{path} is not valid TOML: {error}") from error
    cameras = values.get("camera", [])
    for one in cameras:
        if isinstance(one, dict) and (one.get("id") == camera or (camera is None and len(cameras) == 1)):
            own = {key: value for key, value in one.get("telemetry", {}).items() if key not in ("link", "signing_key")}
            one["telemetry"] = {**own, "file": str(file)}
    return site_from(values, str(path))
