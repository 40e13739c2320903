"""The training run: time-planned, interruptible, resumable."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from models.train import network as net
from models.train.base import open_base, pass_through
from models.train.diet import Diet
from models.train.errors import BadPictures
from models.train.feed import Batch, Feed
from models.train.settings import (
    TrainSettings,
    TuneSettings,
    learning_rate_share,
    one_to_many_share,
    picture_side_px,
)

_LOG_EVERY_STEPS = 50
_CALIBRATION_BATCHES = 8


class Run:
    """State of one run. `progress` (0-1) is the share of its minutes that training itself has used, over resumes."""

    def __init__(
        self,
        settings: TrainSettings | TuneSettings,
        clock: Callable[[], float] = time.monotonic,
        network: Any = None,
    ) -> None:
        """`network` is what it begins with; without one, YOLO26n's shape with random weights."""
        import torch

        self.settings, self.clock = settings, clock
        torch.manual_seed(settings.seed)
        torch.set_num_threads(settings.threads)
        network = net.new_network() if network is None else network
        self.network = network.to(settings.device).to(memory_format=torch.channels_last).train()
        self.loss = net.new_loss(self.network)
        self.average = net.AveragedNetwork(self.network)
        self.optimizer = net.new_optimizer(self.network, settings.learning_rate, settings.weight_decay)
        self.peak_rates = [group["lr"] for group in self.optimizer.param_groups]
        self.used_s, self.earlier_s, self.steps, self.pictures_seen = 0.0, 0.0, 0, 0
        settings.out.mkdir(parents=True, exist_ok=True)

    @property
    def progress(self) -> float:
        return min(1.0, self.used_s / (self.settings.minutes * 60))

    def step(self, batch: Batch) -> dict[str, float]:
        """One optimiser step; returns the loss parts of the end-to-end head."""
        import torch

        device = self.settings.device
        x = pictures_of(batch, device)
        targets = {
            "batch_idx": torch.from_numpy(batch.picture_index).to(device),
            "cls": torch.from_numpy(batch.class_id).float().to(device),
            "bboxes": torch.from_numpy(batch.xywh).to(device),
        }
        with torch.autocast(device.split(":")[0], torch.bfloat16):
            out = self.network(x)
        # The loss divides small numbers by small numbers: float32.
        out = _as_float(out)
        if hasattr(self.loss, "o2m"):
            self.loss.o2m = one_to_many_share(self.progress)
            self.loss.o2o = 1 - self.loss.o2m
        total, parts = self.loss(out, targets)
        self.optimizer.zero_grad(set_to_none=True)
        total.sum().backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        share = learning_rate_share(self.progress)
        for group, peak in zip(self.optimizer.param_groups, self.peak_rates, strict=True):
            group["lr"] = peak * share
        self.optimizer.step()
        self.average.update(self.network)
        self.steps += 1
        self.pictures_seen += len(batch.pictures)
        if isinstance(parts, dict):
            return {name: float(value) for name, value in parts.items()}
        return dict(zip(("box", "cls", "dfl"), (float(value) for value in parts), strict=False))

    def save(self) -> None:
        """`checkpoint.pt`, replaced whole, so that a cut leaves the old one or the new one."""
        import torch

        state = {
            "network": self.network.state_dict(),
            "average": self.average.network.state_dict(),
            "average_steps": self.average.steps,
            "optimizer": self.optimizer.state_dict(),
            "used_s": self.used_s,
            "earlier_s": self.earlier_s,
            "steps": self.steps,
            "pictures_seen": self.pictures_seen,
        }
        fresh = self.settings.out / "checkpoint.pt.new"
        torch.save(state, fresh)
        fresh.replace(self.checkpoint)

    @property
    def checkpoint(self) -> Path:
        return self.settings.out / "checkpoint.pt"

    def resume(self) -> bool:
        """Takes up `checkpoint.pt` if there is one."""
        if not self.checkpoint.is_file():
            return False
        state = self._take(self.checkpoint)
        self.used_s, self.earlier_s = state["used_s"], state.get("earlier_s", 0.0)
        return True

    def start_from(self, checkpoint: Path) -> None:
        """Takes the weights and moments of another run, under schedules that begin anew."""
        state = self._take(checkpoint)
        self.earlier_s = state["used_s"] + state.get("earlier_s", 0.0)

    def take_statistics(self, feed: Feed) -> None:
        """After the weights came from an ONNX file, which has its normalisation folded away: unfolds it."""
        batches = [pictures_of(feed.next(0.0), self.settings.device) for _ in range(_CALIBRATION_BATCHES)]
        pass_through(self.network, batches)
        self.average.network.load_state_dict(self.network.state_dict())

    def _take(self, checkpoint: Path) -> dict[str, Any]:
        import torch

        state: dict[str, Any] = torch.load(checkpoint, map_location=self.settings.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.network.load_state_dict(state["average"])
        self.average.steps = state["average_steps"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps, self.pictures_seen = state["steps"], state["pictures_seen"]
        return state

    def log(self, **values: Any) -> None:
        line = {"step": self.steps, "minutes": round(self.used_s / 60, 2), "pictures": self.pictures_seen, **values}
        with (self.settings.out / "log.jsonl").open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")


def pictures_of(batch: Batch, device: str) -> Any:
    """The batch's pictures as the network takes them: (B, 3, S, S) float32 RGB, 0 to 1."""
    import torch

    rgb = torch.from_numpy(np.ascontiguousarray(batch.pictures[..., ::-1])).to(device)
    return rgb.permute(0, 3, 1, 2).float().div_(255).contiguous(memory_format=torch.channels_last)


def _network(settings: TrainSettings) -> Any:
    """What the run begins with where that is a file to deploy; otherwise None: a new one, or a checkpoint's."""
    if settings.start_from is None or not _is_onnx(settings.start_from):
        return None
    return open_base(settings.start_from)


def _is_onnx(path: Path) -> bool:
    return path.suffix == ".onnx"


def _as_float(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_float(one) for key, one in value.items()}
    return [_as_float(one) for one in value] if isinstance(value, (list, tuple)) else value.float()


def train(settings: TrainSettings, clock: Callable[[], float] | None = None) -> Path:
    """Trains until the minutes are used and exports the averaged weights; returns the ONNX file. `clock` counts the
    minutes: by default the process's own on a CPU, and the wall's where a GPU does the work.

    Raises:
        BadPictures: a folder is missing or holds no labelled picture.
        NoTrainingPackages: torch or ultralytics is absent.
    """
    from models.train.export import export_onnx

    if not (settings.scenes / "images").is_dir():
        raise BadPictures(f"no rendered scenes in {settings.scenes}: render them with python -m models.scenes")
    run = Run(
        settings, clock or (time.process_time if settings.device == "cpu" else time.monotonic), _network(settings)
    )
    resumed = run.resume()
    if not resumed and settings.start_from is not None and not _is_onnx(settings.start_from):
        run.start_from(settings.start_from)
    plain = {k: str(v) if isinstance(v, Path) else v for k, v in asdict(settings).items()}
    run.log(event="resumed" if resumed else "started", settings=plain)
    feed = Feed(Diet(settings), (settings.seed, run.steps), settings.feeders)
    try:
        if not resumed and settings.start_from is not None and _is_onnx(settings.start_from):
            run.take_statistics(feed)
        _steps(run, feed, settings)
    finally:
        feed.close()
        run.save()
    return export_onnx(run.average.network, settings.out / "street.onnx")


def _steps(run: Run, feed: Feed, settings: TrainSettings) -> None:
    before = run.clock()
    saved_s = run.used_s
    sums: dict[str, float] = {}
    while run.progress < 1:
        for name, value in run.step(feed.next(run.progress)).items():
            sums[name] = sums.get(name, 0.0) + value
        now = run.clock()
        run.used_s, before = run.used_s + now - before, now
        if run.steps % _LOG_EVERY_STEPS == 0:
            run.log(
                side_px=picture_side_px(run.progress, settings.sides_px),
                **{k: round(v / _LOG_EVERY_STEPS, 4) for k, v in sums.items()},
            )
            sums = {}
        if run.used_s - saved_s >= settings.checkpoint_every_s:
            run.save()
            saved_s = run.used_s
