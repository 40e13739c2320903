"""Peers' loops as their own documentation writes them. Runs in the peers' environment; imports nothing of Sanxun.

    python bench/peers/loops.py predict|track|supervision --weights W.onnx --clip C.mp4 --seconds 10
    python bench/peers/loops.py streams --weights W.onnx --seconds 15 rtsp://… rtsp://…

The first three take every frame of the clip, over and over; `streams` takes live cameras, one frame in five, as
Ultralytics' documentation does for several sources. Prints a line of JSON: frames, seconds, CPU seconds of the process.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import itertools
import json
import os
import sys
import tempfile
import time
import types
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("YOLO_AUTOINSTALL", "false")
os.environ.setdefault("YOLO_OFFLINE", "true")

_WARM_FRAMES = 8
_EVERY = 5  # of 25 frames a second: five a second
_WHOLE = ((0, 0), (1, 0), (1, 1), (0, 1))


def ultralytics_model(weights: str) -> Any:
    """Ultralytics imports torchvision to suppress boxes; its only build on the registry brings gigabytes of CUDA.
    Where it is absent, a module stands in that holds Ultralytics' own suppression, written for that very case."""
    if importlib.util.find_spec("torchvision") is None:
        _stand_in_for_torchvision()
    from ultralytics import YOLO

    return YOLO(weights, task="detect")


def _stand_in_for_torchvision() -> None:
    real = importlib.metadata.version
    importlib.metadata.version = lambda name: "0.28.0" if name == "torchvision" else real(name)
    try:
        from ultralytics.utils.nms import TorchNMS
    finally:
        importlib.metadata.version = real
    module = types.ModuleType("torchvision")
    module.ops = types.SimpleNamespace(nms=TorchNMS.nms)  # type: ignore[attr-defined]
    sys.modules["torchvision"] = module


def predict(weights: str, clip: str) -> Iterator[object]:
    model = ultralytics_model(weights)
    while True:
        yield from model.predict(clip, stream=True, imgsz=640, verbose=False)


def track(weights: str, clip: str) -> Iterator[object]:
    model = ultralytics_model(weights)
    while True:
        yield from model.track(clip, stream=True, imgsz=640, tracker="bytetrack.yaml", persist=True, verbose=False)


def supervision(weights: str, clip: str) -> Iterator[object]:
    """Detections, ByteTrack, a polygon zone, and how long each track has been in it."""
    model = ultralytics_model(weights)
    import numpy as np
    import supervision as sv
    from trackers import ByteTrackTracker

    info = sv.VideoInfo.from_video_path(clip)
    corners = np.array([(round(x * info.width), round(y * info.height)) for x, y in _WHOLE])
    while True:
        tracker, zone = ByteTrackTracker(frame_rate=info.fps), sv.PolygonZone(polygon=corners)
        since: dict[int, int] = {}
        for number, frame in enumerate(sv.get_video_frames_generator(clip)):
            result = model(frame, imgsz=640, verbose=False)[0]
            detections = tracker.update(sv.Detections.from_ultralytics(result))
            inside = detections[zone.trigger(detections)]
            ids = inside.tracker_id if inside.tracker_id is not None else ()
            yield {int(one): number - since.setdefault(int(one), number) for one in ids}


def streams(weights: str, urls: list[str]) -> Iterator[object]:
    """Batches of one frame a camera: Ultralytics waits for every camera in turn."""
    model = ultralytics_model(weights)
    with tempfile.NamedTemporaryFile("w", suffix=".streams") as listed:
        listed.write("\n".join(urls) + "\n")
        listed.flush()
        yield from model.track(
            listed.name,
            stream=True,
            imgsz=640,
            vid_stride=_EVERY,
            tracker="bytetrack.yaml",
            persist=True,
            verbose=False,
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("loop", choices=("predict", "track", "supervision", "streams"))
    parser.add_argument("urls", nargs="*")
    parser.add_argument("--weights", required=True)
    parser.add_argument("--clip")
    parser.add_argument("--seconds", type=float, default=10.0)
    asked = parser.parse_args()
    if asked.loop == "streams":
        frames = streams(asked.weights, asked.urls)
    else:
        frames = {"predict": predict, "track": track, "supervision": supervision}[asked.loop](asked.weights, asked.clip)
    for _ in itertools.islice(frames, _WARM_FRAMES * max(1, len(asked.urls))):
        pass
    began_s, began_cpu_s, count = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - began_s < asked.seconds:
        next(frames)
        count += 1
    wall_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    print(json.dumps({"frames": count, "seconds": round(wall_s, 3), "cpu_s": round(cpu_s, 3)}), flush=True)
    os._exit(0)  # Ultralytics' reading threads do not end by themselves


if __name__ == "__main__":
    main()
