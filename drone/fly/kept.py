"""A flight kept in a file: how far it got and of which plan, so that another process or another drone goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from drone.check import carried
from drone.check.terms import Rules
from drone.fly.errors import BadState
from drone.fly.plan_json import from_json, to_json
from drone.fly.rest import Stop
from drone.types import PatrolPlan

Stage = Literal["uploaded", "starting", "flying", "paused", "returning", "landing", "landed"]


@dataclass(frozen=True, slots=True)
class FlightState:
    """`plan` is the part that is being flown, `whole_hash` the plan that it all began with.

    `stop` is the place up to which everything was done; `finished`: all items were. `pictures` counts what the
    vehicle reported in this part. `flight_id` is the flight's own name, the server's where one keeps it: who goes on
    with it after a restart goes on with that one. `reference` is the number of the newest decision, where a server
    keeps those. `checklist` is what was answered before it was sent up, by item: whether it is so, a note, by whom,
    when. `at_s` is Unix time. `rules` are those that the plan was held to, for the way on after a stop.
    """

    plan: PatrolPlan
    whole_hash: str
    stage: Stage
    system: int
    part: int = 1
    stop: Stop | None = None
    finished: bool = False
    pictures: int = 0
    why: str = ""
    flight_id: str = ""
    reference: str = ""
    at_s: float = 0.0
    rules: Rules | None = None
    checklist: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class Keeper:
    """The file of one flight: a line with all of it, then a short line for each step, so that five a second cost
    little. A process may be killed at any time: a line that was not finished is left out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._steps: IO[str] | None = None

    def keep(self, state: FlightState) -> None:
        """All of it, whole or not at all, also over a power cut."""
        self.close()
        kept = {
            "plan": to_json(state.plan),
            "rules": None if state.rules is None else carried.to_json(state.rules, state.plan),
            **{name: getattr(state, name) for name in (*_PLAIN, "flight_id", "reference")},
            "checklist": {name: dict(one) for name, one in state.checklist.items()},
            **_step(state),
        }
        draft = self._path.with_name(self._path.name + ".new")
        with draft.open("w", encoding="utf-8") as file:
            file.write(json.dumps(kept, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)

    def step(self, state: FlightState) -> None:
        """How far it got, since the last `keep`."""
        if self._steps is None:
            self._steps = self._path.open("a", encoding="utf-8")
        self._steps.write(json.dumps(_step(state)) + "\n")
        self._steps.flush()

    def close(self) -> None:
        steps, self._steps = self._steps, None
        if steps is not None:
            steps.close()


def read_state(path: Path) -> FlightState:
    """Raises `BadState`."""
    try:
        whole, *steps = path.read_text(encoding="utf-8").splitlines(keepends=True) or [""]
        kept: dict[str, Any] = json.loads(whole)
        if finished := [line for line in steps if line.endswith("\n")]:
            kept |= json.loads(finished[-1])
        values = {name: kept[name] for name in (*_PLAIN, "finished", "pictures", "at_s")}
        stop = Stop(**kept["stop"]) if kept["stop"] else None
        rules = None if kept.get("rules") is None else carried.from_json(kept["rules"])
        reference = str(kept.get("reference", ""))
        values["flight_id"] = str(kept.get("flight_id", ""))  # absent in files of before 23 November 2026
        values["checklist"] = dict(kept.get("checklist", {}))
        return FlightState(from_json(kept["plan"]), stop=stop, reference=reference, rules=rules, **values)
    except OSError as error:
        raise BadState(f"the flight in {path} cannot be read: {error.strerror}") from None
    except carried.DAMAGED as error:
        raise BadState(f"{path} is no flight that `fly` kept (PLAN.flight.json), or it is damaged: {error}") from None


def _step(state: FlightState) -> dict[str, Any]:
    stop = asdict(state.stop) if state.stop else None
    return {"stop": stop, "finished": state.finished, "pictures": state.pictures, "at_s": state.at_s}


_PLAIN = ("whole_hash", "stage", "system", "part", "why")
