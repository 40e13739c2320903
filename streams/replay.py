"""A recorded clip through the live code, by media time, as fast as the machine can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from streams.decode import Decoder
from streams.events import Event
from streams.pipeline import AT_REST_HZ, CameraPipeline
from streams.site import CameraSpec
from streams.source import open_source
from vision.detect import Detector
from vision.types import Detections, Frame

Watcher = Callable[[Frame, Detections, CameraPipeline], None]


def replay(
    source_url: str, camera: CameraSpec, detector: Detector, *, start: datetime, watcher: Watcher | None = None
) -> Iterator[Event]:
    """Events of the clip `source_url` as `camera` would have seen it, in order of media time.

    `start` is the capture time of the first frame. The same clip, site and weights give the same events every time:
    nothing here depends on how fast the machine is. `watcher` is shown every look. Raises `StreamError`.
    """
    pipeline = CameraPipeline(camera)
    with open_source(source_url, transport=camera.transport) as source:
        decoder = Decoder(source, camera=camera.id, looks_per_s=AT_REST_HZ, fit_wh=detector.fit_wh, start=start)
        for frame in decoder.frames(source.packets()):
            detections = detector(frame.rgb, frame.source_wh)
            yield from pipeline.step(frame, detections)
            decoder.looks_per_s = pipeline.looks_wanted_hz()
            if watcher is not None:
                watcher(frame, detections, pipeline)


def event_line(event: Event) -> dict[str, object]:
    """What `sanxun replay --json` prints of an event: everything but the picture and the ids."""
    line = event.to_json()
    for key in ("event_id", "incident_id", "still_jpeg", "source_wh", "began_at"):
        del line[key]
    return line
