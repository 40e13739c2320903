"""How much of a vehicle stands in a zone."""

from __future__ import annotations

import numpy as np
import pytest

from vision.zones import Zone

WH = (640, 360)
LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


@pytest.mark.parametrize(
    ("box", "share"),
    [
        ((0, 0, 320, 360), 1.0),
        ((320, 0, 640, 360), 0.0),
        ((160, 100, 480, 300), 0.5),
        ((310, 10, 330, 30), 0.5),
        ((-50, -50, 100, 100), 1.0),
        ((900, 900, 950, 950), 0.0),
    ],
    ids=["inside", "outside", "astride", "small astride", "cut by the frame", "beyond the frame"],
)
def test_share_of_the_footprint(box: tuple[float, ...], share: float) -> None:
    got = Zone(LEFT_HALF).footprint_share(np.array([box], np.float32), WH)
    assert got.item() == pytest.approx(share, abs=0.1)


def test_only_the_lower_half_counts() -> None:
    """A near truck's roof covers the kerb behind it; its wheels do not."""
    upper = Zone(((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5)))
    assert upper.footprint_share(np.array([[100, 0, 300, 360]], np.float32), WH).item() < 0.05


def test_a_polygon_of_two_corners_is_refused() -> None:
    with pytest.raises(ValueError, match=r"at least 3, 2.*\(2, 2\)"):
        Zone(((0, 0), (1, 1)))


def test_no_boxes_no_shares() -> None:
    assert Zone(LEFT_HALF).footprint_share(np.zeros((0, 4), np.float32), WH).shape == (0,)
