"""Calls of many threads as one batch: what a GPU wants, and a CPU does not (`models.policy`).

While one batch is computed the next one gathers, so the deadline matters only when there is little to do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from models.errors import InferenceFailed
from models.onnx_file import Array

_SLOTS = 2  # one is computed while the other gathers


@dataclass(frozen=True, slots=True, eq=False)
class Buffers:
    """Where a batch lies: `pictures` (most, 3, h, w) and `outputs` (most, …), in the graph's own types."""

    pictures: npt.NDArray[Any]
    outputs: npt.NDArray[Any]


class BatchRun(Protocol):
    """A model that computes up to `most` pictures at once."""

    most: int

    def buffers(self) -> Buffers:
        """New ones, of `most` rows."""

    def run(self, buffers: Buffers, count: int) -> None:
        """Compute the first `count` rows of the outputs from those of the pictures."""


class _Slot:
    """A batch on its way; the batcher's lock guards every field but the rows of the buffers."""

    def __init__(self, buffers: Buffers) -> None:
        self.buffers = buffers
        self.reset()

    def reset(self) -> None:
        self.joined = self.written = self.read = 0
        self.closes_s = 0.0
        self.closed = self.done = False
        self.error: Exception | None = None


class Batcher:
    """An `Infer` for many threads: `run` waits for a batch to gather and gives each caller its own row.

    A batch closes when `size` callers have joined or `wait_s` after the first one did, and starts when the one before
    is finished. An error of a batch goes to all of its callers and to nobody else. Call `close` when no more will come.
    """

    def __init__(
        self, model: BatchRun, *, size: int, wait_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not 1 <= size <= model.most:
            raise ValueError(f"size must be 1 to {model.most}, got {size}")
        if wait_s < 0:
            raise ValueError(f"wait_s must not be negative, got {wait_s}")
        self._model, self._size, self._wait_s, self._clock = model, size, wait_s, clock
        self._changed = threading.Condition()
        self._free = [_Slot(model.buffers()) for _ in range(_SLOTS)]
        self._gathering: _Slot | None = None
        self._closing = False
        self.batches = self.pictures = 0  # counters, for whoever wants the mean batch
        # A daemon: a provider that hangs must not hold up the end of the process.
        self._thread = threading.Thread(target=self._compute, name="batches", daemon=True)
        self._thread.start()

    def run(self, picture: Array) -> Array:
        """The raw first output, float32 (1, …), for a float32 (1, 3, h, w) picture. From any thread.

        Raises:
            InferenceFailed: its batch could not be computed, or the batcher has been closed.
        """
        slot, row = self._join()
        wrong: Exception | None = None
        try:
            slot.buffers.pictures[row] = picture[0]
        except ValueError as error:  # of another shape: its row is computed all the same, and thrown away
            wrong = error
        with self._changed:
            slot.written += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: slot.done)
            failed = slot.error
        try:
            if wrong is not None:
                raise wrong
            if failed is not None:
                raise InferenceFailed(f"a batch of {slot.joined} failed: {failed}") from failed
            return slot.buffers.outputs[row : row + 1].astype(np.float32)
        finally:
            self._leave(slot)

    def close(self) -> None:
        """Finish what is on its way; later calls fail. Returns when the thread has ended."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _join(self) -> tuple[_Slot, int]:
        with self._changed:
            self._changed.wait_for(lambda: self._closing or self._open() is not None)
            slot = self._open()
            if slot is None or self._closing:
                raise InferenceFailed("the batcher has been closed")
            if slot.joined == 0:
                slot.closes_s = self._clock() + self._wait_s
                self._gathering = slot
            slot.joined += 1
            self._changed.notify_all()
            return slot, slot.joined - 1

    def _open(self) -> _Slot | None:
        """The slot that takes another caller, if there is one."""
        if self._gathering is not None:
            return self._gathering if self._gathering.joined < self._size else None
        return self._free[0] if self._free else None

    def _leave(self, slot: _Slot) -> None:
        with self._changed:
            slot.read += 1
            if slot.read == slot.joined:
                slot.reset()
                self._free.append(slot)
            self._changed.notify_all()

    def _compute(self) -> None:
        while (slot := self._next_batch()) is not None:
            error: Exception | None = None
            try:
                self._model.run(slot.buffers, slot.joined)
            except Exception as raised:  # ONNX Runtime's own classes share no base but Exception
                error = raised
            with self._changed:
                self.batches += 1
                self.pictures += slot.joined
                slot.error, slot.done = error, True
                self._changed.notify_all()

    def _next_batch(self) -> _Slot | None:
        """The next batch once it is closed and all of its rows are written; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._gathering is not None or self._closing)
            slot = self._gathering
            if slot is None:
                return None
            while slot.joined < self._size and not self._closing:
                left_s = slot.closes_s - self._clock()
                if left_s <= 0:
                    break
                self._changed.wait(left_s)
            self._free.remove(slot)
            self._gathering = None
            self._changed.wait_for(lambda: slot.written == slot.joined)
            self._changed.notify_all()
            return slot
