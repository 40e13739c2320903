"""From counts to zones: queues are no parking places, lanes are where nothing stands, and a little says little."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import Polygon, box

from models.spec import ObjectClass
from streams.site import CameraSpec, ZoneSpec, parse_site
from streams.suggest.heat import COLUMNS, ROWS, Heat
from streams.suggest.proposal import ProposedZone, Reason, Suggestion
from streams.suggest.propose import suggestion
from streams.suggest.regions import outline, regions
from streams.suggest.toml import free_id, suggestion_toml
from streams.suggest.words import needs, reason
from tests.suggest.street import WH, drive, survey_of, things
from vision.track import Tracker
from vision.types import HazardKind


def zones(heat: Heat, kind: Reason, watched_s: float = 24 * 3600) -> list[ProposedZone]:
    return [z for z in suggestion("cam-1", survey_of(heat, watched_s)).zones if z.reason is kind]


def stand(heat: Heat, x: float, y: float, stood_s: float, times: int) -> None:
    for _ in range(times):
        heat.stay(np.array([x - 40, y - 50, x + 40, y], np.float32), stood_s, WH)


def test_a_lane_where_nothing_stood_is_a_zone() -> None:
    heat = Heat()
    drive(heat, 300, cars=6)
    [lane] = zones(heat, Reason.FREE_LANE)
    shape = Polygon(lane.zone.polygon)
    assert shape.intersection(box(0.2, 0.51, 0.8, 0.55)).area == pytest.approx(0.6 * 0.04, rel=0.15)
    assert shape.area < 0.15
    assert lane.zone.hazards == (HazardKind.ILLEGAL_PARKING,)
    assert "6 vehicles drove through" in reason(lane)


def test_two_ways_are_two_lanes() -> None:
    heat = Heat()
    drive(heat, 300, cars=5)
    drive(heat, 328, cars=5, rightwards=False, from_s=500)
    assert len(zones(heat, Reason.FREE_LANE)) == 2


def test_where_they_wait_and_drive_on_is_a_queue_and_its_dwell_is_above_the_usual() -> None:
    heat = Heat()
    drive(heat, 300, cars=20)
    stand(heat, 700, 300, 55, times=6)
    [queue] = zones(heat, Reason.QUEUE)
    assert Polygon(queue.zone.polygon).contains(Polygon(box(0.70, 0.52, 0.75, 0.54)))
    assert queue.figures["usual_s"] == 60
    assert queue.zone.dwell_s == 90
    assert zones(heat, Reason.STANDING) == []
    assert all(
        not Polygon(lane.zone.polygon).contains(box(0.70, 0.52, 0.75, 0.54)) for lane in zones(heat, Reason.FREE_LANE)
    )


def test_where_they_stand_and_none_drives_through_is_a_parking_place() -> None:
    heat = Heat()
    drive(heat, 300, cars=5)
    stand(heat, 300, 480, 900, times=4)
    [kerb] = zones(heat, Reason.STANDING)
    assert kerb.figures["longest_s"] >= 900
    assert kerb.zone.dwell_s == 60
    assert zones(heat, Reason.QUEUE) == []


def test_people_who_stand_together_are_a_gathering_zone_above_the_usual_number() -> None:
    heat, tracker = Heat(), Tracker()
    for n in range(60):
        group = things(*[(300 + 28 * k, 400, 24, 70, ObjectClass.PERSON) for k in range(5)])
        heat.see(tracker.update(group, 0.5 * n), 0.5 * n, WH)
    [people] = zones(heat, Reason.PEOPLE)
    assert people.zone.hazards == (HazardKind.GATHERING,)
    assert people.zone.gathering.people > people.figures["together"] >= 3


def test_nothing_seen_proposes_nothing() -> None:
    found = suggestion("cam-1", survey_of(Heat()))
    assert (found.zones, needs(found)) == ((), [])


def test_a_minute_is_believed_less_than_a_day() -> None:
    heat = Heat()
    drive(heat, 300, cars=6)
    [short], [long] = zones(heat, Reason.FREE_LANE, 60), zones(heat, Reason.FREE_LANE)
    assert short.confidence < 0.3 < long.confidence


def test_what_a_camera_needs_is_said() -> None:
    survey = survey_of(Heat())
    survey.sizes[0], survey.sizes[-1], survey.key_interval_s = 40, 60, 8.3
    found = suggestion("cam-1", survey)
    assert (found.small_objects, found.small_share) == (True, 0.4)
    assert ["small_objects" in needs(found)[0], "8.3 s" in needs(found)[1]] == [True, True]


@pytest.mark.parametrize("seed", range(12))
def test_outlines_of_anything_are_simple_and_cover_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cells = np.zeros((ROWS, COLUMNS), bool)
    for _ in range(6):
        y, x, h, w = rng.integers((0, 0, 2, 2), (ROWS - 4, COLUMNS - 4, 20, 30))
        cells[y : y + h, x : x + w] = True
    for mask, polygon in regions(cells):
        assert 3 <= len(polygon) <= 8
        shape = Polygon(polygon)
        assert shape.is_valid
        ys, xs = np.nonzero(mask)
        centres = np.column_stack([(xs + 0.5) / COLUMNS, (ys + 0.5) / ROWS])
        inside = sum(shape.covers(box(x - 1e-4, y - 1e-4, x + 1e-4, y + 1e-4)) for x, y in centres)
        assert inside >= 0.75 * len(centres)


def test_an_outline_reaches_the_pictures_border() -> None:
    everything = np.ones((ROWS, COLUMNS), bool)
    assert Polygon(outline(everything)).area == pytest.approx(1.0, abs=1e-6)


def test_the_file_is_a_site_with_reasons_that_check_takes() -> None:
    heat = Heat()
    drive(heat, 300, cars=20)
    stand(heat, 700, 300, 55, times=6)
    found = suggestion("cam-1", survey_of(heat))
    own = ZoneSpec(id="own", hazards=(HazardKind.WIRING,), polygon=((0, 0), (1, 0), (1, 1)))
    text = suggestion_toml(found, CameraSpec(id="cam-1", url="rtsp://***@192.0.2.7/s", zone=(own,)))
    [camera] = parse_site(text).camera
    assert [zone.polygon for zone in camera.zone] == [zone.zone.polygon for zone in found.zones]
    assert all(f"# {reason(zone)}" in text for zone in found.zones)


def test_a_suggestion_survives_json_and_ids_are_kept_apart() -> None:
    heat = Heat()
    drive(heat, 300, cars=6)
    found = suggestion("cam-1", survey_of(heat))
    assert Suggestion.model_validate_json(found.model_dump_json()) == found
    assert [free_id("lane", taken) for taken in (set(), {"lane"}, {"lane", "lane-2"})] == ["lane", "lane-2", "lane-3"]
