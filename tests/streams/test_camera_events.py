"""A camera's trouble begins once, ends once, and outlasts restarts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from streams.delivery.camera_events import CameraChange, Found, Trouble, TroubleChange, Troubles, connection_trouble
from streams.delivery.outbox import Outbox
from streams.health.meter import CameraHealth, CameraState, HealthMeter
from tests.streams.builders import START, ManualClock
from vision.picture_health import FaultKind

COVERED = Found(Trouble.COVERED, START, {"seen": 0.04})
LATER = START + timedelta(seconds=30)


def test_every_fault_of_a_picture_is_a_trouble() -> None:
    assert {kind.value for kind in FaultKind} <= {trouble.value for trouble in Trouble}


def test_a_trouble_begins_once_and_ends_once() -> None:
    troubles = Troubles("cam-1")
    assert troubles.tell(None, START) == []
    (began,) = troubles.tell(COVERED, LATER)
    assert (began.change, began.since, began.at) == (TroubleChange.BEGAN, START, LATER)
    assert troubles.tell(replace(COVERED, since=LATER, why={}), LATER) == []
    (ended,) = troubles.tell(None, LATER)
    assert (ended.change, ended.trouble_id) == (TroubleChange.ENDED, began.trouble_id)
    assert ended.event_id != began.event_id
    assert troubles.tell(None, LATER) == []


def test_another_trouble_ends_the_one_before() -> None:
    troubles = Troubles("cam-1")
    troubles.tell(COVERED, LATER)
    changes = troubles.tell(Found(Trouble.FLAT, LATER), LATER)
    assert [(c.trouble, c.change) for c in changes] == [
        (Trouble.COVERED, TroubleChange.ENDED),
        (Trouble.FLAT, TroubleChange.BEGAN),
    ]


def test_ids_follow_from_what_is_said() -> None:
    (one,) = Troubles("cam-1").tell(COVERED, LATER)
    (again,) = Troubles("cam-1").tell(COVERED, LATER + timedelta(hours=1))
    (other,) = Troubles("cam-2").tell(COVERED, LATER)
    assert one.event_id == again.event_id
    assert one.event_id != other.event_id


def test_a_restart_goes_on_with_what_was_open() -> None:
    before = Troubles("cam-1")
    (began,) = before.tell(COVERED, LATER)
    assert Troubles("cam-1", before.state()).tell(COVERED, LATER) == []
    (ended,) = Troubles("cam-1", before.state()).tell(None, LATER)
    assert ended.trouble_id == began.trouble_id
    for broken in (b"", b"{}", b'{"version": 9}', b'{"version": 1, "open": {"trouble": "bored"}}'):
        assert Troubles("cam-1", broken).open is None


def test_one_that_comes_back_after_another_is_told_as_a_new_one() -> None:
    """A lens half covered is called covered and turned by turns, and both have held since the same look."""
    troubles, turned = Troubles("cam-1"), replace(COVERED, trouble=Trouble.TURNED)
    told = [
        change
        for second, found in enumerate((COVERED, turned, COVERED, turned, None))
        for change in troubles.tell(found, LATER + timedelta(seconds=second))
    ]
    assert len({change.event_id for change in told}) == len(told) == 8
    began = [change.trouble_id for change in told if change.change is TroubleChange.BEGAN]
    assert [change.trouble_id for change in told if change.change is TroubleChange.ENDED] == began
    assert len(set(began)) == 4


def test_one_that_took_anothers_place_is_ended_by_its_own_name_after_a_restart() -> None:
    before = Troubles("cam-1")
    before.tell(COVERED, LATER)
    (_, began) = before.tell(replace(COVERED, trouble=Trouble.TURNED), LATER)
    (ended,) = Troubles("cam-1", before.state()).tell(None, LATER + timedelta(seconds=9))
    assert ended.trouble_id == began.trouble_id


def test_it_leaves_by_the_outbox_with_its_state(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "worker.db")
    troubles = Troubles("cam-1")
    changes = troubles.tell(COVERED, LATER)
    outbox.commit("cam-1#picture", troubles.state(), changes)
    outbox.close()
    outbox = Outbox(tmp_path / "worker.db")
    (waiting,) = outbox.pending()
    assert waiting.body == json.loads(json.dumps(changes[0].to_json()))
    assert waiting.body["type"] == "camera_health"
    assert Troubles("cam-1", outbox.load_state("cam-1#picture")).open == COVERED
    outbox.close()


HEALTH = CameraHealth(
    camera="cam-1",
    state=CameraState.DOWN,
    since=START + timedelta(seconds=50),
    last_frame_at=START,
    resolution_wh=None,
    fps=None,
    looks_per_s=0.5,
    dropped=0,
    reconnects=3,
    unknown_s=0.0,
    error="connection refused",
)


@pytest.mark.parametrize(
    ("state", "trouble"),
    [
        (CameraState.DOWN, Trouble.DOWN),
        (CameraState.CONNECTING, Trouble.DOWN),
        (CameraState.STALLED, Trouble.STALLED),
        (CameraState.LIVE, None),
    ],
)
def test_a_camera_without_sight_for_too_long_is_a_trouble(state: CameraState, trouble: Trouble | None) -> None:
    health = replace(HEALTH, state=state)
    assert connection_trouble(health, START + timedelta(seconds=59), 60) is None
    found = connection_trouble(health, START + timedelta(seconds=60), 60)
    assert (found.trouble if found else None) == trouble
    if found is not None:
        assert (found.since, found.detail) == (START, "connection refused")


def test_a_camera_that_never_came_counts_from_its_first_try() -> None:
    clock = ManualClock()
    meter = HealthMeter(clock)
    told: list[float] = []
    for _ in range(10):  # each try fails after 3 s, and 10 s later there is another
        meter.connecting()
        clock.at_s += 3
        meter.down("no route to host")
        clock.at_s += 10
        if connection_trouble(meter.read("cam-1", 0.5, 0, None, None, None, 0), clock.now(), 60) is not None:
            told.append(clock.at_s)
    assert told == [65, 78, 91, 104, 117, 130]


def test_a_camera_that_is_down_is_not_said_to_be_back_by_a_worker_that_starts_again() -> None:
    before = Troubles("cam-1")
    before.tell(connection_trouble(HEALTH, START + timedelta(seconds=60), 60), LATER)
    after = Troubles("cam-1", before.state())
    fresh = replace(HEALTH, state=CameraState.CONNECTING, last_frame_at=None, begun_at=LATER)
    for waited_s in (0, 59, 60, 600):
        now = LATER + timedelta(seconds=waited_s)
        assert after.tell(connection_trouble(fresh, now, 60, after.open), now) == []
    (ended,) = after.tell(connection_trouble(replace(fresh, state=CameraState.LIVE), now, 60, after.open), now)
    assert ended.change is TroubleChange.ENDED


def test_what_is_said_is_all_there_is() -> None:
    change = CameraChange("e", "t", "cam-1", Trouble.DOWN, TroubleChange.BEGAN, LATER, START, {"away_s": 61.00049})
    assert change.to_json() == {
        "type": "camera_health",
        "event_id": "e",
        "trouble_id": "t",
        "camera": "cam-1",
        "trouble": "down",
        "change": "began",
        "at": "2026-01-01T00:00:30.000Z",
        "since": "2026-01-01T00:00:00.000Z",
        "why": {"away_s": 61.0},
        "detail": "",
        "still_jpeg": None,
    }
