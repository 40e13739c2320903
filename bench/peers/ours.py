"""Our loop in the same form as the peers': every frame of the clip, over and over. Runs in our environment.

    python bench/peers/ours.py cpu|chosen --weights W.onnx --clip C.mp4 --seconds 10 [--data DIR]

`cpu` is ONNX Runtime's CPU provider in float32, which is what Ultralytics runs such a file on; `chosen` is what
`sanxun models bench` chose and keeps in the data folder. One session of one thread a core, every frame inferred.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from models.catalog import find
from models.machine import usable_cores
from models.measure import choose
from models.session import open_session
from streams.bench.loop import saturated_fps
from vision.detect import Detector


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("on", choices=("cpu", "chosen"))
    parser.add_argument("--weights", required=True)
    parser.add_argument("--clip", required=True)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    spec = find(asked.weights, asked.data)
    provider, precision = "CPUExecutionProvider", "fp32"
    if asked.on == "chosen":
        choice = choose(spec, asked.data, 1)
        provider, precision = choice.provider, choice.precision
    sessions = [
        open_session(spec, provider=provider, precision=precision, takes_bytes=True) for _ in range(usable_cores())
    ]
    detectors = [Detector(spec, session.run, takes_bytes=session.takes_bytes) for session in sessions]
    saturated_fps(asked.clip, detectors, 0.5)  # the first inferences are slow
    began_cpu_s = time.process_time()
    fps = saturated_fps(asked.clip, detectors, asked.seconds)
    cpu_s = time.process_time() - began_cpu_s
    line = {"frames": round(fps * asked.seconds), "seconds": asked.seconds, "cpu_s": round(cpu_s, 3)}
    print(json.dumps(line | {"provider": provider, "precision": precision}))


if __name__ == "__main__":
    main()
