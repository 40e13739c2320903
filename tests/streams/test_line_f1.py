"""How thin lines are scored, and the MATLAB files that hold their truth."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from streams.accuracy.line_f1 import LineCounts
from streams.accuracy.mat5 import uint8_pictures

TRUTH = np.zeros((300, 400), bool)  # 0.0075 of its diagonal is 3.75 px
TRUTH[100, 50:350] = True


def line(row: int, strength: float) -> NDArray[np.float32]:
    answer = np.zeros(TRUTH.shape, np.float32)
    answer[row, 50:350] = strength
    return answer


@pytest.mark.parametrize(("row", "f1"), [(100, 1.0), (103, 1.0), (105, 0.0)], ids=["on it", "within reach", "beyond"])
def test_a_line_counts_within_its_reach(row: int, f1: float) -> None:
    counts = LineCounts()
    counts.add(line(row, 0.6), TRUTH)
    assert counts.at(0.5).f1 == pytest.approx(f1)
    assert counts.at(0.7).f1 == 0


def test_one_threshold_serves_all_pictures() -> None:
    counts = LineCounts()
    counts.add(np.maximum(line(100, 0.9), line(200, 0.3)), TRUTH)
    counts.add(np.maximum(line(100, 0.6), line(200, 0.5)), TRUTH)
    best = counts.best()
    assert (best.f1, best.precision, best.recall) == (1.0, 1.0, 1.0)
    assert 0.5 < best.threshold <= 0.6
    assert counts.at(0.4).precision == pytest.approx(2 / 3)


def test_half_of_a_line_found_is_half_of_the_recall() -> None:
    counts = LineCounts()
    answer = line(100, 0.8)
    answer[:, 200:] = 0
    counts.add(answer, TRUTH)
    assert counts.at(0.5).precision == 1
    assert counts.at(0.5).recall == pytest.approx(0.5, abs=0.02)


def element(kind: int, data: bytes) -> bytes:
    return struct.pack("<II", kind, len(data)) + data + b"\0" * (-len(data) % 8)


def array(kind: int, shape: tuple[int, ...], *parts: bytes) -> bytes:
    head = (
        element(6, struct.pack("<II", kind, 0)) + element(5, struct.pack(f"<{len(shape)}i", *shape)) + element(1, b"")
    )
    return element(14, head + b"".join(parts))


def mat_file(picture: NDArray[np.uint8]) -> bytes:
    inner = array(9, picture.shape, element(2, picture.tobytes(order="F")))
    names = struct.pack("<HHI", 5, 4, 11) + element(1, b"Boundaries\0")
    whole = array(1, (1, 1), array(2, (1, 1), names, inner))
    packed = zlib.compress(whole)
    return b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM" + struct.pack("<II", 15, len(packed)) + packed


def test_a_picture_inside_a_structure_inside_a_cell_is_found(tmp_path: Path) -> None:
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4)
    file = tmp_path / "1.mat"
    file.write_bytes(mat_file(picture))
    (found,) = uint8_pictures(file)
    assert (found == picture).all()


def test_what_is_no_such_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "1.mat"
    file.write_bytes(b"MATLAB 7.3 MAT-file".ljust(200))
    with pytest.raises(ValueError, match="expected a little-endian MAT-file of level 5"):
        uint8_pictures(file)
    file.write_bytes(mat_file(np.zeros((3, 4), np.uint8))[:-9])
    with pytest.raises(ValueError, match="damaged"):
        uint8_pictures(file)


def test_the_authors_maps_of_power_lines_score_what_is_known_of_them(assets: Path) -> None:
    """0.969 over all sixty; here the first twelve, for time."""
    folder, counts = assets / "pictures" / "pldu", LineCounts()
    for file in sorted((folder / "test_gt").glob("*.mat"))[:12]:
        theirs = cv2.imread(str(folder / "authors_nms" / f"{file.stem}.png"), cv2.IMREAD_GRAYSCALE)
        assert theirs is not None
        counts.add(np.asarray(theirs / np.float32(255), np.float32), uint8_pictures(file)[0] > 0)
    assert 0.94 < counts.best().f1 < 0.99
