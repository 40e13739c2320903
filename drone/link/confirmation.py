"""A person's decision that a vehicle shall move: without one no such command leaves the link."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from drone.link.errors import NotConfirmed

Action = Literal["start", "pause", "resume", "return", "land"]
VALID_S = 60.0


@dataclass(frozen=True, slots=True)
class Confirmation:
    """`operator` (a signed-in drone operator) decided `action` for the vehicle with that system id, at `at_s` (Unix).

    `plan_hash` says for which plan; `reference` is the entry in the audit trail that keeps it.
    """

    operator: str
    action: Action
    system: int
    plan_hash: str
    at_s: float
    reference: str = ""

    def check(self, action: Action, system: int, plan_hash: str, now_s: Callable[[], float] = time.time) -> None:
        """Raises `NotConfirmed` unless this is that decision, and fresh."""
        if not self.operator:
            raise NotConfirmed("a confirmation names the drone operator who gives it")
        for what, given, wanted in (
            ("action", self.action, action),
            ("vehicle", self.system, system),
            ("plan", self.plan_hash[:12], plan_hash[:12]),
        ):
            if given != wanted:
                raise NotConfirmed(f"{self.operator} confirmed the {what} {given}, not {wanted}: confirm again")
        age_s = now_s() - self.at_s
        if not -VALID_S <= age_s <= VALID_S:
            raise NotConfirmed(f"the confirmation is {age_s:.0f} s old, {VALID_S:.0f} s are allowed: confirm again")
