"""`sanxun demo`: the whole system on rendered streets, so that it can be seen working before a camera is at hand."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.options import DEFAULT_HOST, DEFAULT_PORT, DataDir, Host, Model, Port, data_dir
from streams.site import CameraSpec, ZoneSpec
from vision.types import HazardKind

if TYPE_CHECKING:
    from models.scenes.demo import DemoScene

_FPS = 10
_SIZE_WH = (960, 540)
_DWELL_S = 10.0  # short, so that a visitor sees a hazard within the minute


def demo(data: DataDir = None, host: Host = DEFAULT_HOST, port: Port = DEFAULT_PORT, model: Model = None) -> None:
    """Start everything with rendered streets played as live cameras: a car parks where it may not, a ticket comes.

    The streets, the cars and the people are drawn by Sanxun; the cameras are real RTSP streams on this machine, and all
    that follows is what would watch a real one.
    """
    from api.auth.bootstrap import bootstrap_users
    from api.cli.house import add_cameras, print_sign_ins, run_house, say
    from models.scenes.demo import demo_scenes
    from streams.demo_camera.server import RtspServer

    folder = data_dir(data)
    passwords = bootstrap_users(folder, reset=True)
    with contextlib.ExitStack() as cameras:

        def show(url: str) -> None:
            print_sign_ins(url, passwords)
            clips = draw_clips(folder / "demo", say)
            server = cameras.enter_context(RtspServer(clips))
            specs = [camera_of(scene, server.url(scene.name)) for scene in demo_scenes()]
            add_cameras(folder, specs, "Demonstration 演示")
            say("the cameras are on; the first hazard is due in about 20 s")

        # The worker gets ready while the streets are being drawn; it picks the cameras up when they are there.
        run_house(folder, host, port, model=model, ready=show)


def draw_clips(folder: Path, say: Callable[[str], None]) -> dict[str, Path]:
    """The clip of each scene by name; those that are missing are drawn, side by side."""
    from models.scenes.demo import demo_scenes

    clips = {scene.name: folder / f"{scene.name}.mp4" for scene in demo_scenes()}
    missing = [name for name, path in clips.items() if not path.is_file()]
    if missing:
        say(f"drawing {len(missing)} streets, this once: about 20 s")
        folder.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
            list(pool.map(draw_clip, missing, [clips[name] for name in missing]))
    return clips


def draw_clip(name: str, path: Path) -> None:
    """Draw a scene's whole loop into an H.264 file, a key frame every two seconds as street cameras send them."""
    from models.scenes.demo import demo_scenes
    from models.scenes.render import render
    from streams.decoding.encode import write_mp4

    scene = next(scene for scene in demo_scenes() if scene.name == name)
    frames = round(scene.duration_s * _FPS)
    pictures = (render(scene.scene, i / _FPS, _SIZE_WH)[0] for i in range(frames))
    write_mp4(path, pictures, fps=_FPS, gop=2 * _FPS, crf=26)


def camera_of(scene: DemoScene, url: str) -> CameraSpec:
    """The scene as a camera of the site, with its zone."""
    zone = ZoneSpec(
        id="watched",
        name=scene.zone_title,
        hazards=(HazardKind(scene.hazard),),
        polygon=scene.zone,
        dwell_s=_DWELL_S,
    )
    return CameraSpec(id=scene.name, name=scene.title, url=url, lon=scene.lon, lat=scene.lat, zone=(zone,))
