"""Which weights were appointed for a task, and every appointment and withdrawal before: `champions.json`.

Without an appointment the catalogue's own order decides. The file is replaced whole, so that a reader sees the old
champion or the new one.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from models.errors import CorruptModel, NothingToRollBack
from models.spec import ModelSpec, Task

_FILE = "champions.json"


@dataclass(frozen=True, slots=True)
class Champion:
    """Weights by name and by their bytes: the same name with other bytes is not them."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history. `champion` None: none is appointed from then on, the catalogue's order decides.

    `before` names what was in use, appointed or not. `figures` is what the decision rested on.
    """

    action: Literal["promoted", "rolled_back"]
    at: str
    champion: Champion | None
    before: str
    figures: dict[str, Any] = field(default_factory=dict)


class Champions:
    """The record of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "weights"
        self._file = self._folder / _FILE

    def current(self, task: Task = Task.DETECT) -> Champion | None:
        """Raises `CorruptModel` where the record cannot be read."""
        stack = _stack(self.history(task))
        return stack[-1] if stack else None

    def history(self, task: Task = Task.DETECT) -> tuple[Step, ...]:
        """Oldest first."""
        return self._read().get(task, ())

    def promote(
        self,
        spec: ModelSpec,
        before: str,
        figures: dict[str, Any],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        task: Task | None = None,
    ) -> Step:
        """Appoint `spec` for `task`, by default its own."""
        champion = Champion(spec.name, spec.sha256)
        step = Step("promoted", now().isoformat(timespec="seconds"), champion, before, figures)
        with self._held():
            self._add(task or spec.task, step)
        return step

    def roll_back(
        self, task: Task = Task.DETECT, now: Callable[[], datetime] = lambda: datetime.now(UTC), why: str = ""
    ) -> Step:
        """Withdraw the last appointment: the one before it holds again, or none.

        Raises:
            NothingToRollBack: nobody is appointed.
        """
        with self._held():
            stack = _stack(self.history(task))
            if not stack:
                raise NothingToRollBack(f"no weights were promoted for {task.value!r}: there is nothing to roll back")
            champion = stack[-2] if len(stack) > 1 else None
            figures = {"why": why} if why else {}
            step = Step("rolled_back", now().isoformat(timespec="seconds"), champion, stack[-1].name, figures)
            self._add(task, step)
        return step

    def _add(self, task: Task, step: Step) -> None:
        entries = {**self._read(), task: (*self.history(task), step)}
        plain = {one.value: [asdict(step) for step in steps] for one, steps in entries.items()}
        beside = self._file.with_name(f".{_FILE}.{os.getpid()}")
        with beside.open("w", encoding="utf-8") as stream:
            json.dump(plain, stream, indent=1, ensure_ascii=False)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(self._file)

    def _read(self) -> dict[Task, tuple[Step, ...]]:
        try:
            entries = json.loads(self._file.read_text(encoding="utf-8"))
            return {Task(task): tuple(_step(one) for one in steps) for task, steps in entries.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise CorruptModel(
                f"{self._file} is no record of promotions ({error}): put it right, or remove it to begin without one"
            ) from error

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Two commands at once each see what the other wrote."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f".{_FILE}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _step(entry: dict[str, Any]) -> Step:
    step = Step(**entry)
    return replace(step, champion=None if step.champion is None else Champion(**entry["champion"]))


def _stack(history: tuple[Step, ...]) -> list[Champion]:
    """Who was appointed and is not withdrawn, the one in office last."""
    stack: list[Champion] = []
    for step in history:
        if step.action == "rolled_back":
            stack.pop()
        elif step.champion is not None:
            stack.append(step.champion)
    return stack
