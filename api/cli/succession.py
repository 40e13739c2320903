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

_EVERY_S = 5.0


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
        if appointed == self._known:
            return False
        self._known = appointed
        try:
            name = find(None, self._data).name
        except ModelError as error:
            self._say(f"other weights were promoted, but cannot be used; those in use stay: {error}")
            return False
        self._say(f"{name} is used from now on: the worker begins anew with it")
        self.due = True
        self._end()
        return True

    def _appointed(self) -> Champion | None:
        return Champions(self._data).current()

    def _watch(self) -> None:
        while not self._stopped.wait(_EVERY_S):
            if self.look():
                return


def begin_anew() -> None:
    """This process as the same command, from its beginning; its locks and files are let go."""
    os.execv(sys.executable, [sys.executable, "-m", "api.cli", *sys.argv[1:]])
