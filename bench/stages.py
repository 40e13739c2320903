"""What a frame of the saturated loop costs besides decoding and inference, step by step: where its share of the bound
goes (`sanxun bench loop`).

    python bench/stages.py --clip C.mp4 [--model street-v4] [--frames 40] [--rounds 15]

Each step runs alone on one thread over the same frames of the clip, again and again; the least CPU time of each frame
counts, which other programs on the machine disturb least: by the wall clock they made the first looks, which come once
a clip, seem to cost most of all. Prints JSON: milliseconds a frame of each, the mean over
the frames. Health, gate and rule see a picture now and then: theirs are within `pipeline`, whose median is a frame
without them.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import cv2

from models import machine
from models.catalog import find
from models.measure import choose
from models.session import open_session
from streams.decoding.decode import Decoder
from streams.decoding.picture import YuvShot
from streams.pipeline import CameraPipeline
from streams.site import CameraSpec, ZoneSpec
from streams.sources.source import open_source
from vision.detect import Detector
from vision.types import Detections, Floats, Frame, HazardKind, Picture

_WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def decoded(clip: str, fit_wh: tuple[int, int], count: int) -> list[Frame]:
    with open_source(clip) as source:
        start = datetime(1970, 1, 1, tzinfo=UTC)
        decoder = Decoder(source, camera="bench", looks_per_s=240.0, fit_wh=fit_wh, start=start)
        return [frame for frame, _ in zip(decoder.frames(source.packets()), range(count), strict=False)]


def least_ms(rounds: int, steps: Callable[[], Sequence[Callable[[], object]]]) -> list[float]:
    """The least CPU time of each of some steps, which are made anew for every round."""
    best: dict[int, float] = {}
    for _ in range(rounds):
        for at, step in enumerate(steps()):
            began_s = time.thread_time()
            step()
            best[at] = min(best.get(at, math.inf), 1e3 * (time.thread_time() - began_s))
    return list(best.values())


def pipeline_steps(frames: Sequence[Frame], found: Sequence[Detections]) -> list[Callable[[], object]]:
    zone = ZoneSpec(id="whole", hazards=(HazardKind.ILLEGAL_PARKING,), polygon=_WHOLE, dwell_s=10)
    pipeline = CameraPipeline(CameraSpec(id="bench", url="bench", zone=(zone,)), gating=False)
    return [partial(pipeline.step, frame, one) for frame, one in zip(frames, found, strict=True)]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--clip", required=True)
    options.add_argument("--model", default="street-v4")
    options.add_argument("--data", type=Path, help="where `sanxun models bench` keeps what it chose")
    options.add_argument("--frames", type=int, default=40)
    options.add_argument("--rounds", type=int, default=15)
    given = options.parse_args()
    cv2.setNumThreads(1)
    spec = find(given.model, None)
    choice = choose(spec, given.data, 1)
    session = open_session(spec, provider=choice.provider, precision=choice.precision, takes_bytes=True)
    answers: list[Floats] = []
    told: Iterator[Floats] = iter(())

    def record(picture: Picture) -> Floats:
        answers.append(session.run(picture))
        return answers[-1]

    detector = Detector(spec, record, takes_bytes=session.takes_bytes)
    frames = decoded(given.clip, detector.fit_wh, given.frames)
    found = [detector.see(frame) for frame in frames]

    planes = [frame.shot.planes() for frame in frames]  # they are timed on their own

    def around_steps() -> list[Callable[[], object]]:
        nonlocal told
        told = iter(answers)
        canned = Detector(spec, lambda _: next(told), takes_bytes=session.takes_bytes)
        return [partial(canned._found, *one) for one in zip(planes, (frame.source_wh for frame in frames), strict=True)]

    # A new shot each: one that has been asked before has kept its brightness.
    shots = [frame.shot for frame in frames if isinstance(frame.shot, YuvShot)]
    picture = least_ms(given.rounds, lambda: [YuvShot(shot._picture, detector.fit_wh).planes for shot in shots])
    around = least_ms(given.rounds, around_steps)
    judged = least_ms(given.rounds, lambda: pipeline_steps(frames, found))
    print(
        json.dumps(
            {
                **{name: value for name, value in vars(given).items() if name != "data"},
                "scale_and_colour_ms": round(statistics.mean(picture), 3),
                "letterbox_and_boxes_ms": round(statistics.mean(around), 3),
                "pipeline_ms": round(statistics.mean(judged), 3),
                "pipeline_median_ms": round(statistics.median(judged), 3),
                "detections_mean": round(statistics.mean(len(one) for one in found), 1),
                "machine": machine.cpu().name,
            }
        )
    )


if __name__ == "__main__":
    main()
