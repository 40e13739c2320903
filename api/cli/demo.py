"""`sanxun demo`: the whole system on rendered streets, so that it can be seen working before a camera is at hand."""

from __future__ import annotations

from api.cli.options import DEFAULT_HOST, DEFAULT_PORT, DataDir, Host, Model, Port, data_dir
from streams.site import CameraSpec, ZoneSpec


def demo(data: DataDir = None, host: Host = DEFAULT_HOST, port: Port = DEFAULT_PORT, model: Model = None) -> None:
    """Start everything with rendered streets played as live cameras: a car parks where it may not, a ticket comes.

    The streets, the cars and the people are drawn by Sanxun; the cameras are real RTSP streams on this machine, and all
    that follows is what would watch a real one.
    """
    from models.scenes.demo import demo_scenes

    from api.auth.bootstrap import bootstrap_users
    from api.cli.house import add_cameras, print_sign_ins, run_house, say
    from streams.rtsp_server import RtspServer

    folder = data_dir(data)
    scenes = demo_scenes()
    clips = {scene.name: folder / "demo" / f"{scene.name}.mp4" for scene in scenes}
    for scene in scenes:
        if not clips[scene.name].is_file():
            say(f"drawing the street {scene.name} ({scene.duration_s:.0f} s of video, once)")
            render_clip(scene, clips[scene.name])
    passwords = bootstrap_users(folder, reset=True)
    server = RtspServer(clips, host="127.0.0.1", port=0)
    server.start()
    try:
        cameras = [
            CameraSpec(
                id=scene.name,
                name=scene.title,
                url=server.url(scene.name),
                lon=scene.lon,
                lat=scene.lat,
                zone=(
                    ZoneSpec(
                        id="watched",
                        name=scene.zone_title,
                        hazards=(scene.hazard,),
                        polygon=scene.zone,
                        dwell_s=10,
                    ),
                ),
            )
            for scene in scenes
        ]
        add_cameras(folder, cameras, "Demonstration 演示")
        run_house(folder, host, port, model=model, ready=lambda url: print_sign_ins(url, passwords))
    finally:
        server.stop()
