"""Training batches, drawn by processes of their own while the network learns."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import cv2
import numpy as np

from models.wires.backgrounds import photographs
from models.wires.paint import Rgb
from models.wires.samples import Album, Truth, distant_sample, eased, sample
from models.wires.settings import WireSettings

Batch = tuple[Rgb, Truth]
_POOL_LEAST, _POOL_MOST = 64, 1200  # 0.26 MB each


class Feed:
    """Batches of (n, side, side, 3) pictures and (n, side, side) truth from `settings.drawers` processes in turn; each
    is one batch ahead. `from_step` keeps a resumed run from seeing the same again."""

    def __init__(self, settings: WireSettings, from_step: int) -> None:
        context: Any = multiprocessing.get_context("spawn")
        self._turn = 0
        self._pipes: list[Connection] = []
        self._drawers = []
        for number in range(settings.drawers):
            ours, theirs = context.Pipe()
            seed = (settings.seed, from_step, number)
            drawer = context.Process(target=_draw, args=(theirs, settings, seed), daemon=True)
            drawer.start()
            theirs.close()
            self._pipes.append(ours)
            self._drawers.append(drawer)

    def next(self) -> Batch:
        """Raises `EOFError` where a drawing process has died."""
        pipe = self._pipes[self._turn % len(self._pipes)]
        self._turn += 1
        batch: Batch = pipe.recv()
        return batch

    def close(self) -> None:
        for drawer in self._drawers:
            drawer.terminate()
            drawer.join()


class Pool:
    """Samples drawn anew now and then, and turned about in between: drawing one takes as long as learning from it."""

    def __init__(self, draw: Callable[[], tuple[Rgb, Truth]], drawn_anew: float) -> None:
        self._draw, self._drawn_anew = draw, drawn_anew
        self._kept: list[tuple[Rgb, Truth]] = []

    def next(self, random: np.random.Generator) -> tuple[Rgb, Truth]:
        if len(self._kept) < _POOL_LEAST or random.random() < self._drawn_anew:
            self._kept = [*self._kept[-_POOL_MOST:], self._draw()]
            return self._kept[-1]
        picture, truth = self._kept[int(random.integers(len(self._kept)))]
        turns, mirrored = int(random.integers(4)), 1 if random.random() < 0.5 else -1
        picture, truth = np.rot90(picture, turns)[:, ::mirrored], np.rot90(truth, turns)[:, ::mirrored]
        light = np.float32(random.uniform(0.75, 1.25)) * picture + np.float32(random.uniform(-20, 20))
        return np.clip(light, 0, 255).astype(np.uint8), truth


def _draw(pipe: Connection, settings: WireSettings, seed: tuple[int, ...]) -> None:
    cv2.setNumThreads(1)
    parent = os.getppid()
    random, album = np.random.default_rng(seed), Album(photographs(settings.pictures)[0])

    def drawn() -> tuple[Rgb, Truth]:
        if random.random() < settings.distant:
            picture, truth = distant_sample(album, settings.side_px, random)
        else:
            picture, truth = sample(*album.any(random), settings.side_px, random)
        return picture, eased(truth)

    pool = Pool(drawn, settings.drawn_anew)
    while os.getppid() == parent:
        samples = [pool.next(random) for _ in range(settings.batch)]
        try:
            pipe.send((np.stack([s[0] for s in samples]), np.stack([s[1] for s in samples])))
        except BrokenPipeError:
            return
