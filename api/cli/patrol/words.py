"""What an operator types in flight, and one line of how it stands.

Words are done in the order that they were typed, but for those that end a flight: a vehicle that is being flown back to
where it was paused, or does not answer, takes a minute over that, and whoever types `land` has none.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from api.cli.patrol.operator import Operator
from api.cli.say import say

if TYPE_CHECKING:
    from drone.fly.flight import Flight

WORDS = ("pause", "resume", "return", "land")
AT_ONCE = ("return", "land")


@dataclass
class Terminal:
    """Reads words from standard input where it is a terminal; its end is the end of the operator's session."""

    listens: bool = field(default_factory=sys.stdin.isatty)
    open: bool = True
    words: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    def begin(self) -> None:
        if self.listens:
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._read)

    def end(self) -> None:
        if self.listens:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())

    def _read(self) -> None:
        line = sys.stdin.readline()
        if line:
            self.words.put_nowait(line.strip().lower())
        else:
            self.open = False
            self.end()


async def obey(flight: Flight, operator: Operator, terminal: Terminal) -> None:
    """Until it is cancelled."""
    waiting: deque[str] = deque()
    doing: asyncio.Task[None] | None = None
    try:
        while True:
            word = await terminal.words.get()
            if word not in WORDS:
                say(f"{word!r} is none of {', '.join(WORDS)}")
                continue
            if word in AT_ONCE:
                waiting.clear()
                await _broken_off(doing)
            waiting.append(word)
            if doing is None or doing.done():
                doing = asyncio.create_task(_in_turn(flight, operator, waiting))
    finally:
        await _broken_off(doing)


async def _broken_off(doing: asyncio.Task[None] | None) -> None:
    if doing is not None:
        doing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await doing


async def _in_turn(flight: Flight, operator: Operator, waiting: deque[str]) -> None:
    verbs: dict[str, Any] = {
        "pause": flight.pause,
        "resume": flight.resume,
        "return": flight.return_home,
        "land": flight.land,
    }
    while waiting:
        word = waiting.popleft()
        try:
            await verbs[word](operator.decides(flight, word))  # type: ignore[arg-type]
        except asyncio.CancelledError:
            say(f"{word} is broken off")
            raise
        except Exception as error:  # whatever it was, the next word must be heard
            say(f"{word}: {error or type(error).__name__}")
        say(line_of(flight))


def line_of(flight: Flight) -> str:
    """One line: stage, leg, share, battery, and silence where there is one."""
    vehicle, progress = flight.vehicle, flight.progress
    parts = [f"{flight.stage:<9}"]
    if progress is not None:
        parts.append(
            f"leg {progress.leg}/{progress.legs}, {progress.flown_m:.0f} of {progress.length_m:.0f} m, "
            f"{progress.pictures} pictures"
        )
    if vehicle.position is not None:
        parts.append(f"{vehicle.position.height_above_home_m:.0f} m up, {vehicle.position.speed_m_s:.1f} m/s")
    if vehicle.battery_share is not None:
        parts.append(f"battery {vehicle.battery_share:.0%}")
    if vehicle.silent:
        parts.append("SILENT")
    return "; ".join(parts)
