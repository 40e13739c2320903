"""Plans of every kind over HTTP: held to the ground that the server knows, the same as the commands make, given out in
every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from drone.check.carried import carried
from drone.qgc import from_plan
from tests.api.house import FakeTime, Served, serving
from tests.api.stored import change, copied, rows
from tests.api.test_patrols import AREA, HOME, NO_FLY, area_plan, pilot
from tests.drone.hills import hill, tile


def test_plans_are_made_and_held_above_the_ground_that_the_server_knows(tmp_path: Path, applied_site: Path) -> None:
    """A hill of 100 m in the area's corner, and on the way there from home."""
    (tmp_path / "dem").mkdir()
    tile(tmp_path / "dem", hill(150, 60, 100.0, 250.0))
    data, fake = tmp_path / "data", FakeTime()
    copied(applied_site, data)
    body = {"name": "hill", "home": HOME, "rules": {"area": AREA, "return_height_m": 200}}
    with serving(data, fake, terrain=tmp_path / "dem") as url:
        house = Served(url, data, fake)
        try:
            (made,) = pilot(house).post("/patrols/plans/area", json=body).json()["items"]
            text = pilot(house).get(f"/patrols/plans/{made['id']}/file").text
            highest = max(point.height_above_home_m for point in from_plan(text).waypoints)
            assert 110 < highest <= 170
            level = {**body, "rules": {**body["rules"], "terrain": False}}  # type: ignore[dict-item]
            (flat,) = pilot(house).post("/patrols/plans/area", json=level).json()["items"]
            document = json.loads(pilot(house).get(f"/patrols/plans/{flat['id']}/file").text)
            checked = pilot(house).post("/patrols/checks", json={"name": "flat", "plan": document}).json()
            assert checked["above"] == "ground"
            assert "ground" in {one["rule"] for one in checked["broken"]}
            refused = pilot(house).post("/patrols/plans", json={"name": "flat", "plan": document})
            assert refused.status_code == 422
            assert "ground" in {one["rule"] for one in refused.json()["errors"]}
        finally:
            house.close()


def test_ground_is_not_promised_where_the_server_knows_none(shared: Served) -> None:
    rules: dict[str, Any] = {"area": AREA, "terrain": True}
    answer = pilot(shared).post("/patrols/plans/area", json={"name": "x", "home": HOME, "rules": rules})
    assert (answer.status_code, "its setting `terrain`" in answer.text) == (422, True)


@pytest.mark.parametrize("field", ["clearance_m", "return_height_m"])
def test_heights_of_the_ground_rules_are_heights(shared: Served, field: str) -> None:
    body = {"name": "x", "home": HOME, "rules": {"area": AREA, field: -1}}
    assert pilot(shared).post("/patrols/plans/area", json=body).status_code == 422


def test_the_file_that_is_given_out_carries_the_rules_and_what_is_sent_is_held_to_its_own(shared: Served) -> None:
    rules = {"area": AREA, "no_fly": NO_FLY, "no_fly_buffer_m": 12, "endurance_min": 20, "max_height_m": 90}
    (made,) = area_plan(shared, **{name: value for name, value in rules.items() if name != "area"})
    text = pilot(shared).get(f"/patrols/plans/{made['id']}/file").text
    own = carried(text, "market")
    assert own is not None
    assert ([zone.name for zone in own.zones], own.buffer_m, own.max_height_m) == (["school"], 12, 90)
    assert own.battery.endurance_s == 20 * 60
    # Somebody moves a waypoint into the zone that only the file names, and sends it without a word of rules.
    document = json.loads(text)
    moved = next(item for item in document["mission"]["items"] if item["command"] == 16)
    moved["params"][4:6] = [27.6209, 113.85145]
    body = {"name": "moved", "plan": document}
    checked = pilot(shared).post("/patrols/checks", json=body).json()
    assert "no_fly" in {one["rule"] for one in checked["broken"]}
    assert pilot(shared).post("/patrols/plans", json=body).status_code == 422


def test_plans_kept_before_their_files_carried_rules_get_them_from_what_was_asked_for(served: Served) -> None:
    (made,) = area_plan(served, no_fly=NO_FLY, no_fly_buffer_m=12)
    ((text,),) = rows(served.data, f"SELECT document FROM patrol_plan WHERE id = '{made['id']}'")
    old = json.loads(text)
    del old["sanxunRules"]
    change(served.data, "UPDATE patrol_plan SET document = :bare WHERE id = :id", bare=json.dumps(old), id=made["id"])
    own = carried(pilot(served).get(f"/patrols/plans/{made['id']}/file").text, "market")
    assert own is not None
    assert (own.buffer_m, [zone.name for zone in own.zones]) == (12, ["school"])
