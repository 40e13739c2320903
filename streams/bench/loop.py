"""How much of the bare inference rate the whole loop keeps: measured in one run, in alternated pairs."""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import av.error
import numpy as np

from streams.decoding.decode import Decoder
from streams.decoding.decoders import SELF_CONTAINED, open_decoder
from streams.errors import SourceUnusable, StreamLost
from streams.pipeline import CameraPipeline
from streams.site import CameraSpec, ZoneSpec
from streams.sources.source import open_source
from vision.detect import Detector, Infer
from vision.types import HazardKind

_EVERY_FRAME_HZ = 240.0
_WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@dataclass(frozen=True, slots=True)
class LoopFigure:
    """Medians over `runs` rounds, frames per second of all threads together: of the whole loop, of inference alone and
    of decoding alone. `bound_fps` is what decoding and inference one after the other would reach with nothing between
    them, and `share_of_bound` how much of that the loop does reach."""

    loop_fps: float
    bare_fps: float
    ratio: float
    decode_fps: float
    bound_fps: float
    share_of_bound: float
    runs: int


def bench_loop(
    clip: str, detectors: Sequence[Detector], infers: Sequence[Infer], *, runs: int, seconds: float
) -> LoopFigure:
    """Saturate one camera a thread with `clip`, every frame decoded, scaled, inferred, tracked and judged; against
    `infers` fed one ready float input, and against decoding alone. One detector and one of `infers` a thread, on the
    same weights, provider and precision. The three take turns within each round, so that a machine that slows down
    slows all of them. Raises `SourceUnusable` for a clip of which no picture can be decoded."""
    _check(clip, detectors[0].fit_wh)
    hw = detectors[0].spec.input_hw
    rounds = [
        (
            _rate([_bare(infer, hw) for infer in infers], seconds),
            _rate([_decoding(clip) for _ in detectors], seconds),
            saturated_fps(clip, detectors, seconds),
        )
        for _ in range(runs)
    ]
    bounds = [1 / (1 / bare + 1 / decode) for bare, decode, _ in rounds]
    return LoopFigure(
        loop_fps=statistics.median(whole for _, _, whole in rounds),
        bare_fps=statistics.median(bare for bare, _, _ in rounds),
        ratio=statistics.median(whole / bare for bare, _, whole in rounds),
        decode_fps=statistics.median(decode for _, decode, _ in rounds),
        bound_fps=statistics.median(bounds),
        share_of_bound=statistics.median(whole / bound for (_, _, whole), bound in zip(rounds, bounds, strict=True)),
        runs=runs,
    )


def saturated_fps(clip: str, detectors: Sequence[Detector], seconds: float) -> float:
    """Frames per second of the whole loop, one camera a thread, every frame inferred."""
    return _rate([_loop(clip, detector) for detector in detectors], seconds)


def _check(clip: str, fit_wh: tuple[int, int]) -> None:
    """Raises `SourceUnusable`, here and not in some thread."""
    with open_source(clip) as source, contextlib.suppress(StreamLost):
        start = datetime(1970, 1, 1, tzinfo=UTC)
        decoder = Decoder(source, camera="bench", looks_per_s=_EVERY_FRAME_HZ, fit_wh=fit_wh, start=start)
        if next(decoder.frames(source.packets()), None) is not None:
            return
    raise SourceUnusable(f"{clip}: not one sound picture in it can be decoded: is it whole?")


def _rate(jobs: Sequence[Callable[[float], int]], seconds: float) -> float:
    """Frames per second of all jobs together, each in a thread of its own, until a common deadline."""
    counts = [0] * len(jobs)

    def work(i: int, deadline_s: float) -> None:
        counts[i] = jobs[i](deadline_s)

    began_s = time.monotonic()
    threads = [threading.Thread(target=work, args=(i, began_s + seconds)) for i in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - began_s)


def _bare(infer: Infer, input_hw: tuple[int, int]) -> Callable[[float], int]:
    picture = np.random.default_rng(0).random((1, 3, *input_hw), np.float32)

    def run(deadline_s: float) -> int:
        frames = 0
        while time.monotonic() < deadline_s:
            infer(picture)
            frames += 1
        return frames

    return run


def _decoding(clip: str) -> Callable[[float], int]:
    """FFmpeg's decoder on one thread, every picture, none of them looked at."""

    def run(deadline_s: float) -> int:
        frames = 0
        while time.monotonic() < deadline_s:
            with open_source(clip) as source, contextlib.suppress(StreamLost):
                alone = source.codec in SELF_CONTAINED
                decoder = open_decoder(source.codec, source.extradata) if alone else source.context
                decoder.thread_count = 1
                for packet in source.packets():
                    with contextlib.suppress(av.error.FFmpegError):  # a damaged packet
                        frames += len(decoder.decode(packet.for_decoder()))
                    if time.monotonic() >= deadline_s:
                        return frames
                with contextlib.suppress(av.error.FFmpegError):
                    frames += len(decoder.decode(None))  # those that it holds back, of a short clip all
        return frames

    return run


def _loop(clip: str, detector: Detector) -> Callable[[float], int]:
    zone = ZoneSpec(id="whole", hazards=(HazardKind.ILLEGAL_PARKING,), polygon=_WHOLE, dwell_s=10)
    camera = CameraSpec(id="bench", url=clip, zone=(zone,))

    def run(deadline_s: float) -> int:
        frames = 0
        while time.monotonic() < deadline_s:
            pipeline = CameraPipeline(camera, gating=False)
            with open_source(clip) as source, contextlib.suppress(StreamLost):
                decoder = Decoder(
                    source,
                    camera=camera.id,
                    looks_per_s=_EVERY_FRAME_HZ,
                    fit_wh=detector.fit_wh,
                    start=datetime(1970, 1, 1, tzinfo=UTC),
                )
                for frame in decoder.frames(source.packets()):
                    pipeline.step(frame, detector.see(frame))
                    frames += 1
                    if time.monotonic() >= deadline_s:
                        return frames
        return frames

    return run
