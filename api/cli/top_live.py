"""The screen of `sanxun top`: drawn anew at each reading and at each key."""

from __future__ import annotations

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live

from api.cli.top_board import Board, Reading, board
from api.cli.top_source import Source
from api.cli.top_view import Page, cameras, footer, header, room
from streams.errors import LinkError

_TURNS = {"n": 1, " ": 1, "p": -1}


def watch_live(source: Source, every_s: float) -> None:
    """Until q or Ctrl-C. A worker that does not answer is said, and asked again. The first question must be answered.

    Raises:
        LinkError: nothing answers there at all.
    """
    console = Console(highlight=False)
    newest, at_s = source.ask(), time.monotonic()
    shown = board(newest, None, _lived_s(newest))
    page, fault = Page(0, 1), None
    with Live(console=console, screen=True, auto_refresh=False) as live, _keys() as pressed:
        while True:
            page = _draw(live, console, shown, source.shown, fault, page)
            wait_s = at_s + every_s - time.monotonic()
            key = pressed(max(0.0, wait_s))
            if key == "q":
                return
            if key in _TURNS:
                page = page.turned(_TURNS[key], len(shown.rows))
            if wait_s > 0 and key:
                continue
            before, before_s = newest, at_s
            at_s = time.monotonic()
            try:
                newest, fault = source.ask(), None
            except LinkError as error:
                fault = str(error)
                continue
            shown = board(newest, before, max(0.1, at_s - before_s))


def _lived_s(reading: Reading) -> float:
    began_s = reading.figures.value("process_start_time_seconds")
    return max(1.0, time.time() - began_s) if began_s is not None else 1.0


def _draw(live: Live, console: Console, shown: Board, source: str, fault: str | None, page: Page) -> Page:
    head = header(shown, source, fault)
    # The terminal may have changed its size since.
    page = Page(page.first, room(console, head)).turned(0, len(shown.rows))
    rows = shown.rows[page.first : page.first + page.count]
    live.update(Group(head, cameras(rows, console.width), footer(page, len(shown.rows))), refresh=True)
    return page


@contextmanager
def _keys() -> Iterator[Callable[[float], str]]:
    """A function that waits so many seconds for a key, and returns it or nothing. Keys are not echoed meanwhile."""
    if not sys.stdin.isatty():
        yield _only_wait
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        yield lambda timeout_s: _key(terminal, timeout_s)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _only_wait(timeout_s: float) -> str:
    time.sleep(timeout_s)
    return ""


def _key(terminal: int, timeout_s: float) -> str:
    """The key, lower case; nothing in time is nothing, and a terminal that has gone away asks to end."""
    ready, _, _ = select.select([terminal], [], [], timeout_s)
    return (os.read(terminal, 1).decode(errors="replace").lower() or "q") if ready else ""
