"""Driving the live code over pictures made in memory: cadence, restarts, what is remembered, what is resumed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from models.catalog import find
from models.spec import ObjectClass
from streams.accuracy.long_run import Order, run, totals
from streams.accuracy.material import Column, Material
from streams.accuracy.overlay import infra_red, lamps, light, rain, sensor, shadow, shake
from streams.accuracy.play import START, next_look_s, of_pictures
from streams.accuracy.plot import Plot
from streams.accuracy.remember import Remembering
from streams.accuracy.score import outcome
from streams.accuracy.stage import Actor, Stage
from streams.accuracy.street import Cut, Patch, Street, cuts_in
from streams.bench.footage import Footage
from streams.errors import SourceUnusable
from streams.pipeline import Pace
from streams.site import CameraSpec, ZoneSpec
from tests.eyes import Eyes
from vision.detect import Detector
from vision.types import Detections, Floats, HazardKind, Picture

WIDE, HIGH = 320, 180
RED = (200, 30, 30)
SPEC = find("street-v4", None)


@dataclass
class RedIsACar(Eyes):
    """Stands in for the network: the bounding box of what is red is a car."""

    seen: int = 0
    shown: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, rgb: Picture, source_wh: tuple[int, int]) -> Detections:
        self.seen += 1
        self.shown.append(source_wh)
        red = (rgb[:, :, 0].astype(int) - rgb[:, :, 1] > 60).nonzero()
        if len(red[0]) < 30:
            return Detections.empty()
        y, x = red
        scale = source_wh[0] / rgb.shape[1]
        box = np.array([[x.min(), y.min(), x.max() + 1, y.max() + 1]], np.float32) * np.float32(scale)
        return Detections(box, np.full(1, 0.9, np.float32), np.array([ObjectClass.CAR], np.int64))


class ScriptedDetector(Eyes, Detector):
    """A detector of our weights' size whose network is a function of the picture."""

    def __init__(self) -> None:
        super().__init__(SPEC, lambda tensor: np.zeros((1, 0, 6), np.float32))
        self.eyes = RedIsACar()

    def __call__(self, rgb: Picture, source_wh: tuple[int, int]) -> Detections:
        return self.eyes(rgb, source_wh)


def street(seconds: int = 2) -> Street:
    """Grey noise, still, in I420, with a red car cut from its last picture's place."""
    rng = np.random.default_rng(1)
    luma = rng.integers(90, 140, (HIGH, WIDE)).astype(np.uint8)
    grey = np.concatenate([luma, np.full((HIGH // 2, WIDE), 128, np.uint8)])
    none = np.zeros((0, 4), np.float32)
    footage = Footage(tuple([grey] * (25 * seconds + 1)), (WIDE, HIGH))
    return Street("street.mp4", footage, (WIDE, HIGH), (), none, none, none, 1, moves=False)


def red_car() -> Patch:
    rng = np.random.default_rng(2)
    rgb = np.clip(np.array(RED) + rng.integers(-25, 25, (40, 60, 1)), 0, 255).astype(np.uint8)
    return Patch(rgb, np.ones((40, 60, 1), np.float32), (60.0, 40.0))


def camera(dwell_s: float = 10) -> CameraSpec:
    zone = ZoneSpec(
        id="z", hazards=(HazardKind.ILLEGAL_PARKING,), polygon=((0, 0), (1, 0), (1, 1), (0, 1)), dwell_s=dwell_s
    )
    return CameraSpec(id="cam", url="memory", zone=(zone,))


def parked(from_s: float, until_s: float) -> Plot:
    plot = Plot(np.random.default_rng(3), street(), ScriptedDetector(), 10.0, HazardKind.ILLEGAL_PARKING)
    box = np.array([100, 80, 160, 120], np.float32)
    plot.actors.append(plot.stands(red_car(), box, from_s, until_s))
    plot.truth.append(plot.due("z", box, from_s, until_s))
    return plot


@pytest.mark.parametrize(
    ("gaps", "restarts"),
    [((), ()), ((), (25.0,)), (((24.0, 31.0),), (31.0,))],
    ids=["all the time", "restart", "break and restart"],
)
def test_a_parked_car_is_one_hit_with_an_all_clear(
    gaps: tuple[tuple[float, float], ...], restarts: tuple[float, ...]
) -> None:
    plot = parked(20.0, 50.0)
    stage = plot.finished()
    play = of_pictures(stage.picture, camera(), 75.0, gaps=gaps, restarts=restarts)
    truth = tuple(plot.truth)
    found = outcome(Material("m", "o", "l", Column.COMPOSED, camera(), 75.0, truth, play), ScriptedDetector())
    assert (len(found.hits), found.missed, found.strays, found.cleared_early) == (1, [], [], 0)
    assert found.cleared == 1
    assert found.inferences < found.looks


def test_nothing_is_raised_where_nothing_stands() -> None:
    stage = Stage(street(), (), ())
    material = Material("m", "o", "l", Column.COMPOSED, camera(), 40.0, (), of_pictures(stage.picture, camera(), 40.0))
    found = outcome(material, ScriptedDetector())
    assert found.is_right
    assert found.looks >= 20


@pytest.mark.parametrize(
    ("hz", "decides_s", "expected_s"),
    [
        (0.5, None, 12.5),
        (1.0, None, 12.5),
        (2.0, None, 11.0),
        (1 / 60, None, 70.5),
        (0.5, 11.3, 11.3),
        (0.5, 9.0, 10.54),
    ],
    ids=["key frames", "key frames serve", "denser", "one a minute", "appointment", "past appointment"],
)
def test_looks_come_at_key_frames_or_when_something_is_due(
    hz: float, decides_s: float | None, expected_s: float
) -> None:
    due_s = None if decides_s is None else START.timestamp() + decides_s
    assert next_look_s(10.5, 0.5, Pace(hz, due_s)) == pytest.approx(expected_s, abs=1e-3)


def test_an_actor_is_where_its_path_says_and_cut_off_at_the_edge() -> None:
    actor = Actor(red_car(), ((0.0, 100.0, 100.0), (10.0, 200.0, 100.0)))
    assert actor.box(5.0, (WIDE, HIGH)) == pytest.approx((120 / WIDE, 60 / HIGH, 180 / WIDE, 100 / HIGH))
    assert actor.box(10.0, (WIDE, HIGH)) is None
    picture = np.zeros((HIGH, WIDE, 3), np.uint8)
    Actor(red_car(), ((0.0, 10.0, 20.0), (1.0, 10.0, 20.0))).lay(picture, 0.5)
    assert picture[:20, :40, 0].min() > 100
    assert picture[20:].max() == picture[:, 40:].max() == 0


def test_a_camera_may_change_its_resolution() -> None:
    stage = Stage(street(), (), (), resized_s=5.0, resized=0.5)
    assert stage.picture(4.9).shape == (HIGH, WIDE, 3)
    assert stage.picture(5.0).shape == (HIGH // 2, WIDE // 2, 3)


@pytest.mark.parametrize("which", range(7))
def test_an_overlay_changes_pixels_the_same_way_every_time(which: int) -> None:
    def made() -> Picture:
        rng = np.random.default_rng(4)
        laid = (
            light(rng, 60),
            lamps(rng, 60),
            shadow(rng, 0, 60),
            rain(rng, 0),
            shake(rng),
            infra_red(rng, 0, 60),
            sensor(rng),
        )[which]
        return laid(street().picture(0.0), 12.0)

    first, again = made(), made()
    assert first.dtype == np.uint8
    assert first.shape == (HIGH, WIDE, 3)
    assert (first == again).all()
    assert (first != street().picture(0.0)).any()


def test_what_was_seen_once_costs_no_second_inference(tmp_path: Path) -> None:
    runs: list[Floats] = []

    def infer(tensor: Floats) -> Floats:
        runs.append(tensor)
        return np.array([[[10, 20, 60, 80, 0.8, 2]]], np.float32)

    picture = street().picture(0.0)
    first = Remembering(Detector(SPEC, infer), tmp_path / "seen.db")(picture, (WIDE, HIGH))
    again = Remembering(Detector(SPEC, infer), tmp_path / "seen.db")(picture, (WIDE, HIGH))
    assert len(runs) == 1
    assert (first.xyxy == again.xyxy).all()
    assert again.class_id.tolist() == first.class_id.tolist() == [int(ObjectClass.CAR)]
    Remembering(Detector(SPEC, infer), tmp_path / "seen.db")(picture, (2 * WIDE, 2 * HIGH))
    assert len(runs) == 2  # boxes in px of another frame are other boxes


def test_a_long_run_goes_on_where_it_was_broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.accuracy.long_run.SLICE_S", 24.0)
    (tmp_path / "MANIFEST.tsv").write_text("path\tbytes\tsha256\torigin\tlicence\nclips/street.mp4\t1\tx\tus\tCC0\n")
    kept, order = tmp_path / "run.jsonl", Order(hours=72 / 3600, day_s=72.0)
    small = [street()]
    eyes = ScriptedDetector()
    begun = run(order, tmp_path, small, eyes, eyes, kept)
    first = next(begun)
    begun.close()
    lines = list(run(order, tmp_path, small, eyes, eyes, kept))
    assert [line["slice"] for line in lines] == [0, 1, 2]
    assert lines[0] == first
    assert (first["origin"], first["licence"]) == ("us", "CC0")
    found = totals(lines)
    assert found["camera_hours"] == 0.02
    assert found["false_alarms"] == 0
    with pytest.raises(SourceUnusable, match="another seed"):
        list(run(replace(order, seed=7), tmp_path, small, eyes, eyes, kept))


def test_a_cut_keeps_its_kind() -> None:
    cuts = (Cut(0, (10, 10, 40, 60), ObjectClass.PERSON), Cut(0, (100, 80, 160, 120), ObjectClass.CAR))
    assert [cut.kind for cut in replace(street(), cuts=cuts).cuts_of(ObjectClass.PERSON)] == [ObjectClass.PERSON]


def test_a_bus_that_holds_cars_within_its_box_is_not_cut_out_as_one_vehicle() -> None:
    """They would be raised with it, each as the vehicle that it looks like."""
    boxes = [[100, 100, 300, 220], [110, 105, 140, 120], [400, 100, 460, 140]]
    kinds = np.array([ObjectClass.BUS, ObjectClass.CAR, ObjectClass.CAR])
    found = Detections(np.array(boxes, np.float32), np.array([0.9, 0.3, 0.9], np.float32), kinds)
    cuts = cuts_in((640, 360), 7, found)
    assert [(cut.kind, cut.alone) for cut in cuts] == [(ObjectClass.BUS, False), (ObjectClass.CAR, True)]
