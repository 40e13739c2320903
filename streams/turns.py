"""One inference thread's turns: a look of many tiles lets more urgent looks go between them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from streams.clock import Clock
from streams.faults import FaultLog
from streams.pressure import Pressure
from streams.schedule import Schedule, Turn
from streams.watched import Tools

log = logging.getLogger("sanxun.worker")


class TurnTaker:
    """Takes looks from the schedule and gives each to `look`. So the tiles of all cameras are in one order, that of
    their looks' deadlines: a look is never kept waiting for more than one inference of a less urgent one.

    A look that goes between two tiles is dealt with in one piece, being the more urgent one.
    """

    def __init__(
        self, schedule: Schedule, pressure: Pressure, clock: Clock, tools: Tools, look: Callable[[Tools, Turn], None]
    ) -> None:
        self._schedule, self._pressure, self._clock = schedule, pressure, clock
        self._tools, self._look = tools, look
        self._faults = FaultLog(log, clock, "looks")
        self._lent_s = 0.0  # to looks that went between the tiles of the one in hand

    def serve(self, timeout_s: float) -> None:
        """Deal with the most urgent look, or with none where none comes in time."""
        turn = self._schedule.take(timeout_s)
        if turn is not None:
            self._lent_s = 0.0
            self._deal(turn, replace(self._tools, between=lambda: self._between(turn)))

    def _between(self, turn: Turn) -> None:
        while (urgent := self._schedule.take_before(turn.deadline_s)) is not None:
            began_s = time.monotonic()
            self._deal(urgent, self._tools)
            self._lent_s += time.monotonic() - began_s

    def _deal(self, turn: Turn, tools: Tools) -> None:
        began_s, lent_s = time.monotonic(), self._lent_s
        try:
            self._look(tools, turn)
        except Exception as error:  # one camera's bad frame must not end the thread that serves all the others
            self._faults.fault(
                f"camera {turn.look.camera}: a look failed: {type(error).__name__}: {error}", logging.ERROR
            )
            log.debug("in full:", exc_info=True)
        finally:
            self._schedule.done(turn)
            late = self._clock.now().timestamp() > turn.late_after_s
            self._pressure.worked(time.monotonic() - began_s - (self._lent_s - lent_s), late=late)
