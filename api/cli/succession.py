"""A running worker and the weights that were promoted meanwhile."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from models.catalog import find
from models.champions import Champion, Champions
from models.errors import ModelError
from models.spec import Task

_EVERY_S = 5.0
_USED = {Task.DETECT: "", Task.AERIAL: " for drones"}


class Succession:
    """Asks now and then who is appointed; where that has changed, calls `end`, once, and says so in `due`.

    A worker then ends in order and begins anew with the new weights: places and dwells are on the disk, so that a
    vehicle that stands stays one event. Weights that cannot be used are told once, and the old ones go on.
    """

    def __init__(self, data: Path, end: Callable[[], None], say: Callable[[str], None]) -> None:
        self.due = False
        self._data, self._end, self._say = data, end, say
        self._known = self._appointed()
        self._told = False
        self._stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._watch, name="succession", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def look(self) -> bool:
        """One look; True where the worker is to begin anew."""
        try:
            appointed = self._appointed()
        except ModelError as error:
            if not self._told:
                self._say(f"the record of promotions cannot be read, the weights in use stay: {error}")
            self._told = True
            return False
        self._told = False
        changed = [task for task, now, before in zip(_USED, appointed, self._known, strict=True) if now != before]
        if not changed:
            return False
        self._known = appointed
        try:
            said = [f"{find(None, self._data, task).name} is used{_USED[task]} from now on" for task in changed]
        except ModelError as error:
            self._say(f"other weights were promoted, but cannot be used; those in use stay: {error}")
            return False
        self._say(f"{', '.join(said)}: the worker begins anew with it")
        self.due = True
        self._end()
        return True

    def _appointed(self) -> tuple[Champion | None, ...]:
        return tuple(Champions(self._data).current(task) for task in _USED)

    def _watch(self) -> None:
        while not self._stopped.wait(_EVERY_S):
            if self.look():
                return


def begin_anew() -> None:
    """This process as the same command, from its beginning; its locks and files are let go."""
    os.execv(sys.executable, [sys.executable, "-m", "api.cli", *sys.argv[1:]])
