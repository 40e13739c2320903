"""Whether sparing the detector loses hazards: compositions by seed, replayed with gating on and off.

    python bench/gating.py --clip CLIP.mp4 [--clip OTHER.avi] [--count 100] [--first-seed 1] [--truth CLIPS_FOLDER]
                           [--model NAME_OR_FILE] [--data DIR] [--out RESULT.json]

Each seed cuts another vehicle out of one of the clips and holds it still at another place and time
(streams/bench/compose.py); `--truth` adds the clips of a folder whose TRUTH.json names a zone. Every one is replayed
by media time twice, by the code that watches live cameras: with the change gate, and with the detector seeing every
look. Prints JSON: hazards planted, raised with gating on and off, those that only one of the two raised, delays beyond
the dwell, and inferences saved. Ends with 1 where gating lost a hazard. Takes about 10 s a seed on one core.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.cli.detector import open_detector
from models import machine
from streams.bench.compose import Composition, Order, Rendition, compose_from, gop_encoder
from streams.bench.footage import Footage, load_footage
from streams.bench.gops import GopEncoder
from streams.bench.survey import Survey, survey
from streams.bench.truth import IN_TIME_S, spread
from streams.errors import SourceUnusable
from streams.replay import replay
from streams.site import CameraSpec, ZoneSpec
from vision.detect import Detector
from vision.types import Change, HazardKind

_START = datetime(1970, 1, 1, tzinfo=UTC)
_WIDTH = 640
_TRUTH_DWELL_S = 10.0


@dataclass(frozen=True, slots=True)
class Street:
    """A clip with one camera's zones, and when something stands in each: zone, from, until, seconds of media time."""

    name: str
    path: Path
    camera: CameraSpec
    standing: tuple[tuple[str, float, float], ...]
    dwell_s: float


@dataclass(slots=True)
class Ran:
    """One replay: when each zone's hazards were raised and cleared, and what the detector was asked for."""

    raised: list[tuple[str, float]] = field(default_factory=list)
    cleared: list[tuple[str, float]] = field(default_factory=list)
    looks: int = 0
    inferences: int = 0
    wall_s: float = 0.0


def main() -> int:
    asked = _arguments()
    detector = open_detector(asked.model, asked.data, threads=1, say=_say)
    lines = []
    with tempfile.TemporaryDirectory(prefix="sanxun-gating-") as folder:
        for street in _streets(asked, detector, Path(folder)):
            on, off = _run(street, detector, gating=True), _run(street, detector, gating=False)
            lines.append(_line(street, on, off))
            _say(json.dumps(lines[-1]))
    result = _summary(lines) | {"model": detector.spec.name, "cpu": machine.cpu().name}
    text = json.dumps({**result, "streets": lines} if asked.out else result)
    if asked.out:
        asked.out.write_text(text + "\n")
    print(json.dumps(result))
    return 0 if not result["only_off"] else 1


def _streets(asked: argparse.Namespace, detector: Detector, folder: Path) -> Iterator[Street]:
    if asked.truth is not None:
        yield from _of_truth(asked.truth)
    clips = [_Clip.load(path, detector) for path in asked.clip]
    for i in range(asked.count):
        seed = asked.first_seed + i
        try:
            street = clips[i % len(clips)].composed(seed, folder, detector)
        except SourceUnusable as error:
            _say(f"seed {seed}: {error}")
            continue
        yield street
        street.path.unlink()


@dataclass(slots=True)
class _Clip:
    """A clip that was looked through, and its groups of pictures in which nothing is planted, encoded once."""

    name: str
    surveyed: Survey
    rendition: Rendition
    encoder: GopEncoder

    @classmethod
    def load(cls, path: Path, detector: Detector) -> _Clip:
        footage: Footage = load_footage(path)
        wide, tall = footage.size_wh
        rendition = Rendition("small", (_WIDTH, 2 * round(_WIDTH * tall / wide / 2)), 700_000)
        return cls(path.name, survey(footage, detector), rendition, gop_encoder(rendition))

    def composed(self, seed: int, folder: Path, detector: Detector) -> Street:
        order = Order(seed=seed, hazards=1, length_s=40, dwell_s=10, stays_s=8)
        made: Composition = compose_from(
            self.surveyed, folder, detector, order, (self.rendition,), encoders={"small": self.encoder}
        )
        zones = tuple(
            ZoneSpec(id=p.zone, hazards=(HazardKind.ILLEGAL_PARKING,), polygon=p.polygon, dwell_s=order.dwell_s)
            for p in made.planted
        )
        path = made.paths["small"]
        standing = tuple((p.zone, p.appears_s, p.leaves_s) for p in made.planted)
        camera = CameraSpec(id="bench", url=str(path), zone=zones)
        return Street(f"{self.name} seed {seed}", path, camera, standing, order.dwell_s)


def _of_truth(folder: Path) -> Iterator[Street]:
    truth: dict[str, Any] = json.loads((folder / "TRUTH.json").read_text())
    for name, told in truth.items():
        if not isinstance(told, dict) or "zone" not in told:
            continue
        kind = HazardKind(told["hazard"])
        zone = ZoneSpec(id="truth", hazards=(kind,), polygon=_corners(told), dwell_s=_TRUTH_DWELL_S)
        camera = CameraSpec(id="bench", url=str(folder / name), zone=(zone,))
        yield Street(name, folder / name, camera, (("truth", told["appears_s"], told["leaves_s"]),), _TRUTH_DWELL_S)


def _corners(told: dict[str, Any]) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in told["zone"])


def _run(street: Street, detector: Detector, *, gating: bool) -> Ran:
    ran, began_s = Ran(), time.monotonic()
    for look in replay(str(street.path), street.camera, detector, start=_START, gating=gating):
        ran.looks += 1
        ran.inferences += look.detections is not None
        for event in look.events:
            kept = ran.raised if event.change is Change.RAISED else ran.cleared
            kept.append((event.zone, event.captured_at.timestamp() - _START.timestamp()))
    ran.wall_s = time.monotonic() - began_s
    return ran


def _line(street: Street, on: Ran, off: Ran) -> dict[str, Any]:
    found = {"on": _matched(street, on), "off": _matched(street, off)}
    return {
        "street": street.name,
        "planted": len(street.standing),
        **{f"delays_{how}": [None if at is None else round(at, 2) for at in delays] for how, delays in found.items()},
        **{f"stray_{how}": len(ran.raised) - _hits(street, ran) for how, ran in (("on", on), ("off", off))},
        **{f"cleared_{how}": len(ran.cleared) for how, ran in (("on", on), ("off", off))},
        **{f"looks_{how}": ran.looks for how, ran in (("on", on), ("off", off))},
        **{f"inferences_{how}": ran.inferences for how, ran in (("on", on), ("off", off))},
        "wall_s": round(on.wall_s + off.wall_s, 2),
    }


def _matched(street: Street, ran: Ran) -> list[float | None]:
    """For each thing that stands: the first raise while it does, seconds after its dwell was over."""
    delays: list[float | None] = []
    for zone, from_s, until_s in street.standing:
        due_s = from_s + street.dwell_s
        hits = [at_s for raised, at_s in ran.raised if raised == zone and due_s - 1 <= at_s <= until_s + 1]
        delays.append(min(hits) - due_s if hits else None)
    return delays


def _hits(street: Street, ran: Ran) -> int:
    return sum(delay is not None for delay in _matched(street, ran))


def _summary(lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    on = [delay for line in lines for delay in line["delays_on"]]
    off = [delay for line in lines for delay in line["delays_off"]]
    both = list(zip(on, off, strict=True))
    inferences = {how: sum(line[f"inferences_{how}"] for line in lines) for how in ("on", "off")}
    return {
        "streets": len(lines),
        "planted": len(both),
        "raised_on": sum(a is not None for a, _ in both),
        "raised_off": sum(b is not None for _, b in both),
        "only_on": sum(a is not None and b is None for a, b in both),
        "only_off": sum(a is None and b is not None for a, b in both),
        "late_on": sum(a is not None and a > IN_TIME_S for a, _ in both),
        "late_off": sum(b is not None and b > IN_TIME_S for _, b in both),
        "stray_on": sum(line["stray_on"] for line in lines),
        "stray_off": sum(line["stray_off"] for line in lines),
        "cleared_on": sum(line["cleared_on"] for line in lines),
        "cleared_off": sum(line["cleared_off"] for line in lines),
        "delay_beyond_dwell_on_s": spread([a for a, _ in both if a is not None]),
        "delay_beyond_dwell_off_s": spread([b for _, b in both if b is not None]),
        "inferences_on": inferences["on"],
        "inferences_off": inferences["off"],
        "inferences_saved": round(1 - inferences["on"] / max(1, inferences["off"]), 3),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--clip", type=Path, action="append", required=True, help="a video with traffic; repeatable")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--truth", type=Path, help="folder of clips with a TRUTH.json, replayed as well")
    parser.add_argument("--model")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, help="the same with every street's figures")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
