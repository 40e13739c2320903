"""Peers and us side by side: frames per second of the same file and weights, and how many live cameras each holds.

    python bench/peers/compare.py --peers PEERS_ENV/bin/python --weights W.onnx --clip C.mp4 [--rounds 3] [--seconds 8]
                                  [--stream 1080P25.mp4] [--camera-seconds 12] [--data DIR]

Frames per second: each loop in a process of its own, in turns within each round, medians. With `--stream` (an H.264
file, as `sanxun bench cameras` keeps in DATA/bench) the peers' loops are also given real RTSP cameras, more and more,
until one gets less than 95 % of five results a second: the number before that is what they hold. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.cli.bench_search import largest
from bench.peers.frigate_like import DETECT_FPS, FrigateLike
from models import machine
from models.catalog import find
from models.measure import choose
from models.session import open_session
from streams.bench.street import Street, random_offsets_s
from streams.demo_camera.clip import load_clip
from vision.detect import Detector

_HERE = Path(__file__).parent
_ENOUGH = 0.95
_WARM_S = 4.0


def main() -> int:
    asked = _arguments()
    result: dict[str, Any] = {"weights": Path(asked.weights).name, "clip": Path(asked.clip).name}
    if asked.rounds:
        result |= _side_by_side(asked)
    if asked.stream is not None:
        result["cameras_held"] = {
            "ultralytics_streams": _held(asked, lambda urls: _ultralytics(asked, urls)),
            "frigate_like": _held(asked, lambda urls: _frigate_like(asked, urls)),
        }
        result["stream"] = asked.stream.name
    result["machine"] = {"cpu": machine.cpu().name, "cores": machine.usable_cores()}
    print(json.dumps(result))
    return 0


def _side_by_side(asked: argparse.Namespace) -> dict[str, Any]:
    rounds = [{name: run(asked) for name, run in _loops().items()} for _ in range(asked.rounds)]
    loops = {name: _median([one[name] for one in rounds]) for name in rounds[0]}
    best = max(loops["ultralytics_predict"]["fps"], loops["ultralytics_track"]["fps"])
    over = {name: round(loops[name]["fps"] / best, 2) for name in ("sanxun_cpu", "sanxun_chosen")}
    return {"loops": loops, "ours_over_ultralytics": over}


def _loops() -> dict[str, Callable[[argparse.Namespace], dict[str, Any]]]:
    return {
        "ultralytics_predict": lambda asked: _peer(asked, "predict"),
        "sanxun_cpu": lambda asked: _ours(asked, "cpu"),
        "ultralytics_track": lambda asked: _peer(asked, "track"),
        "sanxun_chosen": lambda asked: _ours(asked, "chosen"),
        "supervision": lambda asked: _peer(asked, "supervision"),
    }


def _peer(asked: argparse.Namespace, loop: str) -> dict[str, Any]:
    given = ["--weights", asked.weights, "--clip", asked.clip, "--seconds", str(asked.seconds)]
    return _said([asked.peers, str(_HERE / "loops.py"), loop, *given])


def _ours(asked: argparse.Namespace, on: str) -> dict[str, Any]:
    given = ["--weights", asked.weights, "--clip", asked.clip, "--seconds", str(asked.seconds)]
    given += ["--data", str(asked.data)] if asked.data else []
    return _said([sys.executable, str(_HERE / "ours.py"), on, *given])


def _said(command: list[str]) -> dict[str, Any]:
    """The last line that the command prints, as JSON."""
    environment = os.environ | {"PYTHONPATH": str(_HERE.parents[1])} if command[0] == sys.executable else None
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)
    try:
        line: dict[str, Any] = json.loads(ran.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise SystemExit(f"{' '.join(command)} said: {ran.stdout[-500:]}{ran.stderr[-2000:]}") from None
    return line


def _median(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "fps": round(statistics.median(one["frames"] / one["seconds"] for one in found), 2),
        "cpu_ms_a_frame": round(statistics.median(1000 * one["cpu_s"] / max(1, one["frames"]) for one in found), 1),
        **{key: found[0][key] for key in ("provider", "precision") if key in found[0]},
    }


def _held(asked: argparse.Namespace, results_per_s: Callable[[list[str]], float]) -> dict[str, Any]:
    """The most cameras of which the slowest gets its five results a second."""
    tried: dict[int, float] = {}
    length_s = load_clip(asked.stream).duration_s

    def held(count: int) -> bool:
        names = [f"cam-{i + 1}" for i in range(count)]
        with Street(dict.fromkeys(names, asked.stream), random_offsets_s(names, length_s, 1)) as street:
            tried[count] = round(results_per_s([street.url(name) for name in names]), 2)
        print(f"{count} cameras: {tried[count]} results/s each", file=sys.stderr, flush=True)
        return tried[count] >= _ENOUGH * DETECT_FPS

    return {"cameras": largest(held, 2), "results_per_s_by_cameras": dict(sorted(tried.items()))}


def _ultralytics(asked: argparse.Namespace, urls: list[str]) -> float:
    given = ["--weights", asked.weights, "--seconds", str(asked.camera_seconds)]
    said = _said([asked.peers, str(_HERE / "loops.py"), "streams", *urls, *given])
    return float(said["frames"] / said["seconds"] / len(urls))


def _frigate_like(asked: argparse.Namespace, urls: list[str]) -> float:
    spec = find(asked.weights, asked.data)
    choice = choose(spec, asked.data, machine.usable_cores())
    session = open_session(spec, provider=choice.provider, threads=choice.threads, precision=choice.precision)
    loop = FrigateLike(urls, Detector(spec, session.run))
    return min(kept.looked for kept in loop.run(_WARM_S, asked.camera_seconds)) / float(asked.camera_seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--peers", required=True, help="Python of the peers' environment")
    parser.add_argument("--weights", required=True)
    parser.add_argument("--clip", required=True)
    parser.add_argument("--rounds", type=int, default=3, help="0: the cameras alone")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--stream", type=Path)
    parser.add_argument("--camera-seconds", type=float, default=12.0)
    parser.add_argument("--data", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
