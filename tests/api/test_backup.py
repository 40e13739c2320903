"""Backups: what they show to whom, what they leave out, and what restoring one leaves alone."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

from typer.testing import CliRunner

from api.cli import db
from api.db.revisions import revision_of
from api.house import offline
from tests.api.stored import copied

runner = CliRunner()


def revision(data: Path) -> int:
    async def ask() -> int:
        async with offline(data) as database, database.reading() as session:
            return await revision_of(session, None)

    return asyncio.run(ask())


def test_a_backup_is_its_owners_and_says_what_is_not_in_it(applied_site: Path, tmp_path: Path) -> None:
    data, tar = tmp_path / "data", tmp_path / "all.tar"
    copied(applied_site, data)
    (data / "notify.toml").write_text("")
    made = runner.invoke(db.app, ["backup", str(tar), "--data", str(data)])
    assert made.exit_code == 0, made.output
    assert stat.S_IMODE(tar.stat().st_mode) == 0o600
    told = made.output.replace("\n", "")
    assert [name for name in ("seal.keys", "sign-in.key", "notify.toml", "sanxun.toml") if name in told] == [
        "seal.keys",
        "sign-in.key",
        "notify.toml",
        *(["sanxun.toml"] if (data / "sanxun.toml").exists() else []),
    ]


def test_restoring_leaves_a_used_folder_alone_and_fills_one_that_was_only_opened(
    applied_site: Path, tmp_path: Path
) -> None:
    data, opened, tar = tmp_path / "data", tmp_path / "opened", tmp_path / "all.tar"
    copied(applied_site, data)
    picture = data / "evidence" / "ab" / "ab.jpg"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"a picture")
    assert runner.invoke(db.app, ["backup", str(tar), "--data", str(data)]).exit_code == 0
    picture.unlink()  # its retention has ended since
    refused = runner.invoke(db.app, ["restore", str(tar), "--data", str(data)])
    assert (refused.exit_code, "in use" in str(refused.exception), picture.exists()) == (1, True, False)
    before = revision(opened)
    restored = runner.invoke(db.app, ["restore", str(tar), "--data", str(opened)])
    assert restored.exit_code == 0, restored.exception
    assert (opened / "evidence" / "ab" / "ab.jpg").read_bytes() == b"a picture"
    assert revision(opened) > max(before, revision(data)) + 1000, "an entity tag from before might fit again"
