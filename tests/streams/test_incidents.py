"""An incident has one name from its raising to its end, and no other has it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np

from streams.decoding.picture import ArrayShot
from streams.incidents import Incidents
from vision.types import Change, Detections, Frame, Hazard, HazardKind

PICTURE = np.zeros((36, 64, 3), np.uint8)


def name(incidents: Incidents, change: Change, at_s: float, began_s: float = 100.0) -> str:
    box = np.array([1, 1, 9, 9], np.float32)
    hazard = Hazard(change, HazardKind.ILLEGAL_PARKING, "kerb", 1, at_s, began_s, box, 0.9)
    frame = Frame("cam", datetime.fromtimestamp(at_s, UTC), at_s, (64, 36), ArrayShot(PICTURE))
    return incidents.event(hazard, frame, Detections.empty(), {}).incident_id


def test_what_ended_and_is_raised_again_with_the_same_beginning_is_another_incident() -> None:
    incidents = Incidents()
    first = [name(incidents, Change.RAISED, 160), name(incidents, Change.CLEARED, 200)]
    again = Incidents()
    again.restore(json.loads(json.dumps(incidents.state())))
    second = [name(again, Change.RAISED, 300), name(again, Change.CLEARED, 400)]
    assert first[0] == first[1] != second[0] == second[1]


def test_a_beginning_that_moved_does_not_change_the_name() -> None:
    incidents = Incidents()
    assert name(incidents, Change.RAISED, 160) == name(incidents, Change.CLEARED, 3800, began_s=3700)


def test_what_an_older_worker_raised_is_cleared_by_the_name_that_it_gave() -> None:
    assert name(Incidents(), Change.RAISED, 160) == name(Incidents(), Change.CLEARED, 200)
