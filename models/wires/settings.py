"""What a training run of the wire network is told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from models.wires.errors import WireTrainError


@dataclass(frozen=True, slots=True)
class WireSettings:
    """One run. Its learning rate goes by the share of `minutes` that is used, so any machine finishes in time.

    `pictures` holds `street/` and `atl_traffic/`; `out` receives `checkpoint.pt`, `at-MINUTE.pt`, `log.jsonl` and
    `wires-v0.onnx`.
    """

    pictures: Path
    out: Path
    minutes: float = 60.0
    threads: int = 1
    drawers: int = 1
    batch: int = 4
    side_px: int = 256
    drawn_anew: float = 0.25
    seed: int = 20261122
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    checkpoint_every_s: float = 300.0

    def __post_init__(self) -> None:
        if self.minutes <= 0:
            raise WireTrainError(f"minutes must be above 0, got {self.minutes}")
        if self.side_px % 16:
            raise WireTrainError(f"side_px must be a multiple of 16, got {self.side_px}")


def learning_rate_share(progress: float, warm_up: float = 0.02) -> float:
    """Share (0-1) of the peak learning rate at `progress` (0-1): linear warm-up, then a cosine down to 1 %."""
    if progress < warm_up:
        return max(0.02, progress / warm_up)
    along = min(1.0, (progress - warm_up) / (1 - warm_up))
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * along))
