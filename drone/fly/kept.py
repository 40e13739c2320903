"""A flight kept in a file: how far it got and of which plan, so that another process or another drone goes on."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from drone.fly.errors import BadState
from drone.fly.plan_json import from_json, to_json
from drone.fly.rest import Stop
from drone.types import PatrolPlan

Stage = Literal["uploaded", "starting", "flying", "paused", "returning", "landing", "landed"]


@dataclass(frozen=True, slots=True)
class FlightState:
    """`plan` is the part that is being flown, `whole_hash` the plan that it all began with.

    `stop` is the place up to which everything was done; `finished`: all items were. `pictures` counts what the
    vehicle reported in this part. `at_s` is Unix time.
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
    at_s: float = 0.0


def write_state(path: Path, state: FlightState, *, safely: bool = False) -> None:
    """Whole or not at all; `safely` also over a power cut."""
    text = json.dumps(
        {
            "plan": to_json(state.plan),
            "stop": asdict(state.stop) if state.stop else None,
            **{name: getattr(state, name) for name in _PLAIN},
        },
        ensure_ascii=False,
    )
    draft = path.with_name(path.name + ".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        if safely:
            file.flush()
            os.fsync(file.fileno())
    draft.replace(path)


def read_state(path: Path) -> FlightState:
    """Raises `BadState`."""
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        stop = Stop(**kept["stop"]) if kept["stop"] else None
        return FlightState(from_json(kept["plan"]), stop=stop, **{name: kept[name] for name in _PLAIN})
    except OSError as error:
        raise BadState(f"the flight in {path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise BadState(f"{path} is no flight of ours: {error}") from None


_PLAIN = ("whole_hash", "stage", "system", "part", "finished", "pictures", "why", "at_s")
