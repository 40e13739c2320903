"""Training batches made ahead of need, in a process beside the one that trains."""

from __future__ import annotations

import multiprocessing
import queue
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.queues import Queue
from multiprocessing.sharedctypes import Synchronized
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from models.train.augment import Picture, Sample, compose
from models.train.errors import BadPictures
from models.train.pictures import Labelled, load_picture

_READY_BATCHES = 6


@dataclass(frozen=True, slots=True)
class Batch:
    """`pictures` uint8 (B, S, S, 3) BGR; one row per box in `picture_index` (M,), `class_id` (M,) and `xywh` (M, 4).

    `xywh` is centre and size relative to the picture, 0-1.
    """

    pictures: Picture
    picture_index: npt.NDArray[np.int64]
    class_id: npt.NDArray[np.int64]
    xywh: npt.NDArray[np.float32]


@dataclass(slots=True)
class Source:
    """Pictures of one kind, how often they are drawn, and at what size.

    `long_side` is the range of the picture's longer side: relative to the training square for photographs, in px for
    camera views (a 16:9 frame is 640 px wide in the deployed network, whatever the training square).
    """

    pictures: Sequence[Labelled]
    weight: float
    long_side: tuple[float, float]
    long_side_in_px: bool
    keep_px: int
    cache: dict[int, Picture] = field(default_factory=dict)

    def draw(self, rng: np.random.Generator) -> Sample:
        which = int(rng.integers(len(self.pictures)))
        if which not in self.cache:
            self.cache[which] = load_picture(self.pictures[which].path, self.keep_px)
        picture, one = self.cache[which], self.pictures[which]
        high, wide = picture.shape[:2]
        return Sample(picture, one.class_id, one.xyxy * np.array([wide, high, wide, high], np.float32))

    def long_side_px(self, side_px: int, shrink: float, rng: np.random.Generator) -> float:
        low, high = np.log(self.long_side)
        drawn = float(np.exp(rng.uniform(low, high)))
        return drawn * shrink if self.long_side_in_px else drawn * shrink * side_px


def make_sample(sources: Sequence[Source], side_px: int, mosaic: bool, rng: np.random.Generator) -> Sample:
    """One augmented square picture of 1 (or, as a mosaic, 4) drawn from the sources by weight."""
    weights = np.array([source.weight for source in sources], np.float64)
    count = 4 if mosaic else 1
    chosen = [sources[int(i)] for i in rng.choice(len(sources), count, p=weights / weights.sum())]
    drawn = [source.draw(rng) for source in chosen]
    # In a mosaic each quarter is small: photographs shrink with it, camera views keep most of their scale.
    longs = [
        source.long_side_px(side_px, (0.85 if source.long_side_in_px else 0.7) if mosaic else 1.0, rng)
        for source in chosen
    ]
    return compose(drawn, longs, side_px, rng)


def make_batch(samples: Sequence[Sample]) -> Batch:
    """Stacks samples of one size."""
    side = samples[0].picture.shape[0]
    xyxy = np.concatenate([sample.xyxy for sample in samples]) / side
    xywh = np.concatenate([(xyxy[:, :2] + xyxy[:, 2:]) / 2, xyxy[:, 2:] - xyxy[:, :2]], axis=1).astype(np.float32)
    index = np.concatenate([np.full(len(sample.class_id), i, np.int64) for i, sample in enumerate(samples)])
    return Batch(
        np.stack([sample.picture for sample in samples]),
        index,
        np.concatenate([sample.class_id for sample in samples]),
        xywh,
    )


@dataclass(frozen=True, slots=True)
class Wish:
    """What the next batch is to be like."""

    sources: Sequence[Source]
    side_px: int
    mosaic_share: float
    batch: int


class Wisher(Protocol):
    """Says, at a progress of 0 to 1, what the next batch is to be like. Sent to the feeding process: picklable."""

    def wish(self, progress: float) -> Wish: ...


class Feed:
    """Batches made ahead of need, in processes of their own; they end with `close()` or with their parent.

    A thread will not do: between the network's some thousand short calls a step, it would wait for the interpreter
    lock each time (5 s a step instead of 0.8 s, measured).
    """

    def __init__(self, wisher: Wisher, seed: tuple[int, ...], processes: int = 1) -> None:
        context = multiprocessing.get_context("spawn")
        self._ready: Queue[Batch | str] = context.Queue(_READY_BATCHES + processes - 1)
        self._progress: Synchronized[float] = context.Value("d", 0.0)
        self._processes = []
        for which in range(processes):
            # The first draws what a single one would: a run with one feeder stays what it was.
            arguments = (wisher, (*seed, which) if which else seed, self._ready, self._progress)
            process = context.Process(target=_fill, args=arguments, name=f"train-feed-{which}", daemon=True)
            process.start()
            self._processes.append(process)

    def next(self, progress: float) -> Batch:
        """The next batch; `progress` steers those still to be made.

        Raises:
            BadPictures: the feeding process failed, with its words, or died.
        """
        self._progress.value = progress
        while True:
            try:
                item = self._ready.get(timeout=5)
            except queue.Empty:
                dead = [one.exitcode for one in self._processes if not one.is_alive()]
                if not dead:
                    continue
                raise BadPictures(f"a feeding process died with exit code {dead[0]}") from None
            if isinstance(item, str):
                raise BadPictures(item)
            return item

    def close(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join(timeout=30)


def _fill(wisher: Wisher, seed: tuple[int, ...], ready: Queue[Batch | str], progress: Synchronized[float]) -> None:
    """The feeding process."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    try:
        while True:
            wish = wisher.wish(progress.value)
            rows = range(wish.batch)
            mosaic = rng.random(wish.batch) < wish.mosaic_share
            _hand_over(ready, make_batch([make_sample(wish.sources, wish.side_px, bool(mosaic[i]), rng) for i in rows]))
    except Exception as fault:
        _hand_over(ready, f"{type(fault).__name__}: {fault}")


def _hand_over(ready: Queue[Batch | str], item: Batch | str) -> None:
    """Waits for room; ends this process when its parent is gone (a killed trainer cannot call `close`)."""
    parent = multiprocessing.parent_process()
    while True:
        try:
            ready.put(item, timeout=5)
            return
        except queue.Full:
            if parent is None or not parent.is_alive():
                sys.exit(1)
