"""Errors of the link.

LinkError                  nothing can be said to the vehicle, or it does not answer
├── BadAddress             an address of a link that no transport can be made of
├── NoVehicle              nobody answered at the address, or several did
├── NoAnswer               the vehicle was asked and stayed silent
├── BadKey                 a signing key that cannot be used: what was expected, what came (never the key)
├── CommandRefused         the vehicle refused a command: which, and why it says
├── NotConfirmed           a command that moves a vehicle came without a person's valid confirmation
└── UploadRefused          mission, fence or rally points are not what was planned: nothing may be armed
    ├── VehicleRefused     the vehicle refused an item: which, and why it says
    └── NotTheSame         what was read back differs: each difference by item
"""

from __future__ import annotations

from drone.errors import DroneError


class LinkError(DroneError):
    """The link to a vehicle fails its operator."""


class BadAddress(LinkError):
    """An address that no transport can be made of."""


class NoVehicle(LinkError):
    """No autopilot, or more than one, where one was expected."""


class NoAnswer(LinkError):
    """Asked as often as the protocol says, and nothing came back."""


class BadKey(LinkError):
    """A key of 32 bytes was expected."""


class CommandRefused(LinkError):
    """The vehicle's own refusal."""


class NotConfirmed(LinkError):
    """Sending a vehicle anywhere is a person's decision."""


class UploadRefused(LinkError):
    """The vehicle does not hold the plan: it may not be armed for it."""


class VehicleRefused(UploadRefused):
    """The vehicle took none of it, or not one item."""


class NotTheSame(UploadRefused):
    """Read back, and something else came."""

    def __init__(self, message: str, differences: tuple[str, ...]) -> None:
        super().__init__(message)
        self.differences = differences
