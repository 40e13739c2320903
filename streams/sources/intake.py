"""What one camera's connection has brought so far, and what of it was lost."""

from __future__ import annotations

from dataclasses import dataclass

from streams.sources.reception import Reception


@dataclass(frozen=True, slots=True)
class Intake:
    """Since the connection began. `ring_bytes` and `ring_s` are what the packet ring holds now, `decoded` counts
    pictures, whoever decoded them."""

    reception: Reception
    decoded: int
    ring_bytes: int
    ring_s: float
    ring_overflows: int

    def drops(self) -> dict[str, int]:
        """Counts by reason, of those that are known."""
        counts = {
            "packets lost": self.reception.packets_lost,
            "packets dropped here": self.reception.packets_dropped,
            "packets late": self.reception.packets_late,
            "pictures broken": self.reception.pictures_broken,
            "pictures without their reference": self.reception.pictures_discarded,
            "ring overflows": self.ring_overflows,
        }
        return {reason: count for reason, count in counts.items() if count is not None}
