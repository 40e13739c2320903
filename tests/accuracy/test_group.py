"""A composed gathering is one that could be told: enough people in the zone, each by a box of his own."""

from __future__ import annotations

import numpy as np
import pytest

from models.catalog import find
from models.spec import ObjectClass
from streams.accuracy.group import PEOPLE, _is_a_crowd
from streams.accuracy.plot import Plot
from streams.accuracy.stage import Actor
from streams.accuracy.street import Patch, Street
from streams.bench.footage import Footage
from tests.eyes import Eyes
from vision.detect import Detector
from vision.types import Detections, Floats, HazardKind, Picture

WIDE, HIGH = 320, 180
TALL, BROAD = 40.0, 16.0


class Finds(Eyes, Detector):
    """Stands in for the network: it finds persons at the given boxes, px, whatever it is shown."""

    def __init__(self, boxes: Floats) -> None:
        super().__init__(find("street-v4", None), lambda tensor: np.zeros((1, 0, 6), np.float32))
        self.boxes = boxes

    def __call__(self, rgb: Picture, source_wh: tuple[int, int]) -> Detections:
        n = len(self.boxes)
        return Detections(self.boxes, np.full(n, 0.9, np.float32), np.full(n, ObjectClass.PERSON, np.int64))


def box(x: float, foot_y: float) -> tuple[float, float, float, float]:
    return x - BROAD / 2, foot_y - TALL, x + BROAD / 2, foot_y


def is_a_crowd(stand: list[tuple[float, float]], found: list[tuple[float, float]]) -> bool:
    """People with their feet at `stand`, of whom those at `found` have a box; the zone ends at y = 150 px."""
    none = np.zeros((0, 4), np.float32)
    grey = np.full((HIGH * 3 // 2, WIDE), 128, np.uint8)
    street = Street("s", Footage((grey,) * 51, (WIDE, HIGH)), (WIDE, HIGH), (), none, none, none, 1, moves=False)
    referee = Finds(np.array([box(*feet) for feet in found], np.float32))
    plot = Plot(np.random.default_rng(0), street, referee, 15.0, HazardKind.GATHERING)
    plot.polygon = (0.1, 0.2), (0.9, 0.2), (0.9, 150 / HIGH), (0.1, 150 / HIGH)
    patch = Patch(np.zeros((40, 16, 3), np.uint8), np.ones((40, 16, 1), np.float32), (BROAD, TALL))
    return _is_a_crowd(plot, [Actor(patch, ((0.0, *feet), (60.0, *feet))) for feet in stand], 30.0)


ROW = [(60.0 + 40 * i, 140.0) for i in range(PEOPLE)]


@pytest.mark.parametrize(
    ("stand", "found", "told"),
    [
        (ROW, ROW, True),
        (ROW, ROW[1:], False),
        ([*ROW[1:], (60.0, 155.0)], [*ROW[1:], (60.0, 155.0)], False),
        ([*ROW[1:], (103.0, 138.0)], ROW[1:], False),
        ([*ROW[1:], (103.0, 138.0)], [*ROW[1:], (101.0, 140.0)], False),
    ],
    ids=["each by a box", "one is not found", "one stands beside the zone", "one box for two", "one is found twice"],
)
def test_a_group_has_to_be_told_in_the_zone(
    stand: list[tuple[float, float]], found: list[tuple[float, float]], told: bool
) -> None:
    assert is_a_crowd(stand, found) is told
