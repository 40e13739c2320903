"""All rules of one camera, asked and told as one."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from streams.rules import rules_of
from streams.site import CameraSpec
from vision.hazards.rules import Observation, Rule
from vision.types import Glimpse, Hazard, HazardKind

log = logging.getLogger("sanxun.pipeline")

_UNWATCHED_HZ = 1 / 60


class Rulebook:
    """A rule for every hazard of every zone of a camera. Times are capture times in seconds; hours of the day are those
    of `timezone`, the site's."""

    def __init__(self, camera: CameraSpec, timezone: str) -> None:
        self._camera = camera.id
        self._rules = rules_of(camera, timezone)
        self._faults: set[tuple[str, type[Exception]]] = set()

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules.values())

    def of(self, zone: str, kind: HazardKind) -> Rule | None:
        return self._rules.get(f"{zone}/{kind}")

    def judge(self, seen: Observation) -> list[Hazard]:
        """What they say of a look. A fault in one costs its own word and never that of the others."""
        return [hazard for key in self._rules for hazard in self._judged(key, seen)]

    def _judged(self, key: str, seen: Observation) -> list[Hazard]:
        try:
            return self._rules[key].update(seen)
        except Exception as error:
            if (key, type(error)) not in self._faults:
                self._faults.add((key, type(error)))
                log.exception("camera %s, zone and hazard %s: it cannot be judged", self._camera, key)
            return []

    def wants(self, at_s: float) -> str | None:
        """Why the detector should see a look at about `at_s`; None where no rule asks for it."""
        return next((why for rule in self if (why := rule.wants(at_s))), None)

    @property
    def looks_hz(self) -> float:
        """How often the most demanding of them wants a look; once a minute where there is none."""
        return max((rule.looks_hz for rule in self), default=_UNWATCHED_HZ)

    def decides_s(self, at_s: float) -> float | None:
        """The next time after `at_s` at which a look decides something."""
        moments = (rule.decides_s(at_s) for rule in self)
        return min((moment for moment in moments if moment is not None), default=None)

    @property
    def sees_colours(self) -> bool:
        return any(rule.sees_colours for rule in self)

    def undated(self) -> float | None:
        """The time before which an older look could tell better when something came to rest."""
        return max((moment for rule in self if (moment := rule.undated()) is not None), default=None)

    def look_back(self, older: Glimpse | None) -> None:
        for rule in self:
            rule.look_back(older)

    def shift_clock(self, by_s: float) -> None:
        for rule in self:
            rule.shift_clock(by_s)

    def state(self) -> dict[str, Any]:
        """What an equal rulebook of a later worker needs to go on, as JSON values."""
        return {key: rule.state() for key, rule in self._rules.items()}

    def restore(self, stored: Mapping[str, Any]) -> None:
        """Go on from that; rules of which nothing was stored begin anew. What is raised leaves some of them restored:
        the book is then of no use."""
        for key, rule in self._rules.items():
            if key in stored:
                rule.restore(stored[key])
