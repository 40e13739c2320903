"""Looking again after "done": how many looks say that it is gone, or that it is there still. No database here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from api.hazards.kinds import SEEN_GONE, Kind


class Sees(StrEnum):
    """What one look said of the place; a look that could see nothing is not sent."""

    CLEAR = "clear"
    THERE = "there"


@dataclass(frozen=True, slots=True)
class LookRule:
    """`looks` in a row, over `over` at least, decide. `patience`: from "done" on, before "there still" counts: whoever
    says done while the lorry is starting has not said it too soon."""

    patience: timedelta
    looks: int = 3
    over: timedelta = timedelta(seconds=4)


RULES: dict[Kind, LookRule] = {
    Kind.ILLEGAL_PARKING: LookRule(timedelta(seconds=60)),
    Kind.FIRE_LANE: LookRule(timedelta(seconds=60)),
    Kind.GATHERING: LookRule(timedelta(seconds=120)),
}
# Nobody asks a camera for ever: by then the command centre has the ticket, and a person's word counts too.
ASKED_FOR = timedelta(hours=2)
# A drone or a car looks when it next comes by; after a week it has forgotten the place.
PASSING_ASKED_FOR = timedelta(days=7)
assert set(RULES) == set(SEEN_GONE)


@dataclass(frozen=True, slots=True)
class Look:
    captured_at: datetime
    sees: Sees


class Outcome(StrEnum):
    GONE = "gone"
    THERE = "there"
    UNDECIDED = "undecided"


def decide(looks: Sequence[Look], done_at: datetime, rule: LookRule) -> Outcome:
    """What the looks since "done" come to, oldest first. Looks from before it say nothing."""
    since = [look for look in looks if look.captured_at >= done_at]
    if not since:
        return Outcome.UNDECIDED
    newest, run = since[-1], 0
    for look in reversed(since):
        if look.sees is not newest.sees:
            break
        run += 1
    first = since[-run]
    if run < rule.looks or newest.captured_at - first.captured_at < rule.over:
        return Outcome.UNDECIDED
    if newest.sees is Sees.CLEAR:
        return Outcome.GONE
    return Outcome.THERE if newest.captured_at >= done_at + rule.patience else Outcome.UNDECIDED


def wants_picture(done_at: datetime, now: datetime, rule: LookRule) -> bool:
    """Whether a look that sees it there should bring its picture: it may be the one that decides."""
    return now >= done_at + rule.patience - timedelta(seconds=4)
