"""`sanxun site suggest` on a real clip: to a file, to the terminal, and to the wall."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.auth.roles import Role
from api.cli.app import app
from api.site.offline import write_site
from streams.site import load_site, parse_site
from tests.api.house import SITE, FakeTime, Served, serving

LIMITS = ["--seconds", "5", "--looks-hz", "2"]


def test_from_a_clip_to_a_file_and_to_the_wall(assets: Path, tmp_path: Path) -> None:
    clip, data, out = assets / "clips" / "ua_detrac_intersection.mp4", tmp_path / "data", tmp_path / "suggestion.toml"
    write_site(data, parse_site(SITE))
    fake = FakeTime()
    with serving(data, fake) as url:
        served = Served(url, data, fake)
        token = served.token(Role.WORKER)
        there = ["--api", url, "--token", token, "--camera", "cam-2", "--data", str(tmp_path / "own")]
        done = CliRunner().invoke(app, ["site", "suggest", str(clip), *LIMITS, *there, "-o", str(out), "--json"])
        assert done.exit_code == 0, done.output
        answer = served.client(Role.COMMAND_CENTRE).get("/cameras/cam-2/suggestion").json()
        served.close()
    told = json.loads(done.stdout)
    assert (told["camera"], told["source_wh"]) == ("cam-2", [960, 540])
    assert told["watched_s"] == pytest.approx(5, abs=1)
    assert told["vehicles"] >= 1
    assert [zone["zone"]["polygon"] for zone in answer["zones"]] == [z["zone"]["polygon"] for z in told["zones"]]
    [camera] = load_site(out).camera
    assert len(camera.zone) == len(told["zones"])
    assert token not in done.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["no-such-camera"], "no camera"),
        (["clip.mp4x://nowhere", "--api", "http://127.0.0.1:9"], "SANXUN_TOKEN"),
    ],
    ids=["unknown camera", "no token"],
)
def test_what_cannot_be_watched_is_said(arguments: list[str], says: str, tmp_path: Path) -> None:
    write_site(tmp_path, parse_site(SITE))
    done = CliRunner().invoke(app, ["site", "suggest", *arguments, "--data", str(tmp_path)])
    assert done.exit_code != 0
    assert says in done.output + str(done.exception)
