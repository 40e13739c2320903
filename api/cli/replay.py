"""`sanxun replay`: a recorded clip, faster than real time, through the code that watches live cameras."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import DataDir, Json, Model
from api.cli.say import say
from streams.errors import BadSite
from streams.site import CameraSpec, Site, load_site, site_with_telemetry

if TYPE_CHECKING:
    from streams.delivery.events import Event
    from streams.replay import Replayed
    from vision.ground import GroundPlane
    from vision.hazards.rules import Segment
    from vision.types import Picture

_DRAWN_FPS = 2
_EPOCH = "1970-01-01T00:00:00Z"


def replay(
    source: Annotated[str, typer.Argument(help="The clip: a file or a URL. It stands in for the camera's own url.")],
    site: Annotated[Path, typer.Option("--site", help="Site file with the camera and its zones.")],
    camera: Annotated[
        str | None, typer.Option("--camera", help="Which camera of the site, where it has several.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--start",
            help="Capture time of the first frame, ISO 8601. Default: 1970, or for a moving camera what clip or "
            "telemetry say.",
        ),
    ] = None,
    telemetry: Annotated[
        Path | None,
        typer.Option(
            "--telemetry",
            help="Where the camera was: DJI subtitles, MISB ST 0601 (also within a clip), tlog, ulg, GPX or NMEA.",
        ),
    ] = None,
    places: Annotated[
        Path | None,
        typer.Option(
            "--places", metavar="FILE", help="Places that a moving camera knows: read before the clip, written after."
        ),
    ] = None,
    geojson: Annotated[
        Path | None,
        typer.Option("--geojson", metavar="OUT", help="Write what was seen at rest on the ground, with its ellipses."),
    ] = None,
    draw: Annotated[
        Path | None,
        typer.Option(
            "--draw", metavar="OUT.mp4", help="Write every look with zones, tracks, places and reasons drawn."
        ),
    ] = None,
    gating: Annotated[
        bool, typer.Option("--gating/--no-gating", help="Whether the detector is spared looks that change nothing.")
    ] = True,
    model: Model = None,
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """Print every hazard that is raised or cleared in a clip; with --json one JSON object a line.

    Two runs over the same clip print the same lines. This is how a zone is tuned.
    """
    from api.cli.detector import open_detector
    from api.cli.replay_account import Account
    from models.spec import Task
    from streams.aloft import is_aloft
    from streams.decoding.encode import write_mp4
    from streams.replay import replay as run

    whole = load_site(site) if telemetry is None else site_with_telemetry(site, camera, telemetry)
    chosen = pick_camera(whole, camera)
    begins_at, flight = _moment(start or _EPOCH), None
    if chosen.telemetry is not None:
        from api.cli.flight import open_flight

        asked = None if start is None else _moment(start)
        flight, begins_at = open_flight(source, chosen, whole.site.timezone, asked, places, say)
    task = Task.AERIAL if is_aloft(chosen) else Task.DETECT
    detector = open_detector(model, data, threads=2, say=say, task=task)
    segment = _wires(chosen, data)
    account = Account(chosen, say)
    ran = run(
        source,
        chosen,
        detector,
        start=begins_at,
        gating=gating,
        segment=segment,
        timezone=whole.site.timezone,
        pipeline=flight,
        ended=account.end,
    )
    looks = account.of(_printed(ran, as_json))
    if draw is None:
        for _look in looks:
            pass
    else:
        write_mp4(draw, map(_drawer(chosen), looks), fps=_DRAWN_FPS, gop=8)
        say(f"drawn, one picture a look: {draw}")
    if flight is not None:
        from api.cli.flight import close_flight

        close_flight(flight, places, geojson, say)


def _wires(camera: CameraSpec, data: Path | None) -> Segment | None:
    """The wire segmenter, where a zone asks for one and there are weights for it."""
    from api.cli.wires import wires_opener
    from vision.types import HazardKind

    if not any(HazardKind.WIRING in zone.hazards for zone in camera.zone):
        return None
    opener = wires_opener(data, say, threads=2)
    return None if opener is None else opener()


def _printed(looks: Iterator[Replayed], as_json: bool) -> Iterator[Replayed]:
    """The same looks; prints their events on the way."""
    from streams.replay import event_line

    for look in looks:
        for event in look.events:
            line = event_line(event)
            print(json.dumps(line) if as_json else _sentence(line, event), flush=True)
        yield look


def _drawer(camera: CameraSpec) -> Callable[[Replayed], Picture]:
    from vision.draw import Drawing
    from vision.hazards.why import sentence

    drawing = Drawing([(zone.id, zone.polygon) for zone in camera.zone if zone.lonlat is None])
    ground, fitted = _ground(camera), _even()

    def drawn(look: Replayed) -> Picture:
        frame, inferred = look.frame, look.detections is not None
        caption = f"{frame.camera}  {frame.pts_s:.2f} s  {'inferred' if inferred else 'not inferred'}: {look.why}"
        told = [
            f"{frame.pts_s:.2f} s {e.change} {e.hazard} in {e.zone}: {sentence(e.hazard, e.why, details=True)}"
            for e in look.events
        ]
        tracks = look.pipeline.tracks if inferred else None
        at_s = frame.captured_at.timestamp()
        plane = ground(look)
        picture = frame.full_bgr()
        if camera.telemetry is not None:
            from api.cli.flight import mark_ground

            picture = mark_ground(picture, look)
        whole = drawing.look(picture, at_s, look.detections, tracks, look.pipeline.rules, caption, told, plane)
        return fitted(whole)

    return drawn


def _even() -> Callable[[Picture], Picture]:
    """H.264 takes even sides alone, and one size for a whole video: the last row or column is repeated where one is
    odd, and what a camera sends after it was set to another resolution is scaled to what it sent first."""
    import cv2
    import numpy as np

    first: list[tuple[int, int]] = []

    def fitted(picture: Picture) -> Picture:
        if not first:
            first.append((picture.shape[1] + picture.shape[1] % 2, picture.shape[0] + picture.shape[0] % 2))
        wide, high = first[0]
        down, across = high - picture.shape[0], wide - picture.shape[1]
        if down == across == 0:
            return picture
        if max(down, across) <= 1 and min(down, across) >= 0:
            return np.pad(picture, ((0, down), (0, across), (0, 0)), mode="edge")
        return np.asarray(cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)

    return fitted


def _ground(camera: CameraSpec) -> Callable[[Replayed], GroundPlane | None]:
    """The ground as it is known after a look, where a zone of the camera is judged in metres."""
    from vision.ground_learnt import GroundLearner
    from vision.types import HazardKind

    learner, known = GroundLearner(), camera.ground
    in_metres = any(HazardKind.GATHERING in zone.hazards for zone in camera.zone)

    def ground(look: Replayed) -> GroundPlane | None:
        if not in_metres:
            return None
        if known is not None:
            return known.plane(look.frame.source_wh)
        if look.detections is not None:
            learner.see(look.detections, look.frame.source_wh)
        return learner.plane(look.frame.source_wh)

    return ground


def pick_camera(site: Site, wanted: str | None) -> CameraSpec:
    """The camera named, or the only one. Raises `BadSite` listing what there is."""
    ids = [camera.id for camera in site.camera]
    if wanted is None and len(ids) == 1:
        return site.camera[0]
    for camera in site.camera:
        if camera.id == wanted:
            return camera
    if not ids:
        raise BadSite("the site has no camera: add a [[camera]] table with id, url and [[camera.zone]]")
    asked = f"no camera {wanted!r} in the site" if wanted else f"the site has {len(ids)} cameras"
    raise BadSite(f"{asked}: give --camera with one of {', '.join(ids)}")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"expected ISO 8601 such as 2026-01-31T08:00:00Z, got {text!r}") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def _sentence(line: dict[str, object], event: Event) -> str:
    from vision.hazards.why import sentence

    where = f"camera {line['camera']}  zone {line['zone']}  since {line['began_s']} s  box {line['xyxy']}"
    why = sentence(event.hazard, event.why, details=True)
    return f"{line['media_time_s']:>9} s  {line['event']:<7}  {line['hazard']}  {where}\n{'':>13}{why}"
