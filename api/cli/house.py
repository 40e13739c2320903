"""The whole system on one machine: the API and a worker, kept running until Ctrl-C."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from api.cli.processes import Child, Supervisor, exit_on_signals, free_port, is_free, wait_until_healthy
from api.errors import ApiError
from streams.site import CameraSpec, Site

Ready = Callable[[str], None]


class PortTaken(ApiError):
    """Somebody else listens where the API should."""


def run_house(
    data: Path, host: str, port: int, *, model: str | None, ready: Ready, metrics_port: int | None = None
) -> None:
    """Start the API on `data` and a worker for it; call `ready` with the address once the API answers.

    A worker token is made anew at each start and handed over by the environment. Ends with SIGINT, SIGTERM or SIGHUP,
    its children with it. Raises `PortTaken`.
    """
    from api.auth.tokens import make_worker_token
    from api.config_file import WrongConfiguration
    from api.settings import Settings

    if Settings(data=data).tls_cert is not None:
        raise WrongConfiguration(
            "with a certificate set, start the two apart: `sanxun serve`, and `sanxun watch --api https://NAME` with a "
            "token of `sanxun token create --role worker`; see docs/running.md"
        )
    if port and not is_free(host, port):
        raise PortTaken(f"port {port} of {host} is in use: stop what runs there, or give another --port")
    port = port or free_port(host)
    url = f"http://{'127.0.0.1' if host in ('', '0.0.0.0') else host}:{port}"
    supervisor = Supervisor(say)
    exit_on_signals()
    try:
        serve = ["serve", "--data", str(data), "--host", host, "--port", str(port)]
        api = Child("the API", serve)
        supervisor.add(api)
        if not wait_until_healthy(url, api.process):
            raise SystemExit(f"sanxun: the API did not answer at {url}; its own words are above")
        watch = ["watch", "--api", url, "--data", str(data), *(["--model", model] if model else [])]
        watch += [] if metrics_port is None else ["--metrics-port", str(metrics_port)]
        supervisor.add(Child("the worker", watch, {"SANXUN_TOKEN": make_worker_token(data, "this machine's worker")}))
        ready(url)
        supervisor.run()
    finally:
        say("stopping")
        supervisor.stop()


def add_cameras(data: Path, cameras: Sequence[CameraSpec], site_name: str) -> None:
    """Put cameras into the stored site, over those of the same id; the others stay as they are."""
    from api.site.offline import read_site, write_site

    site = read_site(data)
    ids = {camera.id for camera in cameras}
    kept = tuple(camera for camera in site.camera if camera.id not in ids)
    info = site.site if kept or site.grid else site.site.model_copy(update={"name": site_name})
    write_site(data, site.model_copy(update={"camera": (*kept, *cameras), "site": info}))


def add_site(data: Path, given: Site) -> None:
    """A site file over the stored site: its name, zone of time and grids (where it has any), and its cameras."""
    from api.site.offline import read_site, write_site

    stored = read_site(data)
    ids = {camera.id for camera in given.camera}
    kept = tuple(camera for camera in stored.camera if camera.id not in ids)
    write_site(data, Site(site=given.site, camera=(*kept, *given.camera), grid=given.grid or stored.grid))


def print_sign_ins(url: str, passwords: dict[str, str]) -> None:
    """The addresses and who may sign in; passwords are shown this once."""
    print(f"\n  Command-centre wall   {url}/\n  Grid worker's phone   {url}/phone\n")
    for username, password in passwords.items():
        print(f"  {username:<8} {password}")
    if not passwords:
        print("  Sign in as before: the passwords were shown at the first start.")
    print("\n  Ctrl-C stops everything.\n", flush=True)


def say(text: str) -> None:
    print(f"sanxun: {text}", file=sys.stderr, flush=True)
