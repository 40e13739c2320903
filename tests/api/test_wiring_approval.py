"""Approving a zone's wires: counted, known to workers, and never taken back by a site file."""

from __future__ import annotations

from typer.testing import CliRunner

from api.auth.roles import Role
from api.cli import site as site_cli
from api.site.offline import read_site, write_site
from streams.site import ZoneSpec, parse_site
from tests.api.house import SITE, Served

UNWIRED = SITE.replace(', "wiring"]', "]", 1)
PATH = "/cameras/cam-1/zones/aisle/approve-wiring"


def aisle(served: Served) -> ZoneSpec:
    answer = served.client(Role.WORKER).get("/worker/site").json()["site"]
    [camera] = [c for c in answer["camera"] if c["id"] == "cam-1"]
    return ZoneSpec.model_validate(camera["zone"][0])


def test_an_approval_reaches_the_worker_and_outlives_an_older_site_file(served: Served) -> None:
    assert aisle(served).wiring.approved == 0
    answer = served.client(Role.COMMAND_CENTRE).post(PATH)
    assert (answer.status_code, answer.json()) == (200, {"camera": "cam-1", "zone": "aisle", "approved": 1})
    assert aisle(served).wiring.approved == 1
    write_site(served.data, parse_site(SITE.replace("East gate", "North gate")))
    assert (read_site(served.data).camera[0].name, aisle(served).wiring.approved) == ("North gate", 1)


def test_a_zone_that_is_not_watched_for_wiring_has_none_to_approve(served: Served) -> None:
    write_site(served.data, parse_site(UNWIRED))
    centre = served.client(Role.COMMAND_CENTRE)
    assert centre.post(PATH).status_code == 404
    assert centre.post("/cameras/cam-1/zones/none/approve-wiring").status_code == 404
    assert centre.post("/cameras/none/zones/aisle/approve-wiring").status_code == 404


def test_the_command_approves_too(served: Served) -> None:
    runner = CliRunner()
    for count in ("1", "2"):
        done = runner.invoke(site_cli.app, ["approve-wiring", "cam-1", "aisle", "--data", str(served.data)])
        assert (done.exit_code, done.output.split(" time")[0]) == (0, f"approved, for the {count}.")
    assert aisle(served).wiring.approved == 2
    failed = runner.invoke(site_cli.app, ["approve-wiring", "cam-1", "yard", "--data", str(served.data)])
    assert failed.exit_code == 1
    assert "no zone 'yard' of camera 'cam-1' is watched for wiring" in failed.output
