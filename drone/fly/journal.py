"""How a flight stands, and its file: all of it at each change, a short line five times a second between."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from drone.fly.kept import FlightState, Keeper, Stage
from drone.fly.tracker import Tracker

log = logging.getLogger("sanxun.drone")
KEEP_EVERY_S = 0.2


class Journal:
    """`state` is the newest. `path` None: nothing is kept.

    What cannot be kept is an `OSError` on the ground. In the air it is said and tried again with each step: whoever
    flies must not lose the vehicle over a full disk.
    """

    def __init__(
        self, state: FlightState, tracker: Tracker, wall_s: Callable[[], float], path: Path | None = None
    ) -> None:
        self.state = state
        self._tracker = tracker
        self._wall_s = wall_s
        self._keeper = Keeper(path) if path else None
        self._stepped_at_s = 0.0
        self._unkept = False

    @property
    def stage(self) -> Stage:
        return self.state.stage

    def begin(self) -> None:
        """Keep what there is."""
        self._keep(whole=True)

    def keep_in(self, path: Path) -> None:
        """There from now on, over what was kept there before."""
        self._keeper = Keeper(path)

    def to(self, stage: Stage, why: str) -> None:
        self.note(stage=stage, why=why)

    def note(self, **changed: Any) -> None:
        """Fields of the state, kept at once."""
        self.state = replace(self.state, **changed)
        self._keep(whole=True)

    def step(self) -> None:
        """How far it got."""
        now_s = asyncio.get_running_loop().time()
        if self._tracker.progress is not None and now_s - self._stepped_at_s >= KEEP_EVERY_S:
            self._stepped_at_s = now_s
            self._keep(whole=False)

    def close(self) -> None:
        if self._keeper is not None:
            with contextlib.suppress(OSError):  # said before
                self._keeper.close()

    def _keep(self, *, whole: bool) -> None:
        self.state = replace(
            self.state,
            stop=self._tracker.stop or self.state.stop,
            finished=self._tracker.finished,
            pictures=self._tracker.pictures,
            at_s=self._wall_s(),
        )
        if self._keeper is None:
            return
        try:
            # After a line that was cut off only all of it, anew, can be read.
            (self._keeper.keep if whole or self._unkept else self._keeper.step)(self.state)
            self._unkept = False
        except OSError as error:
            if whole and self.stage in ("uploaded", "starting"):
                raise
            if not self._unkept:
                log.warning("how far the flight is cannot be kept: %s; it is flown on", error)
            self._unkept = True
