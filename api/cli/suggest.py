"""`sanxun site suggest`: watch a camera for a while and propose its zones, for a person to accept."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import DataDir, Json, Model
from api.cli.say import say

if TYPE_CHECKING:
    from streams.site import CameraSpec
    from streams.suggest.proposal import Suggestion

_A_DAY_H = 24.0


def suggest(
    source: Annotated[
        str, typer.Argument(metavar="CAMERA|URL|FILE", help="A camera of the site by its id, an address, or a clip.")
    ],
    hours: Annotated[
        float | None, typer.Option("--hours", min=0.001, max=168, help="How long to watch; a day where not given.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=1, help="The same in seconds of the camera's own time.")
    ] = None,
    looks_hz: Annotated[
        float, typer.Option("--looks-hz", min=0.2, max=10, help="Looks each second: what drives fast needs 2 or more.")
    ] = 2.0,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="SUGGESTION.toml", help="Write a site file to edit.")
    ] = None,
    site: Annotated[Path | None, typer.Option("--site", help="Site file that CAMERA is in.")] = None,
    camera: Annotated[
        str | None, typer.Option("--camera", help="For which camera it is, where an address or a clip is watched.")
    ] = None,
    api: Annotated[
        str | None, typer.Option("--api", help="Send it to this API, where a person accepts it: http://host:port.")
    ] = None,
    token: Annotated[
        str | None, typer.Option("--token", envvar="SANXUN_TOKEN", help="Worker token for --api; by SANXUN_TOKEN.")
    ] = None,
    model: Model = None,
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """Watch a camera or a clip, and propose zones, the ground and what the camera needs: nothing is applied.

    Counts alone are kept of what is seen; with --api also the last picture, heads made unrecognisable.
    """
    from api.cli.detector import open_detector
    from streams.sources.source import open_source
    from streams.suggest.propose import suggestion
    from streams.suggest.survey import survey

    if api is not None and not token:
        raise typer.BadParameter("--api needs a worker token in SANXUN_TOKEN: sanxun token create --role worker")
    spec = _camera(source, site, camera, api, token, data)
    watch_s = seconds if seconds is not None else 3600 * (hours if hours is not None else _A_DAY_H)
    detector = open_detector(model, data, threads=1, say=say)
    seen = survey(
        lambda: open_source(spec.watch_url or spec.url, transport=spec.transport),
        detector,
        camera=spec.id,
        seconds=watch_s,
        looks_hz=looks_hz,
        say=say,
    )
    found = suggestion(spec.id, seen)
    print(found.model_dump_json(indent=2) if as_json else _told(found), flush=True)
    if output is not None:
        _write(output, found, spec)
    if api is not None and token:
        _send(api, token, found, seen.picture_jpeg)


def _camera(
    source: str, site: Path | None, wanted: str | None, api: str | None, token: str | None, data: Path | None
) -> CameraSpec:
    """The camera named, as the site has it; or one of no site, for an address or a clip."""
    from api.cli.options import data_dir
    from api.cli.replay import pick_camera
    from api.site.offline import read_site
    from streams.delivery.link import ApiLink
    from streams.site import CameraSpec, load_site

    if "://" in source or Path(source).exists():
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(source).stem).strip("-._")[:64] or "camera"
        return CameraSpec(id=wanted or ("camera" if "://" in source else name), url=source, transport="auto")
    if site is not None:
        return pick_camera(load_site(site), source)
    if api is not None and token is not None:
        with ApiLink(api, token) as link:
            remote = link.fetch_site()
        assert remote is not None, "the first answer is never 304"
        return pick_camera(remote, source)
    return pick_camera(read_site(data_dir(data)), source)


def _told(found: Suggestion) -> str:
    from streams.suggest.words import needs, reason

    lines = [
        f"{found.camera}: {found.watched_s:g} s watched in {found.looks} looks; {found.vehicles} vehicles drove by, "
        f"{found.stood} stood"
    ]
    for proposed in found.zones:
        zone = proposed.zone
        corners = " ".join(f"{x:g},{y:g}" for x, y in zone.polygon)
        lines.append(
            f"{zone.id}: {', '.join(zone.hazards)}, dwell {zone.dwell_s:g} s, confidence {proposed.confidence}"
        )
        lines += [f"    {reason(proposed)}", f"    {corners}"]
    return "\n".join([*lines, *needs(found)] if found.zones else [*lines, "nothing to propose yet", *needs(found)])


def _write(path: Path, found: Suggestion, camera: CameraSpec) -> None:
    from api.site.credentials import masked_site
    from streams.suggest.toml import suggested_site, suggestion_toml

    shown = masked_site(suggested_site(found, camera)).camera[0]
    path.write_text(suggestion_toml(found, shown), encoding="utf-8")
    say(f"written to {path}: check what you agree with, and take it into the site")


def _send(api: str, token: str, found: Suggestion, picture_jpeg: bytes | None) -> None:
    from streams.delivery.link import ApiLink

    body = json.loads(found.model_dump_json())
    body["picture_jpeg"] = base64.b64encode(picture_jpeg).decode() if picture_jpeg else None
    with ApiLink(api, token, timeout_s=60.0) as link:
        link.post_suggestion(found.camera, body)
    say(f"sent to {api}: it waits on the wall under suggestions until a person accepts or discards it")
