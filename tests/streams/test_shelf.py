"""Evidence that waits is bounded, and the oldest clips go before the stills."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from streams.evidence.shelf import CLIP, Shelf


def put_clip(shelf: Shelf, name: str, size: int, at_s: float) -> None:
    path = shelf.path_for(name, CLIP)
    path.write_bytes(bytes(size))
    os.utime(path, (at_s, at_s))
    shelf.added(path)


def test_what_was_put_is_there_after_a_restart_and_torn_parts_are_not(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, keep_free_bytes=0)
    put_clip(shelf, "a", 10, 1)
    shelf.add_still("b", b"jpeg")
    (tmp_path / "c.mp4.part").write_bytes(b"torn")
    again = Shelf(tmp_path, keep_free_bytes=0)
    assert [path.name for path in again.waiting()] == ["b.jpg", "a.mp4"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.jpg"]


def test_beyond_its_cap_the_oldest_clips_go_first_and_are_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shelf = Shelf(tmp_path, most_bytes=1000, keep_free_bytes=0)
    shelf.add_still("old", bytes(300))
    for number in range(4):
        put_clip(shelf, f"clip-{number}", 300, 100 + number)
    assert [path.name for path in shelf.waiting()] == ["old.jpg", "clip-2.mp4", "clip-3.mp4"]
    assert dict(shelf.take_dropped()) == {"clips": 2}
    assert not shelf.take_dropped()
    assert "oldest evidence dropped" in caplog.text


def test_making_room_takes_stills_only_when_no_clips_are_left(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, keep_free_bytes=0)
    put_clip(shelf, "a", 500, 1)
    shelf.add_still("b", bytes(100))
    shelf.add_still("c", bytes(100))
    assert shelf.make_room(400) == 500
    assert dict(shelf.take_dropped()) == {"clips": 1}
    assert shelf.make_room(50) == 100
    assert dict(shelf.take_dropped()) == {"stills": 1}
    assert shelf.make_room(1000) == 100
    assert shelf.make_room(1000) == 0


def test_a_disk_with_too_little_left_is_given_room(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, keep_free_bytes=1 << 62)
    put_clip(shelf, "a", 10, 1)
    assert shelf.waiting() == []
    assert dict(shelf.take_dropped()) == {"clips": 1}


def test_what_was_delivered_is_gone(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, keep_free_bytes=0)
    put_clip(shelf, "a", 10, 1)
    shelf.done(shelf.path_for("a", CLIP))
    shelf.done(shelf.path_for("a", CLIP))
    assert shelf.counts().size_bytes == 0
