"""Errors of flights.

FlightError      what was asked cannot be done with this flight as it is
├── NotNow       not in this stage: which it is, what would do
├── NotReady     the vehicle is not fit to start: what is wrong with it
└── BadState     a kept flight that cannot be read, or is another plan's
"""

from __future__ import annotations

from drone.errors import DroneError


class FlightError(DroneError):
    """A flight that cannot go on as asked."""


class NotNow(FlightError):
    """The stage does not allow it."""


class NotReady(FlightError):
    """The vehicle says, or does not say, something that keeps it on the ground."""


class BadState(FlightError):
    """The file of a flight is broken or belongs to something else."""
