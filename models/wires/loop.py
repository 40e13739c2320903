"""The training run: planned in processor time, interruptible, resumable, and going on from another run's weights."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from models.wires.feed import Batch, Feed
from models.wires.network import Averaged, WireNetwork, loss
from models.wires.settings import WireSettings, learning_rate_share

_LOG_EVERY_STEPS = 25


class Run:
    """State of one run; `used_s` is the processor time that training itself has used, over resumes, and `earlier_s`
    what the runs before it used from whose weights it started."""

    def __init__(self, settings: WireSettings) -> None:
        torch.manual_seed(settings.seed)
        torch.set_num_threads(settings.threads)
        self.settings = settings
        self.network = WireNetwork().to(memory_format=torch.channels_last).train()
        self.average = Averaged(self.network)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay, fused=True
        )
        self.used_s, self.earlier_s, self.steps = 0.0, 0.0, 0
        settings.out.mkdir(parents=True, exist_ok=True)

    @property
    def progress(self) -> float:
        return min(1.0, self.used_s / (self.settings.minutes * 60))

    def step(self, batch: Batch) -> float:
        pictures, truth = batch
        x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float().div_(255)
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.network(x.contiguous(memory_format=torch.channels_last))
        value = loss(logits, torch.from_numpy(truth))
        self.optimizer.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.learning_rate * learning_rate_share(self.progress)
        self.optimizer.step()
        self.average.update(self.network)
        self.steps += 1
        return float(value.detach())

    @property
    def checkpoint(self) -> Path:
        return self.settings.out / "checkpoint.pt"

    def save(self) -> None:
        """`checkpoint.pt`, replaced whole, and the averaged weights of this minute, to choose among."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average.network.state_dict(),
            "average_steps": self.average.steps,
            "optimizer": self.optimizer.state_dict(),
            "used_s": self.used_s,
            "earlier_s": self.earlier_s,
            "steps": self.steps,
        }
        fresh = self.settings.out / "checkpoint.pt.new"
        torch.save(state, fresh)
        fresh.replace(self.checkpoint)
        minute = {"average": self.average.network.state_dict()}
        torch.save(minute, self.settings.out / f"at-{round(self.used_s / 60):03d}.pt")

    def resume(self) -> bool:
        """Takes up `checkpoint.pt` if there is one."""
        if not self.checkpoint.is_file():
            return False
        state = self._take(self.checkpoint)
        self.used_s, self.earlier_s = state["used_s"], state.get("earlier_s", 0.0)
        return True

    def start_from(self, checkpoint: Path) -> None:
        """Takes the weights and moments of another run, under a schedule that begins anew."""
        state = self._take(checkpoint)
        self.earlier_s = state["used_s"] + state.get("earlier_s", 0.0)

    def _take(self, checkpoint: Path) -> dict[str, Any]:
        state: dict[str, Any] = torch.load(checkpoint, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.network.load_state_dict(state["average"])
        self.average.steps = state["average_steps"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps = state["steps"]
        return state

    def log(self, **values: Any) -> None:
        line = {"step": self.steps, "minutes": round(self.used_s / 60, 2), **values}
        with (self.settings.out / "log.jsonl").open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")


def train(settings: WireSettings, clock: Callable[[], float] = time.process_time) -> Path:
    """Trains until the minutes are used; returns the checkpoint. The clock is the process's own: a run that was held up
    by others, or stopped for a while, still anneals over all of its steps.

    Raises:
        BadBackgrounds: there are no photographs to draw over.
    """
    run = Run(settings)
    resumed = run.resume()
    if not resumed and settings.start_from is not None:
        run.start_from(settings.start_from)
    run.log(
        event="resumed" if resumed else "started",
        earlier_s=run.earlier_s,
        settings={k: str(v) for k, v in asdict(settings).items()},
    )
    feed = Feed(settings, run.steps)
    try:
        _steps(run, feed, clock)
    finally:
        feed.close()
        run.log(event="ended", drawing_cpu_s=round(_children_cpu_s(), 1))
        run.save()
    return run.checkpoint


def _steps(run: Run, feed: Feed, clock: Callable[[], float]) -> None:
    before, saved_s, total = clock(), run.used_s, 0.0
    while run.progress < 1:
        total += run.step(feed.next())
        now = clock()
        run.used_s, before = run.used_s + now - before, now
        if run.steps % _LOG_EVERY_STEPS == 0:
            run.log(loss=round(total / _LOG_EVERY_STEPS, 4))
            total = 0.0
        if run.used_s - saved_s >= run.settings.checkpoint_every_s:
            run.save()
            saved_s = run.used_s


def _children_cpu_s() -> float:
    """Processor time of the drawing processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system
