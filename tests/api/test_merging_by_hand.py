"""People merge what the system leaves apart, and take apart what it or they have merged."""

from __future__ import annotations

from tests.api.corner import Corner


def test_a_merge_can_be_taken_back_and_stays_so(corner: Corner) -> None:
    """Keep 2992: what is inside can be acted on. Taken apart, each has its ticket, and they are not proposed again."""
    corner.post(corner.drone("d"), corner.vehicle("v"))
    apart = corner.give("v", "split", reason="two cars, one behind the other")
    assert (apart.status_code, apart.json()["merged_into"]) == (200, None)
    first, second = corner.tickets()
    assert (first["hazard_id"], second["hazard_id"]) == ("d", "v")
    assert "two cars" in first["history"][-1]["note"]
    [merge] = corner.get(f"/hazards/{corner.number}-v/merges").json()["items"]
    assert (merge["undone_by"], merge["undone_why"]) == ("token:command_centre", "two cars, one behind the other")
    assert corner.get(f"/hazards/{corner.number}-v/nearby").json()["items"] == []
    assert corner.give("v", "split", reason="again").status_code == 409


def test_a_person_merges_what_the_system_leaves_apart(corner: Corner) -> None:
    """FixMyStreet 1581 and 1873: the original is picked from what is near, by its id, and its number is shown."""
    coarse = corner.vehicle("v") | {"place": corner.place(5, semi_major_m=80.0)}
    corner.post(corner.drone("d"), coarse)
    [found] = corner.get(f"/hazards/{corner.number}-v/nearby").json()["items"]
    assert (found["id"], found["verdict"]) == (f"{corner.number}-d", "perhaps")
    assert (found["ticket_number"], found["ended"]) == (corner.tickets()[0]["number"], False)
    assert found["why"]["rule"] == "near, but a place is too coarse"
    merged = corner.give("v", "merge", into="d", reason="the red lorry")
    assert [one["id"] for one in merged.json()["sightings"]] == [f"{corner.number}-v"]
    assert corner.give("v", "merge", into="d", reason="the red lorry").status_code == 200, "asked for again"
    assert [ticket["state"] for ticket in corner.tickets()] == ["dispatched", "merged"]
    corner.give("v", "split", reason="another lorry")
    assert [ticket["state"] for ticket in corner.tickets()] == ["dispatched", "dispatched"]


def test_kinds_are_not_mixed_by_mistake(corner: Corner) -> None:
    corner.post(corner.drone("a"), corner.vehicle("b", hazard="fire_lane"))
    [proposed] = corner.get(f"/hazards/{corner.number}-b/nearby").json()["items"]
    assert (proposed["id"], proposed["kind"]) == (f"{corner.number}-a", "illegal_parking")
    assert (proposed["verdict"], proposed["why"]["rule"]) == ("perhaps", "near, of another kind")
    assert corner.give("b", "merge", into="a", reason="same lorry").status_code == 422
    assert corner.give("b", "merge", into="a", reason="same lorry", anyway=True).status_code == 200
    assert corner.give("a", "merge", into="b", reason="itself").status_code == 422
    assert corner.give("b", "merge", into="gone", reason="?").status_code == 404


def test_what_was_merged_step_by_step_comes_apart_step_by_step(corner: Corner) -> None:
    corner.post(corner.drone("a"), corner.drone("b", 100), corner.drone("c", 200))
    corner.give("c", "merge", into="b", reason="1")
    corner.give("b", "merge", into="a", reason="2")
    assert {one["id"] for one in corner.hazards()[0]["sightings"]} == {"b", "c"}
    corner.give("b", "split", reason="3")
    found = {one["id"]: [each["id"] for each in one["sightings"]] for one in corner.hazards()}
    assert found == {"a": [], "b": ["c"]}
