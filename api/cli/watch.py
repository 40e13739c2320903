"""`sanxun watch`: a worker for an API that runs elsewhere, or the whole system around one camera."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import DEFAULT_HOST, DEFAULT_PORT, DataDir, Host, Json, Model, Port, data_dir
from streams.errors import StreamError
from streams.site import CameraSpec, Site, ZoneSpec
from vision.types import HazardKind

_ONLY = "cam-1"
_WHOLE_PICTURE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def watch(
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            envvar="SANXUN_SOURCE",
            help="A camera, rtsp://…, or a file: starts the API and pages around it. With a password, better by "
            "SANXUN_SOURCE: arguments are seen by every user of the machine.",
        ),
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
    metrics_port: Annotated[
        int | None,
        typer.Option(
            "--metrics-port",
            min=0,
            max=65535,
            help="Port of this machine for the worker's figures, 0 for a free one. Default: 9464, or a free one.",
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Only look at the cameras for some seconds and say what is decoded, and why."),
    ] = False,
    seconds: Annotated[float, typer.Option("--seconds", min=1, max=600, help="How long --explain may look.")] = 15.0,
    as_json: Json = False,
    data: DataDir = None,
    host: Host = DEFAULT_HOST,
    port: Port = DEFAULT_PORT,
    model: Model = None,
) -> None:
    """Watch cameras and raise their hazards.

    With --source: the API, the pages and a worker, for that camera; zones come from --site, or else the whole picture
    is a no-parking zone. With --api: a worker for the cameras of that API.
    """
    if explain:
        _explain(source, site, camera, api, token, seconds, as_json)
        return
    if as_json:
        raise typer.BadParameter("--json goes with --explain")
    folder = data_dir(data)
    if api is not None:
        if source is not None or site is not None:
            raise typer.BadParameter("--api works for the site of that API; --source and --site do not go with it")
        if not token:
            raise typer.BadParameter("--api needs a worker token in SANXUN_TOKEN: sanxun token create --role worker")
        _work(api, token, folder, model, threads or os.cpu_count() or 1, metrics_port)
        return
    if camera is not None and site is None:
        raise typer.BadParameter("--camera picks one of a site file: give --site too")
    if source is None and site is None:
        raise typer.BadParameter("give --source with a camera, --site with a site file, or --api to work for")
    _put_cameras(source, site, camera, folder)
    _whole_system(folder, host, port, model, metrics_port)


def _explain(
    source: str | None,
    site: Path | None,
    camera: str | None,
    api: str | None,
    token: str | None,
    seconds: float,
    as_json: bool,
) -> None:
    """Nothing is stored or started: the cameras are opened, looked at and let go."""
    from api.cli.explain import print_explanations
    from streams.delivery.link import ApiLink

    if site is not None:
        cameras = _site_of(site, source, camera).camera
    elif source is not None:
        cameras = (_whole_picture(source),)
    elif api is not None and token:
        with ApiLink(api, token) as link:
            stored = link.fetch_site()
        cameras = stored.camera if stored is not None else ()
    else:
        raise typer.BadParameter("--explain needs --source, --site, or --api with a worker's token in SANXUN_TOKEN")
    raise typer.Exit(1 if print_explanations([c for c in cameras if c.enabled], seconds, as_json) else 0)


def _whole_picture(source: str) -> CameraSpec:
    zone = ZoneSpec(id="picture", hazards=(HazardKind.ILLEGAL_PARKING,), polygon=_WHOLE_PICTURE, dwell_s=60)
    return CameraSpec(id=_ONLY, url=source, zone=(zone,))


def _put_cameras(source: str | None, site: Path | None, camera: str | None, data: Path) -> None:
    from api.cli.house import add_cameras, add_site

    if site is not None:
        add_site(data, _site_of(site, source, camera))
    else:
        add_cameras(data, [_one_camera(data, str(source))], "My site")


def _whole_system(data: Path, host: str, port: int, model: str | None, metrics_port: int | None) -> None:
    from api.auth.bootstrap import bootstrap_users
    from api.cli.house import print_sign_ins, run_house

    passwords = bootstrap_users(data)

    def ready(url: str) -> None:
        print_sign_ins(url, passwords)

    run_house(data, host, port, model=model, ready=ready, metrics_port=metrics_port)


def _site_of(path: Path, source: str | None, camera: str | None) -> Site:
    """The site file; `camera`, or its only one, with `source` for its url. With neither, all of its cameras."""
    from api.cli.replay import pick_camera
    from streams.site import load_site

    site = load_site(path)
    if source is None and camera is None:
        return site
    chosen = pick_camera(site, camera)
    return site.model_copy(update={"camera": (chosen.model_copy(update={"url": source or chosen.url}),)})


def _one_camera(data: Path, source: str) -> CameraSpec:
    """The camera cam-1 at `source`: as the stored site knows it, or with the whole picture as a no-parking zone."""
    from api.cli.house import say
    from api.site.offline import read_site

    stored = next((known for known in read_site(data).camera if known.id == _ONLY), None)
    if stored is not None:
        return stored.model_copy(update={"url": source})
    say("no --site: the whole picture is a no-parking zone with 60 s of grace; `sanxun site` takes zones of your own")
    return _whole_picture(source)


def _work(api: str, token: str, data: Path, model: str | None, threads: int, metrics_port: int | None) -> None:
    import logging

    from api.cli.detector import aloft_detectors, open_detectors
    from api.cli.figures import figures_served
    from api.cli.house import say
    from api.cli.processes import end_with_parent
    from api.cli.succession import Succession, begin_anew
    from api.cli.wires import wires_opener
    from streams.delivery.link import ApiLink
    from streams.delivery.outbox import Outbox
    from streams.evidence.shelf import Shelf
    from streams.metrics.record import Metrics
    from streams.worker import Worker

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    _only_worker(data)
    _allow_open_files()
    detectors, provider = open_detectors(model, data, count=threads, say=say)
    outbox = Outbox(data / "worker.db", shelf=Shelf(data / "clips"))
    metrics, link = Metrics(), ApiLink(api, token)
    worker = Worker(
        link,
        outbox,
        detectors,
        name=socket.gethostname(),
        provider=provider,
        metrics=metrics,
        open_wires=wires_opener(data, say),
        aloft=aloft_detectors(model, data, count=threads, say=say),
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: worker.stop())
    end_with_parent()
    # A model that was asked for by name is nobody's to replace.
    succession = Succession(data, worker.stop, say) if model is None else None
    if succession is not None:
        succession.start()
    _leave_to_stay()
    with figures_served(metrics, metrics_port, data):
        worker.run()
    if succession is not None and succession.due:
        begin_anew()


def _leave_to_stay() -> None:
    """What is loaded by now stays, and the garbage collector need not walk it again: with 100 cameras' packets a full
    collection takes 12 ms instead of 57, and every look waits for it."""
    gc.collect()
    gc.freeze()


def _allow_open_files() -> None:
    """As many as the system lets this process have: each camera takes some, and the usual 1,024 end at 200 cameras."""
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS names no limit here and then takes none beyond this.
    wanted = most if most != resource.RLIM_INFINITY else 10_240
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _only_worker(data: Path) -> None:
    """Hold the folder's worker lock until the process ends: two workers would raise every hazard twice."""
    import fcntl

    lock = os.open(data / "worker.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise StreamError(f"another worker works on {data}: stop it, or give this one a --data of its own") from None
