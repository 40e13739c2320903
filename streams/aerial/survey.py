"""A recorded flight, looked through once before it is judged: do its telemetry and its pictures belong together?"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from drone.self_check import Verdict
from streams.aerial.pipeline import AerialPipeline
from streams.decoding.decode import Decoder
from streams.sources.source import open_source
from vision.ego_motion import ego_motion
from vision.types import Frame

_LOOKS_HZ = 2.5
_MOST_LOOKS = 240
_LONGEST_S = 1.0
_FIT_WH = (640, 384)


def survey(source_url: str, pipeline: AerialPipeline, start: datetime) -> Verdict | None:
    """Follow the ground through the clip without a detector, and let `pipeline` judge its telemetry by it: it sets the
    clocks' offset where that is not stated, and knows whether to believe what it is told.

    None where the clip has no telemetry. Raises `StreamError`.
    """
    before: Frame | None = None
    looks = 0
    with open_source(source_url, transport=pipeline.camera.transport) as source:
        decoder = Decoder(source, camera=pipeline.camera.id, looks_per_s=_LOOKS_HZ, fit_wh=_FIT_WH, start=start)
        for frame in decoder.frames(source.packets()):
            looks += 1
            if before is not None and 0 < frame.pts_s - before.pts_s <= _LONGEST_S:
                motion = ego_motion(before.luma, frame.luma, frame.source_wh)
                if motion is not None:
                    now_s, then_s = (
                        pipeline.eyes.poses.time_s(one) - pipeline.eyes.poses.offset_s for one in (frame, before)
                    )
                    pipeline.eyes.witness.saw(motion, then_s, now_s, frame.source_wh)
            before = frame
            if looks >= _MOST_LOOKS:
                break
    if before is None:
        return None
    pipeline.eyes.witness.settled = True
    return pipeline.eyes.judge(before.source_wh, before.captured_at.timestamp())


def begins_at(pipeline: AerialPipeline, asked: datetime | None, written: datetime | None) -> tuple[datetime, str]:
    """The capture time of a clip's first picture, UTC, and how it is known: as asked, as the clip has it, as its
    telemetry has it, or 1970."""
    if asked is not None:
        return asked, "as asked"
    track = pipeline.eyes.poses.track
    if written is not None and (track is None or track.timing == "utc"):
        return written, "as the clip says"
    if track is None:
        return datetime(1970, 1, 1, tzinfo=UTC), "not known"
    if track.timing == "utc":
        return datetime.fromtimestamp(track.span_s[0], UTC), "taken to be telemetry's first entry"
    if track.began_at is not None:
        at = track.began_at
        local = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(pipeline.timezone))
        return local.astimezone(UTC), "as telemetry says"
    return written or datetime(1970, 1, 1, tzinfo=UTC), "not known" if written is None else "as the clip says"
