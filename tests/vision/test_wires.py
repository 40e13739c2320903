"""Wire pixels: tiles that cover any picture, thinning across the line, tracing."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.spec import Head, ModelSpec, Task
from vision.types import Floats, Picture
from vision.wire_lines import lines_mask, trace, wiring_of
from vision.wires import WireFinder, thin

SPEC = ModelSpec("w", Path("w.onnx"), Head.MASK, ("wire",), (96, 128), 1, "0" * 64, task=Task.WIRES)


def finder(scales: tuple[float, ...] = (1.0,)) -> WireFinder:
    """Says of every pixel what its red is: tiles that are laid wrongly show at once."""
    return WireFinder(SPEC, lambda x: x[:, :1].copy(), scales=scales)


def drawn(*lines: tuple[tuple[float, float], ...], hw: tuple[int, int] = (120, 200), sigma_px: float = 1.2) -> Floats:
    """Curves through points, blurred as a network answers: float32 (h, w), 0 to 1."""
    canvas = np.zeros(hw, np.uint8)
    for line in lines:
        cv2.polylines(canvas, [np.array(line, np.int32)], False, 255, 2, cv2.LINE_AA)
    blurred = cv2.GaussianBlur(canvas.astype(np.float32) / 255, (0, 0), sigma_px)
    return np.asarray(blurred / max(1e-6, float(blurred.max())), np.float32)


def parabola(sag: float) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), 30 + 4 * sag * (x - 10) / 180 * (1 - (x - 10) / 180)) for x in range(10, 191, 4))


@pytest.mark.parametrize("hw", [(40, 50), (96, 128), (97, 129), (211, 333)], ids=str)
@pytest.mark.parametrize("scales", [(1.0,), (1.0, 2.0)], ids=str)
def test_tiles_answer_for_every_pixel_of_a_picture_of_any_size(hw: tuple[int, int], scales: tuple[float, ...]) -> None:
    ramp = np.linspace(0, 255, hw[0] * hw[1]).reshape(hw).astype(np.uint8)
    picture: Picture = np.stack([ramp, ramp * 0, ramp * 0], axis=2)
    answer = finder(scales)(picture)
    assert answer.shape == hw
    assert np.abs(answer - ramp / 255).max() < 0.02


def test_a_picture_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"rgb must be \(h, w, 3\), got \(4, 4\)"):
        finder()(np.zeros((4, 4), np.uint8))


@pytest.mark.parametrize("angle_deg", [0, 20, 45, 70, 90, 130], ids=str)
def test_a_thick_answer_is_thinned_to_the_middle_of_the_line(angle_deg: float) -> None:
    way = np.array([np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))])
    middle = np.array([100, 60])
    ends = tuple(tuple(middle + way * reach) for reach in (-55, 55))
    kept = np.argwhere(thin(drawn(ends, sigma_px=2.5)) > 0.3)[:, ::-1] - middle
    along, across = np.abs(kept @ way), np.abs(kept @ np.array([-way[1], way[0]]))
    inner = along < 45
    assert across[inner].max() <= 1.5
    assert 80 < inner.sum() * max(abs(way)) ** -1 < 200


def test_short_things_are_no_wires() -> None:
    probability = drawn(((10, 10), (14, 14)), ((20, 100), (180, 80)))
    lines = trace(lines_mask(probability, 0.4, 20))
    assert len(lines) == 1
    assert lines[0][:, 1].min() > 70


@pytest.mark.parametrize(
    ("lines", "length_px", "crossings", "sag", "disorder"),
    [
        ([((10, 20), (190, 20))], 180, 0, 0.0, 0.0),
        ([((10, 20), (190, 20)), ((10, 60), (190, 60))], 360, 0, 0.0, 0.0),
        ([((10, 20), (190, 100)), ((10, 100), (190, 20))], 394, 1, 0.0, 0.33),
        ([((10, 60), (190, 60)), ((100, 5), (100, 115))], 290, 1, 0.0, 0.76),
        ([parabola(36.0)], 198, 0, 0.2, 0.34),
    ],
    ids=["one", "parallel", "crossed", "at right angles", "sagging"],
)
def test_what_wires_amount_to(
    lines: list[tuple[tuple[float, float], ...]], length_px: float, crossings: int, sag: float, disorder: float
) -> None:
    found = wiring_of(lines_mask(drawn(*lines), 0.4, 12))
    assert found.length_px == pytest.approx(length_px, rel=0.07)
    assert found.crossings == crossings
    assert found.sag == pytest.approx(sag, abs=0.04)
    assert found.disorder == pytest.approx(disorder, abs=0.12)


def test_nothing_amounts_to_nothing() -> None:
    assert wiring_of(np.zeros((20, 20), bool)).length_px == 0
