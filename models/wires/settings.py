"""What a training run of the wire network is told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from models.wires.errors import WireTrainError


@dataclass(frozen=True, slots=True)
class WireSettings:
    """One run. Its learning rate goes by the share of `minutes` of processor time that is used: half as many steps on
    a machine half as fast, and annealed all the same.

    `pictures` holds `street/` and `atl_traffic/`; `out` receives `checkpoint.pt`, `at-MINUTE.pt`, `log.jsonl` and
    `wires-v1.onnx`. `distant` is the share of samples with built-up ground behind them; `start_from` is a checkpoint
    of another run to go on from, where `out` has none yet.
    """

    pictures: Path
    out: Path
    minutes: float = 60.0
    threads: int = 1
    drawers: int = 1
    batch: int = 4
    side_px: int = 256
    drawn_anew: float = 0.25
    distant: float = 0.5
    seed: int = 20261122
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    checkpoint_every_s: float = 240.0
    start_from: Path | None = None

    def __post_init__(self) -> None:
        if self.minutes <= 0:
            raise WireTrainError(f"minutes must be above 0, got {self.minutes}")
        if self.start_from is not None and not self.start_from.is_file():
            raise WireTrainError(f"start_from must be a checkpoint, there is no file {self.start_from}")
        if self.side_px % 16:
            raise WireTrainError(f"side_px must be a multiple of 16, got {self.side_px}")


def learning_rate_share(progress: float, warm_up: float = 0.02) -> float:
    """Share (0-1) of the peak learning rate at `progress` (0-1): linear warm-up, then a cosine down to 0.2 %."""
    if progress < warm_up:
        return max(0.02, progress / warm_up)
    along = min(1.0, (progress - warm_up) / (1 - warm_up))
    return 0.002 + 0.998 * 0.5 * (1 + math.cos(math.pi * along))
