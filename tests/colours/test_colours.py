"""Four colours: the rule is a setting, and each colour says what makes it."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from api.auth.roles import Role
from api.colours.rule import Colour, ColourRule, Reason, Tally, Threshold, judge
from tests.api.house import Served, overwrite
from tests.ledger.tickets import at, ticket, write
from tests.town.test_importing import feature, square

# The server's clock stands at 2026-11-22 16:00 in Shanghai.
TOWN = (
    feature("s", "street", None, square(20, 0, 4)),
    feature("c1", "community", "s", square(20, 0, 3)),
    feature("c2", "community", "s", square(23, 0)),
    feature("g1", "grid", "c1", square(20, 0)),
    feature("g2", "grid", "c1", square(21, 0)),
    feature("g3", "grid", "c1", square(22, 0)),
    feature("g4", "grid", "c2", square(23, 0)),
    feature("m1", "micro_grid", "g1", square(20, 0, 1, 0.5)),
    feature("m2", "micro_grid", "g1", square(20, 0.5, 1, 0.5)),
)


@pytest.fixture(scope="module")
def town(shared: Served) -> Served:
    content = json.dumps({"type": "FeatureCollection", "features": TOWN})
    answer = overwrite(shared.client(Role.ADMINISTRATOR), "/town/units?datum=WGS-84", content=content)
    assert answer.status_code == 200, answer.text
    later = {"rectify_by": at("25 09:00")}
    write(
        shared.data,
        [
            ticket("a", "m1", "22 09:00"),  # an hour to settle it has passed
            ticket("b", "m2", "21 09:00", rectify_overdue=True, state="suspended", rectify_left_s=1.0),
            ticket("c", "g2", "22 15:30", recurrence_of="gone", **later),
            ticket("d", "g2", "22 15:30", **later),
            ticket("settled", "g3", "20 09:00", closed="20 09:30"),
            ticket("old", "g3", "02 09:00", closed="02 09:30", recurrence_of="gone", created_at=at("01 00:00")),
            ticket("wrong", "g3", "20 09:00", state="voided", closed_at=at("20 10:00"), recurrence_of="gone"),
        ],
    )
    return shared


def test_each_grid_has_a_colour_and_says_why(town: Served) -> None:
    items = town.client(Role.COMMAND_CENTRE).get("/colours", params={"under": "s"}).json()["items"]
    found = {one["unit"]: one for one in items}
    assert {unit: one["colour"] for unit, one in found.items()} == {
        "g1": "red",
        "g2": "yellow",
        "g3": "yellow",
        "g4": "blue",
    }
    assert found["g1"]["reasons"] == [{"what": "overdue", "count": 2, "least": 2}]
    assert found["g1"]["because"] == {"zh": "超期 2（≥2）", "en": "2 overdue, 2 or more"}
    assert [one["what"] for one in found["g2"]["reasons"]] == ["open", "recurring"]
    assert (found["g3"]["open"], found["g3"]["recurring"]) == (0, 1), "three weeks ago; the voided one never was"
    assert found["g4"]["because"]["en"] == "no count reaches a threshold"


def test_what_lies_above_is_as_bad_as_its_worst_grid(town: Served) -> None:
    params = {"under": "s", "level": "community"}
    items = town.client(Role.COMMAND_CENTRE).get("/colours", params=params).json()["items"]
    assert [(one["unit"], one["colour"], one["worst"]) for one in items] == [("c1", "red", ["g1"]), ("c2", "blue", [])]
    assert items[0]["because"]["en"] == "3 grids: 1 red, 2 yellow"
    assert items[0]["open"] == 4


def test_the_rule_is_a_setting(town: Served) -> None:
    admin = town.client(Role.ADMINISTRATOR)
    settings = admin.get("/town/settings").json()
    changed = json.loads(json.dumps(settings))
    changed["colours"]["red"]["overdue"] = 3
    changed["colours"]["orange"]["open"] = 2
    assert overwrite(admin, "/town/settings", json=changed).status_code == 200
    items = admin.get("/colours", params={"under": "s"}).json()["items"]
    assert [one["colour"] for one in items] == ["orange", "orange", "yellow", "blue"]
    changed["colours"]["red"]["open"] = 1
    refused = overwrite(admin, "/town/settings", json=changed)
    assert refused.status_code == 422
    assert "a worse colour needs as many" in refused.text
    overwrite(admin, "/town/settings", json=settings)


def test_the_map_has_the_shapes_and_goes_down_a_level(town: Served) -> None:
    centre = town.client(Role.COMMAND_CENTRE)
    answer = centre.get("/colours/map", params={"under": "s", "level": "grid"})
    made = answer.json()
    assert [(one["id"], one["properties"]["colour"]) for one in made["features"]][:2] == [
        ("g1", "red"),
        ("g2", "yellow"),
    ]
    assert made["bbox"] == pytest.approx([114.0, 27.6, 114.04, 27.61], abs=1e-6)
    assert made["features"][0]["geometry"]["type"] in ("Polygon", "MultiPolygon")
    again = centre.get("/colours/map?under=s&level=grid", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    inside = centre.get("/colours/map", params={"under": "g1"}).json()
    assert ([one["id"] for one in inside["features"]], inside["above"]) == (["m1", "m2"], "c1")
    assert centre.get("/colours/map?under=nowhere").status_code == 404


def test_a_worker_sees_the_colours_of_its_own_units(town: Served) -> None:
    worker = town.client(Role.GRID_WORKER, "g2")
    assert [one["unit"] for one in worker.get("/colours").json()["items"]] == ["g2"]
    assert worker.get("/colours/map?under=g1").status_code == 404


@pytest.mark.parametrize(
    ("tally", "colour", "reasons"),
    [
        (Tally(), Colour.BLUE, ()),
        (Tally(open=1), Colour.YELLOW, (Reason("open", 1, 1),)),
        (Tally(open=4, overdue=1), Colour.ORANGE, (Reason("open", 4, 4), Reason("overdue", 1, 1))),
        (Tally(open=9, overdue=1), Colour.RED, (Reason("open", 9, 8),)),
    ],
)
def test_the_worst_colour_that_a_count_reaches(tally: Tally, colour: Colour, reasons: tuple[Reason, ...]) -> None:
    assert judge(tally, ColourRule()) == (colour, reasons)


def test_a_worse_colour_needs_more() -> None:
    with pytest.raises(ValidationError, match="worse colour"):
        ColourRule(red=Threshold(open=2, overdue=None, recurring=None))
