"""Which of a rendered picture's truths a detector can fairly be asked for, and how they are written down."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.scenes.scene import Labels

# The scale at which the deployed network sees a 16:9 camera.
NETWORK_WH = (640, 360)
MIN_VISIBLE = 0.35
MIN_SIDE_PX = 5.0


def worth_asking(labels: Labels, drawn_wh: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Rows (N,) bool whose thing shows well enough: visible, and not a speck at the network's scale."""
    sides = (labels.xyxy[:, 2:] - labels.xyxy[:, :2]) * np.array(NETWORK_WH) / np.array(drawn_wh)
    shown: npt.NDArray[np.bool_] = (labels.visible >= MIN_VISIBLE) & (sides.min(axis=1, initial=np.inf) >= MIN_SIDE_PX)
    return shown


def label_lines(labels: Labels, drawn_wh: tuple[int, int]) -> list[str]:
    """'class cx cy w h' lines, relative, of the rows worth asking for."""
    keep = worth_asking(labels, drawn_wh)
    relative = labels.xyxy[keep] / np.array([*drawn_wh, *drawn_wh], np.float64)
    return [
        f"{which} {(x0 + x1) / 2:.6f} {(y0 + y1) / 2:.6f} {x1 - x0:.6f} {y1 - y0:.6f}"
        for which, (x0, y0, x1, y1) in zip(labels.class_id[keep], relative, strict=True)
    ]
