"""The rule of the four colours: which counts make a grid red, orange or yellow. A setting of the town."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from streams.settings.strict import Strict

Least = Annotated[int | None, Field(ge=1, le=100_000)]


class Colour(StrEnum):
    """From the worst to the best."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    BLUE = "blue"

    @property
    def rank(self) -> int:
        """0 for red, 3 for blue."""
        return list(Colour).index(self)


class Threshold(Strict):
    """So many of any one of these make the colour; null: that count never does."""

    open: Least = Field(description="Hazards that are not settled.")
    overdue: Least = Field(description="Of these, past their deadline.")
    recurring: Least = Field(description="That came back within `recurring_days`.")


class ColourRule(Strict):
    """A grid has the worst colour that one of its counts reaches, and blue where none does."""

    red: Threshold = Threshold(open=8, overdue=2, recurring=3)
    orange: Threshold = Threshold(open=4, overdue=1, recurring=2)
    yellow: Threshold = Threshold(open=1, overdue=None, recurring=1)
    recurring_days: int = Field(default=30, ge=1, le=366)

    @model_validator(mode="after")
    def _worse_needs_more(self) -> Self:
        for worse, better in pairwise((self.red, self.orange, self.yellow)):
            for name in Threshold.model_fields:
                high, low = getattr(worse, name), getattr(better, name)
                if high is not None and low is not None and high < low:
                    raise ValueError(f"a worse colour needs as many {name} or more; got {high} below {low}")
        return self


@dataclass(frozen=True, slots=True)
class Tally:
    open: int = 0
    overdue: int = 0
    recurring: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.open + other.open, self.overdue + other.overdue, self.recurring + other.recurring)


@dataclass(frozen=True, slots=True)
class Reason:
    """`what` (open, overdue or recurring) counts `count`, and `least` of it make the colour."""

    what: str
    count: int
    least: int


def judge(tally: Tally, rule: ColourRule) -> tuple[Colour, tuple[Reason, ...]]:
    """The colour of one grid, and each count that alone makes it; for blue, none.

    >>> judge(Tally(open=5, overdue=1), ColourRule())[0]
    <Colour.ORANGE: 'orange'>
    """
    for colour, threshold in ((Colour.RED, rule.red), (Colour.ORANGE, rule.orange), (Colour.YELLOW, rule.yellow)):
        reasons = tuple(
            Reason(name, count, least)
            for name in Threshold.model_fields
            if (least := getattr(threshold, name)) is not None and (count := getattr(tally, name)) >= least
        )
        if reasons:
            return colour, reasons
    return Colour.BLUE, ()
