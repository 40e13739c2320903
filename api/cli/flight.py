"""A recorded flight or drive for `sanxun replay`: its telemetry judged, its places kept from one clip to the next."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streams.aerial.pipeline import AerialPipeline
    from streams.replay import Replayed
    from streams.site import CameraSpec
    from vision.types import Picture

Say = Callable[[str], None]


def open_flight(
    source: str, camera: CameraSpec, timezone: str, start: datetime | None, places: Path | None, say: Say
) -> tuple[AerialPipeline, datetime]:
    """The pipeline of a clip and the capture time of its first picture, after the clip was looked through once to see
    whether its telemetry belongs to it. Raises `StreamError`."""
    from streams.aerial.pipeline import AerialPipeline
    from streams.aerial.survey import begins_at, survey

    settings = camera.telemetry
    if settings is not None and settings.file is None:
        # A recorded clip's own data track.
        camera = camera.model_copy(update={"telemetry": settings.model_copy(update={"file": source})})
    state = places.read_bytes() if places is not None and places.exists() else None
    pipeline = AerialPipeline(camera, state, timezone=timezone)
    begins, known = begins_at(pipeline, start, _written(source))
    track = pipeline.eyes.poses.track
    if track is not None:
        from_s, to_s = track.span_s
        say(f"telemetry: {track.format}, {len(track)} poses over {to_s - from_s:.1f} s; clip from {begins}, {known}")
        for note in track.notes:
            say(f"telemetry: {note}")
        if not track.has_gimbal:
            say("telemetry: no gimbal angles in it; state mount_pitch_deg in [camera.telemetry] for a fixed camera")
    verdict = survey(source, pipeline, begins)
    if verdict is not None:
        say(f"telemetry: {verdict.said}")
    if pipeline.eyes.poses.offset_s:
        how = "as stated" if settings is not None and settings.offset_s is not None else "as seen"
        say(f"telemetry: its clock is taken as {pipeline.eyes.poses.offset_s:+.2f} s ahead, {how}")
    if pipeline.eyes.doubted:
        say("telemetry: nothing is placed by it")
    return pipeline, begins


def close_flight(pipeline: AerialPipeline, places: Path | None, geojson: Path | None, say: Say) -> None:
    """Say what was seen, and keep it where that was asked for."""
    known = pipeline.book.places.values()
    rest = [place for place in known if place.looks >= 2]
    say(f"on the ground: {len(rest)} at rest in two looks or more, of {len(known)} places known")
    for reason, count in sorted(pipeline.eyes.refusals.items(), key=lambda pair: -pair[1]):
        say(f"not placed {count} times: {reason}")
    if places is not None:
        places.write_bytes(pipeline.state())
    if geojson is not None:
        features = [_feature(pipeline, place) for place in rest]
        geojson.write_text(json.dumps({"type": "FeatureCollection", "features": features}, indent=1), encoding="utf-8")


def mark_ground(picture: Picture, look: Replayed) -> Picture:
    """A copy with the zones as they lie on the ground, and for each thing its place and whether it moves."""
    from streams.aerial.draw import marked
    from streams.aerial.pipeline import AerialPipeline

    return marked(picture, look.frame, look.pipeline) if isinstance(look.pipeline, AerialPipeline) else picture


def _feature(pipeline: AerialPipeline, place: Any) -> dict[str, Any]:
    from streams.delivery.events import utc_text

    spot = pipeline.spot(place).to_json()
    told = {
        "place": place.id,
        "kind": place.kind.name.lower(),
        "looks": place.looks,
        "passes": len(place.passes),
        "rest_from": utc_text(datetime.fromtimestamp(place.rest_from_s, UTC)),
        "rest_until": utc_text(datetime.fromtimestamp(place.rest_s, UTC)),
        **{name: spot[name] for name in ("semi_major_m", "semi_minor_m", "bearing_deg")},
    }
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [spot["lon"], spot["lat"]]},
        "properties": told,
    }


def _written(source: str) -> datetime | None:
    """When the clip says that it was made: phones and dash cameras write it as they begin."""
    import av
    import av.error

    try:
        with av.open(source, metadata_errors="replace") as container:
            text = container.metadata.get("creation_time", "")
        at = datetime.fromisoformat(text)
    except (av.error.FFmpegError, OSError, ValueError):
        return None
    return at.replace(tzinfo=at.tzinfo or UTC) if at.year > 1990 else None
