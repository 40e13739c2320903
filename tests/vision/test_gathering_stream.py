"""A stream of people is no gathering however dense it is, and people who stand still in it are one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.vision.crowd import RING, Square, changes, people
from vision.types import Change, Detections

LENGTH_M, DEEP_M = (-5.0, 5.0), (9.0, 13.0)  # 40 m² of street before the camera; the stream goes on beyond them
NOBODY = np.zeros((0, 2))
EVERY_S = pytest.mark.parametrize("every_s", [2.0, 1.0])
FOUND = pytest.mark.parametrize(("missed", "jitter"), [(0.0, 0.0), (0.1, 0.03)], ids=["all found", "some missed"])


class Stream:
    """So many on average on those 40 m², at 1.04 to 1.56 m/s; `jitter` is of a box's edges, in heights, one standard
    deviation. They walk round whoever stands."""

    def __init__(self, many: int, seed: int, both_ways: bool, missed: float, jitter: float) -> None:
        self._rng = np.random.default_rng((seed, many))
        self._from_m = np.stack([self._rng.uniform(-20, 20, 4 * many), self._rng.uniform(*DEEP_M, 4 * many)], axis=1)
        way = np.where(self._rng.random(4 * many) < (0.5 if both_ways else 1.0), 1, -1)
        self._speed_m_s = way * self._rng.uniform(1.04, 1.56, 4 * many)
        self._missed, self._jitter = missed, jitter

    def seen(self, after_s: float, standing_m: NDArray[np.float64]) -> Detections:
        at_m = self._from_m.copy()
        at_m[:, 0] = (at_m[:, 0] + self._speed_m_s * after_s + 20) % 40 - 20
        at_m = at_m[(at_m[:, 0] > LENGTH_M[0]) & (at_m[:, 0] < LENGTH_M[1])]
        for one_m in standing_m:
            off = at_m - one_m
            apart = np.linalg.norm(off, axis=1, keepdims=True)
            at_m = np.where(apart < 0.5, one_m + off / np.maximum(apart, 1e-3) * 0.5, at_m)
        sway = self._rng.normal(0, 0.05, standing_m.shape)
        found = people(np.vstack([standing_m + sway, at_m]))
        tall = found.xyxy[:, 3:] - found.xyxy[:, 1:2]
        edges = self._rng.normal(0, self._jitter, found.xyxy.shape) * tall * (0.5, 1, 0.5, 1)
        moved = Detections((found.xyxy + edges).astype(np.float32), found.confidence, found.class_id)
        return moved[self._rng.random(len(moved)) >= self._missed]


def walked(stream: Stream, every_s: float, length_s: float, standing_m: NDArray[np.float64] = NOBODY) -> Square:
    square = Square(people=5, dwell_s=10.0)
    for after_s in np.arange(0, length_s, every_s):
        square.see(stream.seen(float(after_s), standing_m), after_s=every_s)
    return square


@pytest.mark.parametrize(("many", "every_s", "most"), [(10, 2.0, 0), (15, 2.0, 1), (10, 1.0, 0), (15, 1.0, 0)])
@FOUND
def test_a_dense_stream_is_no_gathering(many: int, every_s: float, most: int, missed: float, jitter: float) -> None:
    """Ten dwells long, one way and both ways, of one in every fourth or third square metre: `most` of six are raised.
    Of the densest at 2 s five or six were, before it was told who passes."""
    streams = [Stream(many, seed, both_ways, missed, jitter) for seed in range(3) for both_ways in (True, False)]
    raised = [walked(stream, every_s, 100.0).told != [] for stream in streams]
    assert sum(raised) <= most, raised


@EVERY_S
@FOUND
@pytest.mark.parametrize("many", [10, 15, 20])
def test_five_who_stand_in_a_stream_are_raised(many: int, every_s: float, missed: float, jitter: float) -> None:
    """Most of them in time; where boxes are missed and a tracker's numbers go along with the stream, within 30 s."""
    late_s = []
    for seed in range(3):
        square = walked(Stream(many, seed, True, missed, jitter), every_s, 42.0, RING)
        assert Change.RAISED in changes(square), f"seed {seed}"
        late_s.append(square.told[0].at_s - (1000.0 + every_s) - 10.0)
    assert np.median(late_s) <= 4.0
    assert max(late_s) <= (30.0 if missed else 4.0)


@EVERY_S
def test_when_they_have_left_the_stream_does_not_keep_the_gathering_up(every_s: float) -> None:
    for seed in range(3):
        stream, square = Stream(15, seed, True, 0.1, 0.03), Square(people=5, dwell_s=10.0)
        for after_s in np.arange(0, 90, every_s):
            square.see(stream.seen(float(after_s), RING if after_s < 40 else NOBODY), after_s=every_s)
        assert changes(square) == [Change.RAISED, Change.CLEARED], f"seed {seed}"
        assert square.told[1].at_s - 1040.0 <= 20.0
