"""Which pipeline and which viewer a camera has: one that moves is judged on the ground, a fixed one in its picture."""

from __future__ import annotations

from streams.aerial.pipeline import AerialPipeline
from streams.aerial.poses import PoseSource
from streams.pipeline import CameraPipeline
from streams.site import DEFAULT_TIMEZONE, CameraSpec
from streams.viewing import Viewer

AnyPipeline = CameraPipeline | AerialPipeline


def pipeline_of(
    camera: CameraSpec,
    state: bytes | None = None,
    view_state: bytes | None = None,
    *,
    gating: bool = True,
    timezone: str = DEFAULT_TIMEZONE,
    poses: PoseSource | None = None,
) -> AnyPipeline:
    """The one for this camera; arguments as theirs. Raises `SourceUnusable` where a file of telemetry cannot be
    read."""
    if camera.telemetry is None:
        return CameraPipeline(camera, state, view_state, gating=gating, timezone=timezone)
    return AerialPipeline(camera, state, view_state, timezone=timezone, poses=poses)


def viewer_of(pipeline: AnyPipeline) -> Viewer:
    """How the detector is shown that camera's frames: one that moves knows where its zones are in each."""
    return Viewer(pipeline.camera, pipeline.in_view if isinstance(pipeline, AerialPipeline) else None)
