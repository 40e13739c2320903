"""What a link refused and why, for whoever looks after it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """Frames since the link was opened; `forged` and `replayed` had no effect whatever."""

    received: int = 0
    sent: int = 0
    heartbeats: int = 0
    bad_checksums: int = 0
    unknown: int = 0
    unsigned: int = 0
    forged: int = 0
    replayed: int = 0
    undecodable: int = 0
    not_for_us: int = 0
