"""Errors of patrols.

DroneError
├── BadArea      the area, or what is asked for over it, makes no sense: what was expected, what came
├── BadPlan      a plan's file cannot be read, or holds what is not understood
├── BadTelemetry what a drone or a receiver wrote cannot be read, or holds no position
└── PlanRefused  the plan would break a rule: nothing is written, the place or the figure is named
"""


class DroneError(Exception):
    """Something about a patrol that its operator can act on."""


class BadArea(DroneError):
    """An input that no plan can be made of."""


class BadPlan(DroneError):
    """A plan's file that no plan can be made of."""


class PlanRefused(DroneError):
    """A plan that may not be flown."""


class BadTelemetry(DroneError):
    """Telemetry that no pose can be made of."""
