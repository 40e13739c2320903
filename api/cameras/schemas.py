"""Shapes of cameras and of workers' status."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.cameras.health import CameraHealth, CameraReport
from api.cameras.workers import OutboxReport, WorkerSeen
from api.hazards.verifying import LookAsked
from api.troubles.schemas import CameraTrouble
from streams.site import Datum


class Zone(BaseModel):
    """`polygon` is in relative image coordinates, x then y, 0 to 1."""

    model_config = ConfigDict(extra="allow")

    id: str
    name: str
    hazards: list[str]
    polygon: list[tuple[float, float]]


class Camera(BaseModel):
    """`lon`, `lat` are WGS-84 and `datum` says so; `url` is without credentials. `health` null: no worker spoke yet.
    `troubles` are those that hold now, the oldest first; `view` counts the views that people accepted."""

    id: str
    name: str
    lon: float | None
    lat: float | None
    datum: Datum
    grid: str | None
    enabled: bool
    url: str
    zones: list[Zone]
    view: int
    health: CameraHealth | None
    troubles: list[CameraTrouble]


class Cameras(BaseModel):
    """`workers`: who watches the cameras, and how far each has got with telling of it; the same on every page."""

    items: list[Camera]
    next: str | None
    workers: list[WorkerSeen]


class WorkerStatus(BaseModel):
    model_config = ConfigDict(extra="forbid")

    worker: Annotated[str, Field(min_length=1, max_length=128)]
    model: Annotated[str, Field(max_length=256)] = ""
    provider: Annotated[str, Field(max_length=128)] = ""
    cameras: Annotated[list[CameraReport], Field(max_length=2000)]
    outbox: OutboxReport | None = None


class LookedAt(BaseModel):
    """Cameras that somebody has open on a wall now: send their tiles. `looks`: what is said to be gone, and is to be
    looked at again; answered with POST /worker/looks."""

    looked_at: list[str]
    looks: list[LookAsked] = []
