"""Whatever bytes come, the check of a clip ends quickly and says yes or no."""

from __future__ import annotations

import random
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.sealed.mp4 import inspect
from streams.evidence.clip import write_clip
from tests.streams.test_clip import recorded


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clip.mp4"


def test_a_clip_as_workers_make_it_says_when_it_began_and_how_long_it_is(
    mp4: bytes, path: Path, tmp_path: Path
) -> None:
    (tmp_path / "source.mp4").write_bytes(mp4)
    packets, codec, extradata = recorded(tmp_path / "source.mp4")
    began_at = datetime(2026, 11, 22, 8, 0, 7, tzinfo=UTC)
    made = write_clip(path, packets, codec=codec, extradata=extradata, began_at=began_at)
    found = inspect(path)
    assert found.began_at == began_at
    assert found.duration_s == pytest.approx(made.duration_s, abs=0.05)


def test_damage_of_any_kind_is_refused_or_harmless(mp4: bytes, path: Path) -> None:
    rng = random.Random(8)
    refused = 0
    for _ in range(400):
        data = bytearray(mp4)
        # The index stands in front: most damage is done where it is read.
        for _ in range(rng.randint(1, 6)):
            data[rng.randrange(900)] = rng.randrange(256)
        if rng.random() < 0.3:
            del data[rng.randrange(len(data)) :]
        path.write_bytes(data)
        try:
            inspect(path)
        except ValueError:
            refused += 1
    assert refused > 100


def test_a_file_of_tiny_boxes_does_not_keep_the_server_busy(path: Path) -> None:
    path.write_bytes(struct.pack(">I4s", 16, b"ftyp") + bytes(8) + struct.pack(">I4s", 8, b"free") * 200_000)
    with pytest.raises(ValueError, match="add up"):
        inspect(path)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 15])
def test_a_few_bytes_are_no_clip(size: int, path: Path) -> None:
    path.write_bytes(b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00"[:size])
    with pytest.raises(ValueError, match="clip"):
        inspect(path)


def test_a_date_beyond_the_calendar_is_no_date(mp4: bytes, path: Path) -> None:
    at = mp4.index(b"mvhd") + 4
    path.write_bytes(mp4[: at + 4] + bytes(4) + mp4[at + 8 :])
    assert inspect(path).began_at is None
