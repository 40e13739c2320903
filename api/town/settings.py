"""What a town decides for itself: shifts, service calendars, the rules of the ledger and of the four colours. One JSON
document."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from api.colours.rule import ColourRule
from streams.settings.hours import Hours
from streams.settings.strict import Strict
from streams.site import Identifier

ALWAYS = "always"


def _clock(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError(f"a time of day must look like 08:00, from 00:00 to 23:59; got {text!r}")
    return text


Clock24 = Annotated[str, AfterValidator(_clock)]


class Shift(Strict):
    """`ends` at or before `starts` is on the next day: 16:00 to 00:00, or 22:00 to 06:00."""

    name: Identifier
    starts: Clock24
    ends: Clock24


THREE_SHIFTS = (
    Shift(name="early", starts="00:00", ends="08:00"),
    Shift(name="day", starts="08:00", ends="16:00"),
    Shift(name="late", starts="16:00", ends="00:00"),
)


class CalendarSpec(Strict):
    """When clocks run, in the site's time zone."""

    hours: tuple[Hours, ...] = Field(min_length=1, description="Such as Mon-Fri 08:30-17:30.")
    holidays: tuple[date, ...] = Field(default=(), description="Days on which it is closed all the same.")
    workdays: dict[date, tuple[Hours, ...]] = Field(
        default={}, description="Days that have hours of their own, such as a Saturday worked for a holiday."
    )


class LedgerSettings(Strict):
    least_found: int = Field(default=3, ge=0, le=1000, description="So many hazards each grid looks for in a week.")


class TownSettings(Strict):
    shifts: tuple[Shift, ...] = Field(default=THREE_SHIFTS, min_length=1)
    calendars: dict[Identifier, CalendarSpec] = Field(default={})
    calendar: str = Field(default=ALWAYS, description="The calendar of units that name none, nor any above them.")

    ledger: LedgerSettings = LedgerSettings()
    colours: ColourRule = ColourRule()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [shift.name for shift in self.shifts]
        if len(set(names)) != len(names):
            raise ValueError(f"shifts must have names of their own; got {', '.join(names)}")
        if ALWAYS in self.calendars:
            raise ValueError(f"{ALWAYS!r} is the calendar that is always open; choose another name")
        if self.calendar not in {ALWAYS, *self.calendars}:
            raise ValueError(f"calendar must be {ALWAYS} or one of `calendars`; got {self.calendar!r}")
        return self
