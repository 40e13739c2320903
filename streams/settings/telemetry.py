"""A camera that moves: where its telemetry comes from, its lens, and how far both are to be trusted. The table
`[camera.telemetry]`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from drone.lens import Lens
from drone.link.errors import BadAddress
from drone.link.transports import transport_at
from drone.locate import Doubt
from drone.telemetry.track import PoseTrack
from drone.view import Ground
from streams.settings.strict import Strict

_VIEW_DEG, _VIEW_DOUBT = 73.7, 0.1  # 24 mm, what most drones carry, where nothing says
_DRONE, _VEHICLE = Doubt(), Doubt(horizontal_m=3.0, height_m=0.1, yaw_deg=4.0, pitch_deg=1.0, roll_deg=1.5)
_TERRAIN_DOUBT_M = 3.0  # of SRTM in open country, without buildings and trees

Positive = Annotated[float, Field(gt=0, le=10_000)]
Angle = Annotated[float, Field(ge=-180, le=180)]


class DoubtSettings(Strict):
    """One standard deviation of each, the table `[camera.telemetry.doubt]`. Default by what carries the camera."""

    horizontal_m: Positive | None = None
    height_m: Positive | None = None
    yaw_deg: Positive | None = None
    pitch_deg: Positive | None = None
    roll_deg: Positive | None = None
    pixel_px: Positive | None = None
    time_s: float = Field(default=0.05, ge=0, le=60, description="How far video and telemetry may be out of step.")
    focal_share: float | None = Field(default=None, gt=0, le=0.5)


class LensSettings(Strict):
    """A calibrated lens, the table `[camera.telemetry.lens]`: OpenCV's camera matrix and coefficients."""

    resolution_wh: tuple[Annotated[int, Field(ge=16)], Annotated[int, Field(ge=16)]]
    focal_px: tuple[Positive, Positive]
    centre_px: tuple[float, float]
    distortion: tuple[float, float, float, float, float] = Field(
        default=(0.0, 0.0, 0.0, 0.0, 0.0), description="k1, k2, p1, p2, k3."
    )


class TelemetrySettings(Strict):
    """A drone's or a vehicle's camera. Zones of such a camera are places on the ground: `lonlat`."""

    source: Literal["drone", "vehicle"] = "drone"
    file: str | None = Field(
        default=None,
        min_length=1,
        description="Telemetry beside a recorded clip; in the stream itself where not given.",
    )
    link: str | None = Field(
        default=None,
        min_length=1,
        description="Where the vehicle's own MAVLink is heard: udp:HOST:PORT, tcp:HOST:PORT or serial:DEVICE:BAUD.",
    )
    signing_key: str | None = Field(
        default=None,
        min_length=1,
        description="A file of 64 hexadecimal digits: only what is signed with it is believed.",
    )
    system: int | None = Field(
        default=None, ge=1, le=255, description="Which vehicle of a log or a link that has several."
    )
    offset_s: float | None = Field(
        default=None, ge=-86_400, le=86_400, description="Seconds that telemetry's clock is ahead of the video's."
    )
    view_deg: float | None = Field(default=None, ge=5, le=150, description="Degrees that it sees from left to right.")
    lens: LensSettings | None = None
    ground_amsl_m: float | None = Field(
        default=None, ge=-500, le=9000, description="The ground's height by the datum of the telemetry's altitude."
    )
    home_above_ground_m: float = Field(
        default=0.0, ge=-1000, le=1000, description="How much higher than the ground that is looked at take-off was."
    )
    camera_height_m: float | None = Field(
        default=None,
        gt=0.2,
        le=500,
        description="Metres from the ground to a camera that keeps its height: a vehicle's.",
    )
    terrain: str | None = Field(
        default=None,
        min_length=1,
        description="SRTM .hgt tiles, a file or a folder: the ground is as high as they say.",
    )
    terrain_home: tuple[Angle, Annotated[float, Field(ge=-85, le=85)]] | None = Field(
        default=None,
        description="Longitude and latitude of take-off, for heights above home; else altitudes above sea level count.",
    )
    ground_doubt_m: float = Field(default=0.5, gt=0, le=100)
    mount_yaw_deg: Angle | None = Field(
        default=None, description="Of a camera fixed to what carries it: degrees clockwise from straight ahead."
    )
    mount_pitch_deg: Annotated[float, Field(ge=-90, le=90)] | None = Field(
        default=None, description="Degrees up from level: -90 looks straight down."
    )
    mount_roll_deg: Angle = 0.0
    doubt: DoubtSettings = DoubtSettings()

    @model_validator(mode="before")
    @classmethod
    def _doubt_of_terrain(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("terrain") and "ground_doubt_m" not in given:
            return {**given, "ground_doubt_m": _TERRAIN_DOUBT_M}
        return given

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if self.link is None:
            if self.signing_key is not None:
                raise ValueError("signing_key tells nothing without link")
            return self
        if self.file is not None:
            raise ValueError("give a file of telemetry or a link, not both")
        try:
            transport_at(self.link)
        except BadAddress as error:
            raise ValueError(str(error)) from error
        if self.link.startswith("udpout:"):
            raise ValueError("a link is only listened to, and udpout: would have to speak first: use udp:HOST:PORT")
        return self

    @model_validator(mode="after")
    def _one_lens(self) -> Self:
        if self.view_deg is not None and self.lens is not None:
            raise ValueError("give view_deg or a lens, not both")
        if self.source == "vehicle" and self.camera_height_m is None:
            raise ValueError("a vehicle's camera needs camera_height_m: metres from the road to its lens")
        if self.terrain is None and self.terrain_home is not None:
            raise ValueError("terrain_home tells nothing without terrain")
        stated = (self.ground_amsl_m, self.camera_height_m)
        if self.terrain is not None and any(one is not None for one in stated):
            raise ValueError("terrain says how high the ground is: leave ground_amsl_m and camera_height_m out")
        if self.mount_yaw_deg is not None and self.mount_pitch_deg is None:
            raise ValueError("a fixed camera needs mount_pitch_deg beside mount_yaw_deg")
        return self

    def lens_for(self, source_wh: tuple[int, int], told: PoseTrack | None = None) -> Lens:
        """The lens in px of such a picture: as calibrated, as stated, as telemetry tells, or as most are."""
        share = self.doubt.focal_share
        if self.lens is not None:
            one = self.lens
            known = Lens(one.resolution_wh, one.focal_px, one.centre_px, one.distortion, share or 0.002)
            return known.scaled(source_wh)
        if self.view_deg is not None:
            return Lens.from_view(self.view_deg, source_wh, share or 0.01)
        if told is not None and told.view_deg is not None:
            return Lens.from_view(told.view_deg, source_wh, share or told.focal_doubt)
        return Lens.from_view(_VIEW_DEG, source_wh, share or _VIEW_DOUBT)

    def doubts(self) -> Doubt:
        """What is stated, and the rest by what carries the camera."""
        base = _VEHICLE if self.source == "vehicle" else _DRONE
        asked = self.doubt
        return Doubt(
            asked.horizontal_m or base.horizontal_m,
            asked.height_m or base.height_m,
            asked.yaw_deg or base.yaw_deg,
            asked.pitch_deg or base.pitch_deg,
            asked.roll_deg or base.roll_deg,
            asked.pixel_px or base.pixel_px,
        )

    def ground(self, told: PoseTrack | None = None) -> Ground:
        """Where the ground is: as stated, else as telemetry tells, else home is on it."""
        amsl = self.ground_amsl_m
        if amsl is None and told is not None:
            amsl = told.ground_amsl_m
        if self.camera_height_m is not None:
            return Ground(doubt_m=self.ground_doubt_m)
        return Ground(amsl, self.home_above_ground_m, self.ground_doubt_m)

    def prepared(self, track: PoseTrack) -> PoseTrack:
        """Telemetry with what the mount tells filled in. Raises nothing: what is not known stays unknown."""
        pitch = self.mount_pitch_deg
        if pitch is None and self.source == "vehicle":
            pitch = 0.0
        if pitch is None:
            return track
        yaw = 0.0 if self.mount_yaw_deg is None and self.source == "vehicle" else self.mount_yaw_deg
        return track.mounted(yaw, pitch, self.mount_roll_deg)
