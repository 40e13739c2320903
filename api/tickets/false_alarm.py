"""Why an alarm was false. The word decides what a detector may learn from its picture."""

from __future__ import annotations

from enum import StrEnum


class FalseAlarm(StrEnum):
    NOTHING_THERE = "nothing_there"  # no such thing in the box: a shadow, a bench taken for a car
    OTHER_THING = "other_thing"  # something is there, but not what it was taken for
    ALLOWED = "allowed"  # it is there and may be there: the zone's rules are wrong, not the detector
    GONE = "gone"  # it had left before anybody came


# Where the picture's box holds nothing that a detector should find there.
DETECTOR_WAS_WRONG = (FalseAlarm.NOTHING_THERE,)


def as_note(reason: FalseAlarm, note: str) -> str:
    """How it stands in the ticket's history."""
    return f"{reason.value}: {note}" if note else reason.value


def from_note(text: str) -> FalseAlarm:
    """The reason of a note that `as_note` wrote."""
    return FalseAlarm(text.partition(":")[0])
