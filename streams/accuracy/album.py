"""A sheet of the looks at one material, for a person to see why it was judged as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from streams.accuracy.material import Material
from streams.replay import Replayed
from vision.types import Change, Picture

_WIDE, _ACROSS, _MOST = 400, 5, 40
_ZONE, _TRUTH, _BOX, _RAISED = (255, 200, 0), (0, 220, 0), (200, 200, 200), (0, 0, 255)


class Album:
    """Show it every look; `write` makes one picture of them."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._looks: list[Picture] = []

    def see(self, look: Replayed) -> None:
        wide, high = look.frame.source_wh
        small = cv2.resize(look.frame.full_bgr(), (_WIDE, round(_WIDE * high / wide)))
        size = np.array([small.shape[1], small.shape[0]])
        at_s = look.frame.pts_s
        for zone in self._material.camera.zone:
            cv2.polylines(small, [np.round(np.array(zone.polygon) * size).astype(np.int32)], True, _ZONE, 1)
        if look.detections is not None:
            for xyxy in look.detections.xyxy:
                _frame(small, xyxy / np.array([wide, high] * 2), _BOX)
        for stand in self._material.truth:
            if stand.from_s <= at_s < stand.until_s:
                _frame(small, stand.xyxy, _TRUTH)
        for event in look.events:
            _frame(small, np.array(event.xyxy) / np.array([wide, high] * 2), _RAISED, 2)
        said = " ".join(("RAISED" if e.change is Change.RAISED else "cleared") for e in look.events)
        text = f"{at_s:.1f} {said or look.why}"
        cv2.putText(small, text, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 255, 255), 1, cv2.LINE_AA)
        self._looks.append(np.asarray(small, np.uint8))

    def write(self, path: Path) -> None:
        """At most forty of them, evenly over the time."""
        if not self._looks:
            return
        step = max(1, -(-len(self._looks) // _MOST))
        shape = self._looks[0].shape
        chosen = [one for one in self._looks[::step] if one.shape == shape]
        chosen += [np.zeros(shape, np.uint8)] * (-len(chosen) % _ACROSS)
        rows = [np.hstack(chosen[i : i + _ACROSS]) for i in range(0, len(chosen), _ACROSS)]
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.vstack(rows))


def _frame(picture: NDArray[Any], box: Any, colour: tuple[int, int, int], thick: int = 1) -> None:
    """`box` is relative to the picture."""
    x1, y1, x2, y2 = (np.asarray(box, float) * np.array([picture.shape[1], picture.shape[0]] * 2)).round().astype(int)
    cv2.rectangle(picture, (int(x1), int(y1)), (int(x2), int(y2)), colour, thick)
