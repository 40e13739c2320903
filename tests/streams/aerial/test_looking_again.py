"""What is said to be done is looked at again by a drone: it tells only of what it sees from where it was found."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from streams.accuracy.aerial_scene import AerialScene, passing
from streams.aerial.sight import Sight
from streams.aerial.vacancy import (
    PX_M,
    REACH_M,
    SIDE,
    UNSEEN,
    Memory,
    Shows,
    remembered,
    shows,
    tells,
    told_from,
)
from streams.delivery.events import utc_text
from streams.relook import LookWanted, Relook
from tests.streams.aerial.flights import START, WH, Flown, kerb, look, street
from vision.types import Detections, Picture

LOOKS = (0.0, 1.0, 2.0)
FOUND = Sight(bearing_deg=180.0, down_deg=45.0, turned_deg=0.0, metres_px=0.13, light=110.0)


@pytest.mark.parametrize(
    ("now", "comparable"),
    [
        (FOUND, True),
        (Sight(200.0, 50.0, 20.0, 0.13, 110.0), True),
        (Sight(240.0, 45.0, 60.0, 0.13, 110.0), False),
        (Sight(0.0, 45.0, 180.0, 0.13, 110.0), False),
        (Sight(180.0, 75.0, 0.0, 0.13, 110.0), False),
        (Sight(180.0, 45.0, 0.0, 0.20, 110.0), False),
        (Sight(180.0, 45.0, 0.0, 0.08, 110.0), True),
        (Sight(180.0, 45.0, 0.0, 0.05, 110.0), False),
        (Sight(180.0, 45.0, 0.0, 0.13, 40.0), False),
    ],
    ids=["the same", "a little aside", "aside", "behind", "steeper", "farther", "nearer", "very near", "dusk"],
)
def test_a_look_is_comparable_by_angle_turn_scale_and_light(now: Sight, *, comparable: bool) -> None:
    assert now.comparable(FOUND) is comparable


def nothing(_: float, found: Detections) -> Detections:
    return found[np.zeros(len(found), bool)]


def test_it_says_there_and_gone_from_where_it_was_found_and_nothing_from_behind() -> None:
    scene = street()
    flown = Flown(kerb(scene))
    flown.fly(scene, LOOKS)
    flown.fly(scene, LOOKS, begins_s=300)
    event = flown.events[0]
    assert 160 < event.why["seen_from_deg"] < 200  # type: ignore[operator]
    assert event.why["seen_down_deg"] == pytest.approx(45, abs=12)
    assert event.why["seen_away_m"] == pytest.approx(85, abs=15)
    behind = AerialScene(passing(yaw_deg=180.0), (), resolution_wh=WH)
    passes = (
        (600, scene, None, "there"),
        (650, scene, nothing, "there"),  # the picture shows it, though the detector misses it
        (700, behind, None, None),
        (800, street(parked=()), None, "clear"),
    )
    for begins_s, again, blind, says in passes:
        relook = Relook()
        relook.ask(
            [
                LookWanted.of(
                    {
                        "incident_id": event.incident_id,
                        "camera": "drone-1",
                        "zone": event.zone,
                        "hazard": event.hazard.value,
                        "xyxy": list(event.xyxy),
                        "source_wh": list(WH),
                        "since": utc_text(START),
                        "picture": False,
                    }
                )
            ]
        )
        pipeline = flown.fly(again, (0.0,), begins_s=begins_s, blind=blind)
        relook.look(pipeline, *look(again, 0.0, begins_s))
        assert [one["sees"] for one in relook.take()] == ([] if says is None else [says])


def test_what_is_remembered_survives_a_restart_and_keeps_to_a_few_views() -> None:
    scene = street()
    flown = Flown(kerb(scene))
    pipeline = flown.fly(scene, LOOKS)
    place = next(place for place in pipeline.book.places.values() if place.memories)
    first = place.memories[0]
    again = Memory.of(first.state())
    assert again.sight.apart_deg(first.sight) < 0.01
    assert (again.patch == first.patch).all()
    assert (again.thing == first.thing).all()
    known: tuple[Memory, ...] = ()
    for bearing_deg in range(0, 360, 20):
        for _ in range(2):
            sight = Sight(float(bearing_deg), 45.0, 0.0, 0.13, 110.0)
            known = remembered(known, Memory(sight, 1, first.patch, first.thing))
    assert len(known) <= 16
    assert min(one.found for one in known) == 2


def test_a_drone_that_passes_leaves_each_view_where_it_was() -> None:
    scene = street()
    pipeline = Flown(kerb(scene)).fly(scene, LOOKS)
    first = next(place for place in pipeline.book.places.values() if place.memories).memories[0]
    known: tuple[Memory, ...] = ()
    for bearing_deg in range(60, 121, 3):
        sight = Sight(float(bearing_deg), 45.0, 0.0, 0.13, 110.0)
        known = remembered(known, Memory(sight, 1, first.patch, first.thing))
    assert sum(one.found for one in known) == 21
    assert max(one.found for one in known) <= 8
    assert any(Sight(66.0, 45.0, 0.0, 0.13, 110.0).apart_deg(one.sight) < 15 for one in known)


def test_a_drone_is_sent_to_where_a_look_with_the_place_in_its_middle_is_like_those_that_found_it() -> None:
    """A drone flew past with its camera across the street: at the edges of its pictures the place was askew."""
    patch, thing = np.zeros((SIDE, SIDE), np.uint8), np.zeros((SIDE, SIDE), np.bool_)

    def found(times: int, bearing_deg: float, turned_deg: float) -> Memory:
        return Memory(Sight(bearing_deg, 65.0, turned_deg, 0.13, 110.0), times, patch, thing)

    askew, across = found(8, 215.0, 95.0), found(5, 262.0, 88.0)
    assert not askew.sight.centred.comparable(askew.sight)
    assert told_from([askew, across]) == across.sight
    beside = found(6, 275.0, 92.0)
    assert told_from([across, beside, found(9, 40.0, 95.0)]) == beside.sight  # found more often
    assert told_from([askew]) == askew.sight  # nothing better is known
    assert told_from([]) is None


def street_of_ground(*, thing: bool, unseen: slice | None) -> Picture:
    """A place with a margin round it as a look shows it: rough ground with a kerb through it, 30 cm a px."""
    rng = np.random.default_rng(7)
    side = SIDE + 2 * round(REACH_M / PX_M)
    ground = cv2.GaussianBlur(rng.normal(110, 30, (side, side)), (0, 0), 1.5)
    ground[:, side // 2 : side // 2 + 2] += 40  # the kerb
    if thing:
        middle = side // 2
        ground[middle - 7 : middle + 7, middle - 3 : middle + 4] = 35
    picture = np.clip(ground, 1, 255).astype(np.uint8)
    if unseen is not None:
        picture[:, unseen] = UNSEEN
    return picture


@pytest.mark.parametrize(
    ("there", "unseen", "says"),
    [
        (False, None, Shows.FREE),
        (True, None, Shows.THERE),
        (False, slice(50, None), Shows.FREE),
        (True, slice(50, None), Shows.THERE),
        (False, slice(34, None), Shows.UNKNOWN),
        (False, slice(0, None), Shows.UNKNOWN),
    ],
    ids=["gone", "there", "gone, at the edge", "there, at the edge", "half of it outside", "all of it outside"],
)
def test_a_place_at_the_edge_of_a_picture_is_told_by_the_part_that_is_seen(
    unseen: slice | None, says: Shows, *, there: bool
) -> None:
    margin = round(REACH_M / PX_M)
    patch = street_of_ground(thing=True, unseen=slice(0, 22))[margin:-margin, margin:-margin]
    thing = np.zeros((SIDE, SIDE), np.bool_)
    thing[SIDE // 2 - 7 : SIDE // 2 + 7, SIDE // 2 - 3 : SIDE // 2 + 4] = True
    assert tells(patch, thing)
    now = street_of_ground(thing=there, unseen=unseen)
    assert shows([Memory(FOUND, 2, patch, thing)], FOUND, now) is says


def test_of_what_is_cut_by_the_edge_nothing_is_remembered() -> None:
    patch = street_of_ground(thing=True, unseen=None)[:SIDE, :SIDE].copy()
    thing = np.zeros((SIDE, SIDE), np.bool_)
    thing[10:20, 10:20] = True
    assert tells(patch, thing)
    patch[:, 15:] = UNSEEN
    assert not tells(patch, thing)
