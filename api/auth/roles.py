"""The roles, and the groups of them that routes name."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    COMMAND_CENTRE = "command_centre"
    DRONE_OPERATOR = "drone_operator"
    GRID_WORKER = "grid_worker"
    OFFICER = "officer"  # an officer of the law, who may open sealed originals
    DEPARTMENT = "department"  # a district department, which whistles call
    PROPERTY_MANAGER = "property_manager"  # looks after a compound: sees its own units only
    VOLUNTEER = "volunteer"  # one of the N in 1+1+N: sees its own units only
    AUDITOR = "auditor"  # reads everything and changes nothing
    WORKER = "worker"  # a stream worker's service token, not a person
    METRICS = "metrics"  # a token for Prometheus: figures of the server, and nothing else


PEOPLE = (
    Role.ADMINISTRATOR,
    Role.COMMAND_CENTRE,
    Role.DRONE_OPERATOR,
    Role.GRID_WORKER,
    Role.OFFICER,
    Role.DEPARTMENT,
    Role.PROPERTY_MANAGER,
    Role.VOLUNTEER,
    Role.AUDITOR,
)
# These reach the whole site whatever units they name, so that naming some would promise what is not kept.
WHOLE_SITE = (Role.ADMINISTRATOR, Role.WORKER, Role.METRICS)
# Without units of their own these see nothing; every other role without units sees the whole site.
UNITS_ONLY = (Role.PROPERTY_MANAGER, Role.VOLUNTEER)
SETTLERS = (Role.ADMINISTRATOR, Role.COMMAND_CENTRE, Role.GRID_WORKER)
# Whoever walks the streets and may say what is wrong there.
REPORTERS = tuple(role for role in PEOPLE if role is not Role.AUDITOR)
CENTRE = (Role.ADMINISTRATOR, Role.COMMAND_CENTRE)
WATCHERS = (Role.ADMINISTRATOR, Role.COMMAND_CENTRE, Role.DRONE_OPERATOR, Role.OFFICER)
# The permission to open a sealed clip, and the one to see who did.
SEAL_OPENERS = (Role.ADMINISTRATOR, Role.OFFICER)
SEAL_WATCHERS = (Role.ADMINISTRATOR, Role.COMMAND_CENTRE, Role.OFFICER, Role.AUDITOR)
AUDITORS = (Role.ADMINISTRATOR, Role.AUDITOR)

# Whoever may take reported false alarms out as pictures to train on.
FALSE_ALARM_EXPORTERS = (Role.ADMINISTRATOR, Role.COMMAND_CENTRE, Role.OFFICER)


def refuse_units(role: Role, units: Collection[str]) -> None:
    """Raises ValueError for units of a role that has the whole site."""
    if role in WHOLE_SITE and units:
        other = ", or take command_centre" if role is Role.ADMINISTRATOR else ""
        named = ", ".join(sorted(set(units)))
        raise ValueError(f"{role} reaches the whole town, whatever units it has: name none{other}; got {named}")


def parse_role(text: str) -> Role:
    """A role by its name, with hyphens or underscores. Raises ValueError naming the roles there are."""
    try:
        return Role(text.strip().lower().replace("-", "_"))
    except ValueError:
        raise ValueError(f"role must be one of {', '.join(Role)}; got {text!r}") from None
