"""`sanxun watch`: a worker for an API that runs elsewhere, or the whole system around one camera."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import DEFAULT_HOST, DEFAULT_PORT, DataDir, Host, Model, Port, data_dir
from streams.site import CameraSpec, Site, ZoneSpec
from vision.types import HazardKind

_WHOLE_PICTURE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def watch(
    source: Annotated[
        str | None, typer.Option("--source", help="A camera, rtsp://…, or a file. Starts the API and pages around it.")
    ] = None,
    site: Annotated[Path | None, typer.Option("--site", help="Site file with the camera's zones.")] = None,
    camera: Annotated[str | None, typer.Option("--camera", help="Which camera of the site the source is.")] = None,
    api: Annotated[str | None, typer.Option("--api", help="Work for this API instead: http://host:port.")] = None,
    token: Annotated[
        str | None,
        typer.Option("--token", envvar="SANXUN_TOKEN", help="Worker token for --api; better by SANXUN_TOKEN."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Inference threads. Default: one per core.")
    ] = None,
    data: DataDir = None,
    host: Host = DEFAULT_HOST,
    port: Port = DEFAULT_PORT,
    model: Model = None,
) -> None:
    """Watch cameras and raise their hazards.

    With --source: the API, the pages and a worker, for that camera; zones come from --site, or else the whole picture
    is a no-parking zone. With --api: a worker for the cameras of that API.
    """
    folder = data_dir(data)
    if api is not None:
        if source is not None or site is not None:
            raise typer.BadParameter("--api works for the site of that API; --source and --site do not go with it")
        if not token:
            raise typer.BadParameter("--api needs a worker token in SANXUN_TOKEN: sanxun token create --role worker")
        _work(api, token, folder, model, threads or os.cpu_count() or 1)
        return
    if source is None and site is None:
        raise typer.BadParameter("give --source with a camera, --site with a site file, or --api to work for")
    _whole_system(source, site, camera, folder, host, port, model)


def _whole_system(
    source: str | None, site: Path | None, camera: str | None, data: Path, host: str, port: int, model: str | None
) -> None:
    from api.auth.bootstrap import bootstrap_users
    from api.cli.house import add_cameras, print_sign_ins, run_house, say
    from api.cli.replay import pick_camera
    from streams.site import load_site

    cameras: list[CameraSpec]
    stored: Site | None = load_site(site) if site else None
    if stored is None:
        say("no --site: the whole picture is a no-parking zone with 60 s of grace; draw your own with `sanxun site`")
        cameras = [_whole_picture(str(source))]
    elif source is None:
        cameras = list(stored.camera)
    else:
        cameras = [pick_camera(stored, camera).model_copy(update={"url": source})]
    add_cameras(data, cameras, stored.site.name if stored else "My site")
    passwords = bootstrap_users(data)
    run_house(data, host, port, model=model, ready=lambda url: print_sign_ins(url, passwords))


def _whole_picture(source: str) -> CameraSpec:
    zone = ZoneSpec(id="picture", hazards=(HazardKind.ILLEGAL_PARKING,), polygon=_WHOLE_PICTURE, dwell_s=60)
    return CameraSpec(id="cam-1", url=source, zone=(zone,))


def _work(api: str, token: str, data: Path, model: str | None, threads: int) -> None:
    import logging

    from api.cli.detector import open_detectors
    from api.cli.house import say
    from streams.link import ApiLink
    from streams.outbox import Outbox
    from streams.worker import Worker

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    data.mkdir(parents=True, exist_ok=True)
    detectors, provider = open_detectors(model, data, count=threads, say=say)
    outbox = Outbox(data / "worker.db")
    worker = Worker(ApiLink(api, token), outbox, detectors, name=socket.gethostname(), provider=provider)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: worker.stop())
    worker.run()
