"""A recorded clip through the live code, by media time, as fast as the machine can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from streams.aerial.choice import AnyPipeline, pipeline_of, viewer_of
from streams.dating import look_back
from streams.decoding.decode import Decoder
from streams.decoding.decoders import KeyDecoders
from streams.decoding.stats import DecodeStats
from streams.delivery.events import Event
from streams.errors import SourceUnusable
from streams.site import DEFAULT_TIMEZONE, CameraSpec
from streams.sources.ffmpeg import FfmpegSource
from streams.sources.source import open_source
from vision.detect import Detector
from vision.hazards.rules import Segment
from vision.types import Detections, Frame


@dataclass(frozen=True, slots=True)
class Replayed:
    """One look of a replay and all that came of it; `pipeline` is the camera's, as it is after the look.
    `detections` is None where the detector did not see it, and `why` says what for or why not."""

    frame: Frame
    detections: Detections | None
    why: str
    events: list[Event]
    pipeline: AnyPipeline


@dataclass(frozen=True, slots=True)
class Ended:
    """What a replay has had of its clip: `media_s` seconds of it, of the `announced_s` that its container speaks of
    (None where it does not say)."""

    stats: DecodeStats
    media_s: float
    announced_s: float | None


def replay(
    source_url: str,
    camera: CameraSpec,
    detector: Detector,
    *,
    start: datetime,
    gating: bool = True,
    stretch: float = 1.0,
    timezone: str = DEFAULT_TIMEZONE,
    segment: Segment | None = None,
    pipeline: AnyPipeline | None = None,
    ended: Callable[[Ended], None] | None = None,
) -> Iterator[Replayed]:
    """Every look that `camera` would have had at the clip `source_url`, in order of media time.

    `start` is the capture time of the first frame. The same clip, site and weights give the same events every time:
    nothing here depends on how fast the machine is. With `gating` off the detector sees every look. `stretch`
    is how many times less often than it should be the camera is looked at, as on a machine with too much to do.
    `segment` finds wires, for zones that are watched for wiring. `pipeline` is the camera's where it was made
    before, as for a flight that goes on from an earlier one. `ended` is told once all of the clip has been seen.
    Raises `StreamError`.
    """
    if pipeline is None:
        pipeline = pipeline_of(camera, gating=gating, timezone=timezone)
    viewer = viewer_of(pipeline)
    pipeline.seen_by = detector.named
    with open_source(source_url, transport=camera.transport) as source:
        decoder = Decoder(
            source, camera=camera.id, looks_per_s=pipeline.pace().hz / stretch, fit_wh=detector.fit_wh, start=start
        )
        decoders, looks = KeyDecoders(), 0
        for frame in decoder.frames(source.packets()):
            want = pipeline.wants(frame)
            detections = viewer.detect(frame, detector) if want.infer else None
            events = pipeline.step(frame, detections, segment)
            look_back(pipeline, frame, decoder.look_before, decoders)
            pace = pipeline.pace()
            decoder.looks_per_s = pace.hz / stretch
            decoder.appointment.at_once = stretch == 1
            decoder.appointment.at_s = None if pace.decides_s is None else pace.decides_s - start.timestamp()
            looks += 1
            yield Replayed(frame, detections, want.why, events, pipeline)
        if not looks:
            raise SourceUnusable(
                f"{source.shown_url}: not one sound picture came of its {decoder.stats.packets} packets: is it whole?"
            )
        if ended is not None:
            announced_s = source.announced_s if isinstance(source, FfmpegSource) else None
            ended(Ended(decoder.stats, decoder.media_s, announced_s))


def event_line(event: Event) -> dict[str, object]:
    """What `sanxun replay --json` prints of an event: everything but the picture and the ids."""
    line = event.to_json()
    for key in ("event_id", "incident_id", "still_jpeg", "source_wh", "began_at"):
        del line[key]
    return line
