"""What a training run is told, and the schedules that follow from how far it has come."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from models.train.errors import BadTrainSettings


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """One training run. Its schedules go by the share of `minutes` that is used, so any machine finishes in time.

    `pictures` holds `street/` and `atl_traffic/`; `scenes` holds what `python -m models.scenes` rendered;
    `out` receives `checkpoint.pt`, `log.jsonl` and `street.onnx`. On a CPU the minutes are of processor time: a run
    that was held up by others, or stopped for a while, still anneals over all of its steps. `start_from` is a
    checkpoint of another run, or the ONNX file that one exported, whose weights this one begins with, under schedules
    that begin anew.
    """

    pictures: Path
    scenes: Path
    out: Path
    minutes: float = 80.0
    threads: int = 1
    batch: int = 24
    seed: int = 20261122
    learning_rate: float = 0.01
    weight_decay: float = 5e-4
    # Photographs alone at first: by the time rendered scenes come in, edges and textures are already those of a camera.
    scenes_from: float = 0.15
    checkpoint_every_s: float = 240.0
    device: str = "cpu"
    # Small and quick while the weights are rough, larger for small things.
    sides_px: tuple[int, int] = (256, 320)
    # Processes that make batches; each keeps the pictures in memory, some 5 GB.
    feeders: int = 1
    start_from: Path | None = None
    # Scenes rendered straight down (`python -m models.scenes --viewpoint straight-down`); none without it.
    above: Path | None = None
    # Scenes rendered from the air (`--viewpoint air`): with them it becomes a detector for drones.
    air: Path | None = None

    def __post_init__(self) -> None:
        if self.minutes <= 0:
            raise BadTrainSettings(f"minutes must be above 0, got {self.minutes}")
        if self.start_from is not None and not self.start_from.is_file():
            raise BadTrainSettings(
                f"start_from must be a checkpoint or an ONNX file, there is no file {self.start_from}"
            )
        if self.batch < 2:
            raise BadTrainSettings(f"batch must be at least 2 (batch normalisation), got {self.batch}")
        if self.threads < 1:
            raise BadTrainSettings(f"threads must be at least 1, got {self.threads}")
        if self.feeders < 1:
            raise BadTrainSettings(f"feeders must be at least 1, got {self.feeders}")
        if any(side % 32 or side < 64 for side in self.sides_px):
            raise BadTrainSettings(f"training squares must be multiples of 32 px from 64 on, got {self.sides_px}")


@dataclass(frozen=True, slots=True)
class TuneSettings:
    """One run that goes on from weights that are there, on a user's own pictures.

    `pictures` are folders in YOLO's form, `background` folders of pictures in which nothing is to be found. `held_back`
    is the share of the pictures (0-1) that is not trained on but written to `out`/held_back. Rates are a tenth of a
    training's from nothing: the weights know most of it already.
    """

    base: Path
    pictures: tuple[Path, ...]
    background: tuple[Path, ...]
    out: Path
    minutes: float = 30.0
    threads: int = 1
    batch: int = 16
    seed: int = 20261122
    learning_rate: float = 0.001
    weight_decay: float = 5e-4
    side_px: int = 384
    input_hw: tuple[int, int] = (384, 640)
    held_back: float = 0.2
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.minutes <= 0:
            raise BadTrainSettings(f"minutes must be above 0, got {self.minutes}")
        if self.batch < 2:
            raise BadTrainSettings(f"batch must be at least 2 (batch normalisation), got {self.batch}")
        if self.side_px % 32 or self.side_px < 64:
            raise BadTrainSettings(f"the training square must be a multiple of 32 px from 64 on, got {self.side_px}")
        if not 0 < self.held_back < 1:
            raise BadTrainSettings(f"held_back must lie between 0 and 1, got {self.held_back}")


def learning_rate_share(progress: float, warm_up: float = 0.03) -> float:
    """Share (0-1) of the peak learning rate at `progress` (0-1): linear warm-up, then a cosine down to 2 %."""
    if progress < warm_up:
        return max(0.02, progress / warm_up)
    along = min(1.0, (progress - warm_up) / (1 - warm_up))
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * along))


def picture_side_px(progress: float, sides_px: tuple[int, int] = (256, 320)) -> int:
    """Side of the square training picture: the first until half way, then the second."""
    return sides_px[0] if progress < 0.5 else sides_px[1]


def mosaic_share(progress: float) -> float:
    """Share of pictures made of four. None in the last tenth: it ends on whole pictures."""
    return 0.4 if progress < 0.9 else 0.0


def one_to_many_share(progress: float) -> float:
    """Weight of the auxiliary one-to-many head in the loss, from 0.8 down to 0.1 (YOLO26's own two values)."""
    return 0.8 + (0.1 - 0.8) * min(1.0, max(0.0, progress))
