"""Goods in a fire lane from the air: what lies there in two looks the dwell apart, and did not before."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.scenes.light import CLEAR_MORNING, sun_at
from models.scenes.mesh import MeshBuilder
from models.scenes.scene import Thing
from streams.accuracy.aerial_scene import AerialScene, passing
from streams.aerial.tiles import MOST_TILES, PX_M, SIDE, tiles_of
from streams.settings.fire_lane import FireLaneSettings
from streams.site import ZoneSpec
from tests.streams.aerial.flights import WH, Flown, apart_m, camera, offset, street
from vision.types import Change, Detections

LOOKS = (0.0, 1.0, 2.0)
AT = (5.2, 8.0)
ANOTHER_SUN = replace(CLEAR_MORNING, sun=sun_at(math.radians(110), math.radians(35)), ambient=0.7, shadow=0.5)


def heap(side_m: float = 2.0, at: tuple[float, float] = AT) -> Thing:
    made, half = MeshBuilder(), side_m / 2
    made.frustum((-half, half), (-half, half), 0, (-0.7 * half, half / 2), (-half / 2, half), 0.6, (60.0, 120.0, 190.0))
    made.box((-half, 0), (-half, 0), (0, 0.9), (200.0, 190.0, 60.0), 1)
    return Thing(made.build(), *at, 0.4)


def lane(scene: AerialScene, **settings: object) -> ZoneSpec:
    """The east kerb, 4 m wide and 50 m long."""
    corners = scene.lonlat(np.array([[3.5, -20.0], [7.5, -20.0], [7.5, 30.0], [3.5, 30.0]]))
    lonlat = tuple((float(lon), float(lat)) for lon, lat in corners)
    given = {"id": "lane", "hazards": ["fire_lane"], "lonlat": lonlat, "dwell_s": 300}
    return ZoneSpec.model_validate({**given, "fire_lane": FireLaneSettings.model_validate(settings)})


BARE = street(parked=((-5.8, 0.0),))
BLOCKED = replace(BARE, things=(heap(),))


def test_what_lies_there_in_two_passes_the_dwell_apart_is_raised_at_its_place_and_cleared_when_it_is_gone() -> None:
    flown = Flown(lane(BARE))
    flown.fly(BARE, LOOKS)
    flown.fly(BLOCKED, LOOKS, begins_s=600)
    assert flown.events == []
    flown.fly(BLOCKED, LOOKS, begins_s=1200)
    (raised,) = flown.events
    assert (raised.change, raised.zone, raised.hazard.value) == (Change.RAISED, "lane", "fire_lane")
    assert raised.why["what"] == "thing"
    assert 590 < raised.why["dwell_s"] < 610  # type: ignore[operator]
    assert 2 < raised.why["area_m2"] < 9  # type: ignore[operator]
    assert apart_m(raised, BARE, AT) < 1.5
    flown.fly(BLOCKED, LOOKS, begins_s=1800)
    assert len(flown.events) == 1
    flown.fly(BARE, (0.0, 1.0), begins_s=2400)
    assert len(flown.events) == 1
    flown.fly(BARE, (*LOOKS, 3.0, 4.0), begins_s=3000)
    assert [event.change for event in flown.events] == [Change.RAISED, Change.CLEARED]
    assert flown.events[1].incident_id == raised.incident_id


def test_less_than_the_dwell_apart_nothing_is_raised() -> None:
    flown = Flown(lane(BARE))
    flown.fly(BARE, LOOKS)
    flown.fly(BLOCKED, LOOKS, begins_s=600)
    flown.fly(BLOCKED, LOOKS, begins_s=800)
    assert flown.events == []


def test_telemetry_that_is_off_otherwise_on_each_pass_and_another_sun_hide_nothing_and_raise_nothing() -> None:
    flown = Flown(lane(BARE))
    lit = replace(BARE, light=ANOTHER_SUN)
    flown.fly(BARE, LOOKS, noise=offset(0.8, -1.0, yaw_deg=1.0))
    flown.fly(lit, LOOKS, begins_s=600, noise=offset(-1.0, 0.9, yaw_deg=-1.0))
    flown.fly(lit, LOOKS, begins_s=1200, noise=offset(0.5, 1.5))
    assert flown.events == []
    flown.fly(replace(lit, things=(heap(),)), LOOKS, begins_s=1800, noise=offset(-0.6, -1.2, yaw_deg=0.8))
    flown.fly(BLOCKED, LOOKS, begins_s=2400, noise=offset(1.2, 0.4, yaw_deg=-1.2))
    (raised,) = flown.events
    assert raised.place is not None
    assert apart_m(raised, BARE, AT) < raised.place.semi_major_m


def test_of_a_vehicle_its_own_rule_tells_and_nothing_is_raised_twice() -> None:
    parked = street(parked=((-5.8, 0.0), (5.6, 8.0)))
    flown = Flown(lane(BARE))
    flown.fly(BARE, LOOKS)
    flown.fly(parked, LOOKS, begins_s=600)
    flown.fly(parked, LOOKS, begins_s=1200)
    assert [event.why["what"] for event in flown.events] == ["vehicle"]


def torn(flown: Flown, part: Callable[[dict[str, Any]], None]) -> None:
    state = json.loads(flown.state or b"")
    part(state)
    flown.state = json.dumps(state).encode()


def test_ground_that_cannot_be_read_after_a_restart_keeps_no_vehicle_s_ticket_open() -> None:
    parked = street(parked=((-5.8, 0.0), (5.6, 8.0)))
    flown = Flown(lane(BARE))
    flown.fly(BARE, LOOKS)
    for begins_s in (600, 1200):
        flown.fly(parked, LOOKS, begins_s=begins_s)
    (raised,) = flown.events
    torn(flown, lambda state: state["rules"]["lane/fire_lane/things"].update(ground=["half"]))
    for begins_s in (1800, 2400):
        flown.fly(BARE, (*LOOKS, 3.0, 4.0), begins_s=begins_s)
    assert [event.change for event in flown.events] == [Change.RAISED, Change.CLEARED]
    assert flown.events[1].incident_id == raised.incident_id


def test_of_what_is_begun_anew_nothing_is_cleared_that_nobody_was_told_of() -> None:
    flown = Flown(lane(BARE))
    flown.fly(BARE, LOOKS)
    for begins_s in (600, 1200):
        flown.fly(BLOCKED, LOOKS, begins_s=begins_s)
    assert [event.change for event in flown.events] == [Change.RAISED]
    torn(flown, lambda state: state.update(incidents={}))
    for begins_s in (1800, 2400):
        flown.fly(BARE, (*LOOKS, 3.0, 4.0), begins_s=begins_s)
    assert len(flown.events) == 1


def test_a_vehicle_that_nobody_finds_is_a_thing() -> None:
    def blind(at_s: float, found: Detections) -> Detections:
        return Detections.empty()

    parked = street(parked=((-5.8, 0.0), (5.6, 8.0)))
    flown = Flown(lane(BARE))
    flown.fly(BARE, LOOKS)
    for begins_s in (600, 1200):
        flown.fly(parked, LOOKS, begins_s=begins_s, blind=blind)
    assert [event.why["what"] for event in flown.events] == ["thing"]


def test_what_lay_there_from_the_first_look_on_is_ground_and_so_is_what_it_leaves_bare() -> None:
    flown = Flown(lane(BARE))
    flown.fly(BLOCKED, LOOKS)
    for begins_s in (600, 1200, 1800):
        flown.fly(BARE, LOOKS, begins_s=begins_s)
    assert flown.events == []
    for begins_s in (2400, 3000):
        flown.fly(BLOCKED, LOOKS, begins_s=begins_s)
    assert [event.change for event in flown.events] == [Change.RAISED]


@pytest.mark.parametrize("settings", [{"least_m2": 30.0}, {"things": False}], ids=["too small", "switched off"])
def test_a_zone_says_what_counts(settings: dict[str, object]) -> None:
    flown = Flown(lane(BARE, **settings))
    flown.fly(BARE, LOOKS)
    for begins_s in (600, 1200):
        flown.fly(BLOCKED, LOOKS, begins_s=begins_s)
    assert flown.events == []


def test_from_another_side_it_is_not_cleared() -> None:
    flown = Flown(lane(BARE))
    flown.fly(BARE, LOOKS)
    for begins_s in (600, 1200):
        flown.fly(BLOCKED, LOOKS, begins_s=begins_s)
    behind = AerialScene(passing(yaw_deg=180.0), BARE.parked_m, resolution_wh=WH)
    for begins_s in (1800, 2400):
        flown.fly(behind, (0.0, 2.0, 4.0), begins_s=begins_s)
    assert [event.change for event in flown.events] == [Change.RAISED]


def test_tiles_cover_a_lane_at_an_angle_and_know_their_places() -> None:
    turn = math.radians(30)
    along, across = np.array([math.sin(turn), math.cos(turn)]), np.array([math.cos(turn), -math.sin(turn)])
    corners = BARE.lonlat(np.array([0 * along, 60 * along, 60 * along + 5 * across, 5 * across]))
    tiles = tiles_of(tuple((float(lon), float(lat)) for lon, lat in corners))
    assert len(tiles) == 4
    assert sum(float(tile.zone[tile.core > 0].sum()) for tile in tiles) * PX_M**2 == pytest.approx(300, rel=0.06)
    for tile in tiles:
        assert tile.px(*tile.lonlat(3.0, 100.0)) == pytest.approx((3.0, 100.0), abs=0.01)
        assert tile.lonlat(SIDE / 2, SIDE / 2) == pytest.approx((tile.lon, tile.lat))


def test_a_zone_that_is_too_large_is_named_and_its_vehicles_are_watched_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    corners = BARE.lonlat(np.array([[0, 0], [300, 0], [300, 300], [0, 300]]))
    large = lane(BARE).model_copy(update={"lonlat": tuple((float(lon), float(lat)) for lon, lat in corners)})
    with pytest.raises(ValueError, match=f"up to {MOST_TILES * 256 / 1e4:.1f} ha"):
        tiles_of(large.lonlat or ())
    flown = Flown(large)
    flown.fly(BARE, LOOKS)
    assert "goods are not looked for" in caplog.text
    assert camera(large).zone[0].fire_lane.things


def test_a_drone_that_is_asked_to_look_again_tells_of_it_and_forgets_nothing_meanwhile() -> None:
    flown = Flown(lane(BARE))
    flown.fly(BARE, LOOKS)
    for begins_s in (600, 1200):
        flown.fly(BLOCKED, LOOKS, begins_s=begins_s)
    (raised,) = flown.events
    asked = (raised.incident_id, "lane", raised.hazard, raised.xyxy)
    assert flown.fly(BLOCKED, LOOKS, begins_s=1800).sees(*asked) is True
    assert flown.fly(BARE, (0.0,), begins_s=2400).sees(*asked) is False
    behind = AerialScene(passing(yaw_deg=180.0), BARE.parked_m, resolution_wh=WH)
    assert flown.fly(behind, (0.0,), begins_s=3000).sees(*asked) is None
    assert len(flown.events) == 1


def test_a_vehicle_known_to_stand_there_hides_its_ground_also_where_it_is_missed() -> None:
    """The detector finds it on one pass and misses it in every look of the next two: it is one vehicle, no thing."""

    def blind(at_s: float, found: Detections) -> Detections:
        return Detections.empty()

    parked = street(parked=((-5.8, 0.0), (5.6, 8.0)))
    flown = Flown(lane(BARE))
    flown.fly(BARE, LOOKS)
    flown.fly(parked, LOOKS, begins_s=600)
    for begins_s in (1200, 1800):
        flown.fly(parked, LOOKS, begins_s=begins_s, blind=blind)
    assert flown.events == []
