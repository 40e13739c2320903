"""The site: TOML in, TOML out, and to the workers."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from api.auth.roles import Role
from api.cli import site as site_cli
from api.cli import token as token_cli
from api.site.credentials import masked_site
from api.site.offline import read_site, write_site
from api.site.toml import site_toml
from streams.errors import BadSite
from streams.site import Site, parse_site
from tests.api.house import SECRET, SITE, Served, event

runner = CliRunner()


def fetch(client: httpx.Client, tag: str | None = None) -> httpx.Response:
    return client.get("/worker/site", headers={"If-None-Match": tag} if tag else {})


def test_a_worker_gets_the_whole_site_and_then_304(served: Served) -> None:
    worker = served.client(Role.WORKER)
    answer = fetch(worker)
    assert Site.model_validate(answer.json()["site"]) == parse_site(SITE)
    assert SECRET in answer.text
    unchanged = fetch(worker, answer.headers["etag"])
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_a_change_reaches_the_worker_and_an_equal_site_is_no_change(served: Served) -> None:
    worker = served.client(Role.WORKER)
    tag = fetch(worker).headers["etag"]
    assert not write_site(served.data, parse_site(SITE))
    assert fetch(worker, tag).status_code == 304
    changes = write_site(served.data, parse_site(SITE.replace("dwell_s = 10", "dwell_s = 20")))
    assert (changes.added, changes.changed, changes.removed) == ((), ("zone cam-1/aisle",), ())
    answer = fetch(worker, tag)
    assert (answer.status_code, answer.json()["site"]["camera"][0]["zone"][0]["dwell_s"]) == (200, 20.0)


def test_what_the_file_lacks_is_removed_and_history_stays(served: Served) -> None:
    served.post(event())
    changes = write_site(served.data, parse_site('[site]\nname = "Empty"\n'))
    assert set(changes.removed) == {
        "camera cam-1",
        "zone cam-1/aisle",
        "camera cam-2",
        "camera cam-3",
        "grid west",
        "grid east",
    }
    assert served.client(Role.COMMAND_CENTRE).get("/cameras").json()["items"] == []
    [ticket] = served.tickets()
    assert (ticket["camera"], ticket["camera_name"], ticket["grid"]) == ("cam-1", "East gate", "west")
    served.post(event(change="cleared"))
    assert served.tickets()[0]["hazard_state"] == "cleared"


def test_a_database_that_replaced_another_has_other_tags(tmp_path: Path, served: Served) -> None:
    from tests.api.house import FakeTime, serving

    write_site(tmp_path / "second", parse_site(SITE))
    tag = fetch(served.client(Role.WORKER)).headers["etag"]
    with serving(tmp_path / "second", FakeTime()) as url:
        second = Served(url, tmp_path / "second", FakeTime())
        assert fetch(second.client(Role.WORKER), tag).status_code == 200
        second.close()


def test_export_and_apply_are_inverse(tmp_path: Path) -> None:
    site = parse_site(SITE)
    assert parse_site(site_toml(site)) == site
    write_site(tmp_path, site)
    assert read_site(tmp_path) == site
    masked = site_toml(masked_site(site))
    assert SECRET not in masked
    assert "rtsp://***@192.0.2.7/stream1" in masked
    assert not write_site(tmp_path, parse_site(masked)), "applying the masked export changes nothing"
    assert read_site(tmp_path) == site


def test_a_masked_url_keeps_its_password_at_another_path_of_the_same_host_only(tmp_path: Path) -> None:
    write_site(tmp_path, parse_site(SITE))
    moved = site_toml(masked_site(parse_site(SITE))).replace("192.0.2.7/stream1", "192.0.2.7/stream2")
    write_site(tmp_path, parse_site(moved))
    assert read_site(tmp_path).camera[0].url == f"rtsp://viewer:{SECRET}@192.0.2.7/stream2"
    elsewhere = moved.replace("192.0.2.7", "203.0.113.66")
    with pytest.raises(BadSite, match="none are stored"):
        write_site(tmp_path, parse_site(elsewhere))
    assert read_site(tmp_path).camera[0].url.endswith("@192.0.2.7/stream2")


def test_a_sub_streams_password_is_masked_and_kept_like_the_main_ones(tmp_path: Path) -> None:
    url = f'url = "rtsp://viewer:{SECRET}@192.0.2.7/stream1"'
    site = parse_site(SITE.replace(url, f'{url}\nwatch_url = "rtsp://viewer:{SECRET}@192.0.2.7/stream2"'))
    write_site(tmp_path, site)
    masked = site_toml(masked_site(site))
    assert SECRET not in masked
    assert masked.count("***@192.0.2.7") == 2
    assert not write_site(tmp_path, parse_site(masked)), "applying the masked export changes nothing"
    assert read_site(tmp_path) == site
    # A sub-stream that is written into an export may use the password of the main stream, on its own host alone.
    write_site(tmp_path, parse_site(SITE))
    added = site_toml(masked_site(parse_site(SITE))).replace(
        'url = "rtsp://***@192.0.2.7/stream1"',
        'url = "rtsp://***@192.0.2.7/stream1"\nwatch_url = "rtsp://***@192.0.2.7/stream2"',
    )
    write_site(tmp_path, parse_site(added))
    assert read_site(tmp_path).camera[0].watch_url == f"rtsp://viewer:{SECRET}@192.0.2.7/stream2"
    with pytest.raises(BadSite, match="its watch_url"):
        write_site(tmp_path, parse_site(added.replace("192.0.2.7/stream2", "203.0.113.66/stream2")))


def test_a_point_in_gcj02_finds_the_grid_that_it_lies_in(tmp_path: Path) -> None:
    """500 m east of its WGS-84 place by datum alone: read as WGS-84 the point would lie in the neighbour grid."""
    from api.kit.gcj02 import wgs84_to_gcj02
    from api.site.places import place_of
    from api.town.from_site import town_of

    lon, lat = wgs84_to_gcj02(113.898, 27.65)
    assert lon > 113.9
    text = SITE.replace("lon = 113.85\nlat = 27.62", f'lon = {lon}\nlat = {lat}\ndatum = "GCJ-02"')
    site = parse_site(text)
    place = place_of(site.camera[0], town_of(site.grid))
    assert place.grid == "west"
    assert place.wgs84_lon == pytest.approx(113.898, abs=1e-9)


def test_the_commands_apply_export_check_and_print_the_schema(tmp_path: Path) -> None:
    file, data = tmp_path / "site.toml", ["--data", str(tmp_path / "data")]
    file.write_text(SITE, encoding="utf-8")
    assert runner.invoke(site_cli.app, ["check", str(file)]).stdout == "ok\n"
    applied = runner.invoke(site_cli.app, ["apply", str(file), *data])
    assert "added camera cam-1\n" in applied.stdout
    assert runner.invoke(site_cli.app, ["apply", str(file), *data]).stdout == "nothing to change\n"
    exported = runner.invoke(site_cli.app, ["export", *data]).stdout
    assert SECRET not in exported
    full = runner.invoke(site_cli.app, ["export", "--with-credentials", *data]).stdout
    assert parse_site(full) == parse_site(SITE)
    assert '"polygon"' in runner.invoke(site_cli.app, ["schema"]).stdout


def test_check_names_every_fault_and_exits_1(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    bad = SITE.replace("dwell_s = 10", "dwell_s = -1").replace("lat = 27.62", "lat = 127.62")
    file.write_text(bad, encoding="utf-8")
    found = runner.invoke(site_cli.app, ["check", str(file)])
    assert found.exit_code == 1
    assert "camera.0.zone.0.dwell_s" in found.stdout
    assert "camera.0.lat" in found.stdout
    assert SECRET not in found.stdout
    crossing = "[[113.8, 27.6], [113.9, 27.7], [113.9, 27.6], [113.8, 27.7]]"
    file.write_text(SITE.replace("[[113.8, 27.6], [113.9, 27.6], [113.9, 27.7], [113.8, 27.7]]", crossing))
    found = runner.invoke(site_cli.app, ["check", str(file)])
    assert (found.exit_code, "grid west" in found.stdout) == (1, True)


def test_token_create_prints_the_token_alone(served: Served) -> None:
    made = runner.invoke(token_cli.app, ["create", "--role", "command-centre", "--data", str(served.data)])
    [token] = made.stdout.splitlines()
    answer = served.client().get("/session", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["role"] == "command_centre"
    refused = runner.invoke(token_cli.app, ["create", "--role", "king", "--data", str(served.data)])
    assert refused.exit_code == 2
