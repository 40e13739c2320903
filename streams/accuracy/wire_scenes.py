"""Streets on which wires are strung at a known minute: real photographs, drawn wires, changing light."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.wires.backgrounds import read
from models.wires.curves import Wire, wires
from models.wires.paint import paint
from streams.decoding.picture import ArrayShot
from streams.delivery.events import Event
from streams.pipeline import CameraPipeline
from streams.site import CameraSpec, ZoneSpec
from vision.hazards.rules import Segment
from vision.types import Change, Detections, Frame, HazardKind, Picture

_START = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
LOOK_EVERY_S = 60.0
_LOOKS, _STRUNG_AT, _DOWN_AT = 16, 6, 11
_IN_TIME_LOOKS = 4  # three must agree; one more is granted
_SIDE_PX = 640
_LEAST = 0.9  # visible length that is strung at least, in sides of the zone: the limit is 0.5
_ZONE = ((0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98))


class Story(StrEnum):
    QUIET = "quiet"
    STRUNG = "strung"
    TAKEN_DOWN = "strung, then taken down"


@dataclass(frozen=True, slots=True)
class Scene:
    """Looks at one place, one a minute: with the wires that were approved, and from the seventh look on new ones."""

    story: Story
    plain: Picture
    strung: Picture
    seed: int
    night_from: int | None

    @classmethod
    def by_seed(cls, photographs: list[Path], seed: int) -> Scene:
        random = np.random.default_rng((20261122, seed))
        photograph = _square(read(photographs[seed % len(photographs)]))
        plain = paint(photograph, _some(random), random)[0] if random.random() < 0.7 else photograph
        story = list(Story)[int(random.choice(3, p=[0.45, 0.3, 0.25]))]
        strung = plain
        while story is not Story.QUIET:
            strung, truth = paint(plain, _some(random), random)
            # A band two to six px broad: its area over three is its length, near enough to tell that it is enough.
            if (truth == 1).sum() / 3 >= _LEAST * _SIDE_PX:
                break
        night_from = int(random.integers(3, _LOOKS)) if random.random() < 0.3 else None
        return cls(story, plain, strung, seed, night_from)

    def picture(self, look: int) -> Picture:
        """RGB uint8 (h, w, 3): light, noise, sway and JPEG of this look."""
        new = self.story is not Story.QUIET and look >= _STRUNG_AT
        new = new and not (self.story is Story.TAKEN_DOWN and look >= _DOWN_AT)
        random = np.random.default_rng((self.seed, look))
        move = np.array([[1, 0, random.uniform(-1.5, 1.5)], [0, 1, random.uniform(-1.5, 1.5)]])
        seen = cv2.warpAffine(
            self.strung if new else self.plain, move, (_SIDE_PX, _SIDE_PX), borderMode=cv2.BORDER_REFLECT
        ).astype(np.float32)
        if self.night_from is not None and look >= self.night_from:
            seen = np.repeat(seen.mean(axis=2, keepdims=True) * np.float32(0.7), 3, axis=2)
        else:
            seen = seen * np.float32(random.uniform(0.7, 1.15))
        seen = seen + random.standard_normal(seen.shape, np.float32) * np.float32(random.uniform(1, 5))
        done = np.clip(seen, 0, 255).astype(np.uint8)
        coded = cv2.imencode(".jpg", done, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(60, 95))])[1]
        return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def _some(random: np.random.Generator) -> list[Wire]:
    found: list[Wire] = []
    while not found:
        found = wires(random, _SIDE_PX)
    return found


def _square(photograph: Picture) -> Picture:
    size = min(photograph.shape[:2])
    top = 0
    left = (photograph.shape[1] - size) // 2
    piece = photograph[top : top + size, left : left + size]
    return np.asarray(cv2.resize(piece, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_CUBIC), np.uint8)


def events_of(scene: Scene, segment: Segment) -> Iterator[tuple[int, Event]]:
    """What the live code raises and clears over a scene, with the number of the look. Nobody and no vehicle is seen:
    the detector is left out."""
    zone = ZoneSpec(id="wall", hazards=(HazardKind.WIRING,), polygon=_ZONE)
    pipeline = CameraPipeline(CameraSpec(id="cam-1", url="file:none", fixed=True, zone=(zone,)))
    for look in range(_LOOKS):
        at_s = look * LOOK_EVERY_S
        shot = ArrayShot(scene.picture(look), (_SIDE_PX, _SIDE_PX))
        frame = Frame("cam-1", _START + timedelta(seconds=at_s), at_s, (_SIDE_PX, _SIDE_PX), shot)
        pipeline.wants(frame)
        for event in pipeline.step(frame, Detections.empty(), segment):
            yield look, event


def score_scenes(photographs: list[Path], segment: Segment, seeds: range) -> dict[str, Any]:
    """Raised in time, raised without cause, missed, and cleared, over scenes by seed."""
    right = wrong = missed = downs = cleared = 0
    delays_s: list[float] = []
    faults: list[str] = []
    for seed in seeds:
        scene = Scene.by_seed(photographs, seed)
        told = list(events_of(scene, segment))
        raised = [look for look, event in told if event.change is Change.RAISED]
        in_time = [look for look in raised if _STRUNG_AT <= look < _STRUNG_AT + _IN_TIME_LOOKS]
        good = scene.story is not Story.QUIET and bool(in_time)
        right += good
        wrong += len(raised) - good
        missed += scene.story is not Story.QUIET and not good
        if good:
            delays_s.append((in_time[0] - _STRUNG_AT) * LOOK_EVERY_S)
        if scene.story is Story.TAKEN_DOWN and good:
            downs += 1
            cleared += any(event.change is Change.CLEARED and look >= _DOWN_AT for look, event in told)
        if len(raised) != good or (scene.story is not Story.QUIET and not good):
            faults.append(f"seed {seed}: {scene.story}, raised at looks {raised}")
    precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
    return {
        "scenes": len(seeds),
        "raised": right,
        "false_alarms": wrong,
        "missed": missed,
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(1e-9, precision + recall), 4),
        "delay_s_median": float(np.median(delays_s)) if delays_s else None,
        "taken_down": downs,
        "cleared": cleared,
        "faults": faults,
    }
