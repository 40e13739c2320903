"""Illegal parking in a zone, the table `[camera.zone.parking]`."""

from __future__ import annotations

from pydantic import Field, field_validator

from models.spec import ObjectClass, object_class
from streams.settings.hours import Hours, timetable
from streams.settings.polygon import Polygon
from streams.settings.strict import Strict
from vision.hazards.terms import Exempt, Terms
from vision.zones import Zone


class ExemptSlot(Strict):
    """A loading bay or a place with a permit, a table `[[camera.zone.parking.exempt]]`."""

    name: str = ""
    polygon: Polygon = Field(description="Corners in relative image coordinates, x then y, 0 to 1.")
    hours: tuple[Hours, ...] = Field(default=(), description="When it is exempt, such as Mon-Fri 09:00-16:00.")
    vehicles: tuple[str, ...] = Field(default=(), description="Which classes may stand there; all where not given.")
    limit_s: float | None = Field(
        default=None, gt=0, le=86_400, description="Seconds that they may stand there; without end where not given."
    )

    @field_validator("vehicles")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if object_class(name) in (None, ObjectClass.PERSON):
                raise ValueError(f"vehicles must be among car, bus, truck, two_wheeler; got {name!r}")
        return names

    def terms(self, timezone: str) -> Exempt:
        classes = (object_class(name) for name in self.vehicles)
        return Exempt(
            Zone(self.polygon),
            timetable(self.hours, timezone),
            frozenset(int(one) for one in classes if one is not None),
            self.limit_s,
        )


class ParkingSettings(Strict):
    """Illegal parking in a zone, the table `[camera.zone.parking]`."""

    hours: tuple[Hours, ...] = Field(
        default=(), description="When parking is prohibited, in the site's time zone; always where not given."
    )
    grace_s: float = Field(
        default=0.0,
        ge=0,
        le=86_400,
        description="Seconds that a vehicle which stood there already gets when prohibited hours begin.",
    )
    exempt: tuple[ExemptSlot, ...] = ()
    queue: tuple[Polygon, ...] = Field(
        default=(), description="Where vehicles wait in traffic: who waits there is not parked."
    )
    queue_s: float = Field(
        default=300.0,
        gt=0,
        le=86_400,
        description="Seconds after which a vehicle in a queue is parked though nobody was seen to pass it.",
    )

    def terms(self, timezone: str) -> Terms:
        """The same as the rule understands it; `timezone` is an IANA name."""
        return Terms(
            hours=timetable(self.hours, timezone),
            grace_s=self.grace_s,
            exempt=tuple(slot.terms(timezone) for slot in self.exempt),
            queues=tuple(Zone(corners) for corners in self.queue),
            queue_s=self.queue_s,
        )
