"""The chain: each entry's digest covers the entry and the digest before it.

Whoever alters, removes or inserts an entry breaks every digest after it. Removing the newest entries breaks none: that
shows only against a head (count and digest) that was noted elsewhere, which is why `sanxun audit verify` prints it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from api.audit.models import AuditRow
from streams.delivery.events import utc_text

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be written down. `subject` is an event's id; `reason` the person's own words, or how it came to be."""

    at: datetime
    actor: str
    role: str
    action: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking found: `count` entries up to the digest `head`; `faults` name places in words, none if sound."""

    count: int
    head: str
    faults: tuple[str, ...]


def digest_of(row: AuditRow) -> str:
    """SHA-256 over the entry as JSON. The form is fixed for ever: another one would break every chain there is."""
    fields = [
        row.seq,
        utc_text(row.at),
        row.actor,
        row.role,
        row.action,
        row.subject,
        row.reason,
        row.previous,
    ]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def linked(entry: Entry, last: AuditRow | None) -> AuditRow:
    """The row that follows `last`."""
    row = AuditRow(
        seq=last.seq + 1 if last else 1,
        at=entry.at,
        actor=entry.actor,
        role=entry.role,
        action=entry.action,
        subject=entry.subject,
        reason=entry.reason,
        previous=last.digest if last else GENESIS,
        digest="",
    )
    row.digest = digest_of(row)
    return row


class Checker:
    """Walks the whole chain in order of `seq`. Goes on after a fault, from what is written there, to find each one."""

    def __init__(self) -> None:
        self._count, self._next, self._head = 0, 1, GENESIS
        self._faults: list[str] = []

    def feed(self, row: AuditRow) -> None:
        if row.seq != self._next:
            self._faults.append(f"entry {self._next} is missing: entry {row.seq} stands in its place")
        elif row.previous != self._head:
            self._faults.append(f"entry {row.seq} does not follow the one before it")
        if digest_of(row) != row.digest:
            self._faults.append(f"entry {row.seq} was altered: its content does not fit its digest")
        self._count, self._next, self._head = self._count + 1, row.seq + 1, row.digest

    @property
    def verdict(self) -> Verdict:
        return Verdict(self._count, self._head, tuple(self._faults))
