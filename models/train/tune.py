"""`python -m models.train.tune`: goes on training weights on a user's own pictures; tells its progress as it goes."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from models.spec import ObjectClass
from models.train import pictures as pics
from models.train.base import class_numbers, open_base
from models.train.errors import BadPictures
from models.train.events import tell, told
from models.train.feed import Feed, Source, Wish
from models.train.folders import Meaning, background_of, labelled_of
from models.train.loop import Run
from models.train.pictures import Labelled
from models.train.settings import TuneSettings, mosaic_share

_TELL_EVERY_S = 5.0
_BACKGROUND_WEIGHT = 0.2
LEAST_PICTURES = 10


class UserDiet:
    """The user's pictures, and background among them, at sizes about their own."""

    def __init__(self, settings: TuneSettings, pictures: list[Labelled], background: list[Labelled]) -> None:
        self._settings, self._pictures, self._background = settings, pictures, background
        self._sources: list[Source] = []

    def wish(self, progress: float) -> Wish:
        if not self._sources:
            self._sources = [Source(self._pictures, 1 - _BACKGROUND_WEIGHT, (0.7, 1.5), False, 1280)]
            if self._background:
                self._sources.append(Source(self._background, _BACKGROUND_WEIGHT, (0.3, 1.2), False, 1280))
        return Wish(self._sources, self._settings.side_px, mosaic_share(progress), self._settings.batch)


def tune(settings: TuneSettings, clock: Callable[[], float] = time.monotonic) -> dict[str, Any]:
    """Trains for the given minutes and exports the averaged weights to `out`/challenger.onnx.

    Returns the file, the folder of held-back pictures, and how many pictures of each there were.

    Raises:
        TrainError: the base or the pictures cannot be used.
    """
    network = open_base(settings.base)
    numbers = class_numbers(network.names)
    kept, held_back = _divided(settings)
    background = [one for folder in settings.background for one in background_of(folder)]
    _write_held_back(settings.out / "held_back", held_back)
    run = Run(settings, clock, network)
    as_network = [_numbered(one, numbers) for one in kept]
    feed = Feed(UserDiet(settings, as_network, background), (settings.seed, 0))
    try:
        if settings.base.suffix == ".onnx":
            run.take_statistics(feed)
        _steps(run, feed)
    finally:
        feed.close()
    from models.train.export import export_onnx

    file = export_onnx(
        run.average.network,
        settings.out / "challenger.onnx",
        settings.input_hw,
        description=f"Trained on {len(kept)} pictures and {len(background)} of background from {settings.base.name}",
        most_bytes=1 << 30,
    )
    (settings.out / "trained_on.json").write_text(
        json.dumps([_fingerprint(one.path) for one in (*kept, *background)]), encoding="utf-8"
    )
    return {
        "file": str(file),
        "held_back": str(settings.out / "held_back"),
        "pictures": len(kept),
        "background": len(background),
        "held_back_pictures": len(held_back),
        "steps": run.steps,
    }


def _divided(settings: TuneSettings) -> tuple[list[Labelled], list[Labelled]]:
    """Pictures to train on and pictures held back, by a hash of the name: the same ones in every run.

    A number at a name's end is left out of it, so that the frames of one recording stay together.
    """
    every = [one for folder in settings.pictures for one in labelled_of(folder)]
    kept: list[Labelled] = []
    held_back: list[Labelled] = []
    for one in every:
        series = one.path.stem.rstrip("0123456789").rstrip("_-. ") or one.path.stem
        drawn = int(hashlib.sha256(series.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
        (held_back if drawn < settings.held_back else kept).append(one)
    if not held_back or len(kept) < len(every) // 3:
        # One recording or two: then picture by picture, which flatters, and there is nothing else.
        step = max(2, round(1 / settings.held_back))
        held_back, kept = every[::step], [one for i, one in enumerate(every) if i % step]
    if len(kept) < LEAST_PICTURES:
        raise BadPictures(
            f"{len(every)} labelled pictures are too few: at least {LEAST_PICTURES} to train on are needed"
        )
    return kept, held_back


def _numbered(one: Labelled, numbers: dict[ObjectClass, int]) -> Labelled:
    """With the network's own class numbers; what it has no number for is not taught."""
    rows = np.array([ObjectClass(which) in numbers for which in one.class_id], bool)
    ids = np.array([numbers[ObjectClass(which)] for which in one.class_id[rows]], np.int64)
    return Labelled(one.path, ids, one.xyxy[rows])


def _write_held_back(folder: Path, pictures: list[Labelled]) -> None:
    """A folder that `sanxun models promote --pictures` reads, in our own class numbers."""
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    (folder / "classes.txt").write_text("\n".join(one.label for one in ObjectClass) + "\n", encoding="utf-8")
    for number, one in enumerate(pictures):
        name = f"{number:05d}-{one.path.stem}"
        shutil.copyfile(one.path, folder / "images" / f"{name}{one.path.suffix.lower()}")
        centre, size = (one.xyxy[:, :2] + one.xyxy[:, 2:]) / 2, one.xyxy[:, 2:] - one.xyxy[:, :2]
        lines = [
            f"{which} {' '.join(f'{v:.6f}' for v in (*middle, *sides))}\n"
            for which, middle, sides in zip(one.class_id, centre, size, strict=True)
        ]
        (folder / "labels" / f"{name}.txt").write_text("".join(lines), encoding="utf-8")


def _steps(run: Run, feed: Feed) -> None:
    before, told_s = run.clock(), 0.0
    while run.progress < 1:
        parts = run.step(feed.next(run.progress))
        now = run.clock()
        run.used_s, before = run.used_s + now - before, now
        if run.used_s - told_s >= _TELL_EVERY_S or run.progress >= 1:
            told_s = run.used_s
            loss = {name: round(value, 4) for name, value in parts.items()}
            tell("progress", share=round(run.progress, 4), steps=run.steps, pictures=run.pictures_seen, loss=loss)


def _fingerprint(path: Path) -> str:
    """As `models.training_record.fingerprint`, of the file's pixels."""
    from models.training_record import fingerprint

    return fingerprint(np.ascontiguousarray(pics.load_picture(path)[..., ::-1]))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.train.tune", description=__doc__)
    parser.add_argument("settings", type=Path, help="a JSON file with the fields of TuneSettings")
    given: Meaning = json.loads(parser.parse_args().settings.read_text(encoding="utf-8"))
    settings = TuneSettings(
        **{
            **given,
            "base": Path(given["base"]),
            "out": Path(given["out"]),
            "pictures": tuple(map(Path, given["pictures"])),
            "background": tuple(map(Path, given["background"])),
            "input_hw": tuple(given["input_hw"]),
        }
    )
    told(lambda: tune(settings))


if __name__ == "__main__":
    main()
