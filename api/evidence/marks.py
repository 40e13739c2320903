"""Plates and faces in pictures, found by weights that the settings name, and made unrecognisable.

Heads of persons are the detector's to find, in `photos` and at the workers; these two are beside it, where somebody has
put their weights. This is done once per picture that is kept, in a thread, and nowhere that video is looked at.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from api.errors import Unavailable
from vision.blocks import make_blocks
from vision.types import Picture

log = logging.getLogger("sanxun.api")
Boxes = npt.NDArray[np.float32]
_PLATE, _FACE = 0.25, 0.5
# A plate is small in a street: the picture is looked at as a whole and in tiles.
_TILE_PX = 640
_FACE_LONGEST_PX = 1280


class Marks:
    """`plates`: YOLOv8-shaped weights, output (1, 4 + classes, N); `faces`: YuNet's. Loaded when first needed."""

    def __init__(self, plates: Path | None = None, faces: Path | None = None) -> None:
        self._files = {"plates": plates, "faces": faces}
        self._sessions: dict[str, Any] = {}
        self._lock = threading.Lock()

    def redact(self, bgr: Picture) -> Picture:
        """The picture, uint8 (h, w, 3), changed in place. Blocking. Raises `Unavailable` where weights that are named
        do not run: a picture that should be redacted and is not is not kept."""
        with self._lock:
            if plates := self._session("plates"):
                for left, top, tile in _tiles(bgr):
                    make_blocks(bgr, _plates(plates, tile) + np.array([left, top] * 2, np.float32))
            if faces := self._session("faces"):
                make_blocks(bgr, _faces(faces, bgr))
        return bgr

    def _session(self, name: str) -> Any:
        path = self._files[name]
        if path is not None and name not in self._sessions:
            self._sessions[name] = _open(path)
        return self._sessions.get(name)


def _open(path: Path) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime has a class of its own for each fault
        log.error("%s does not run: %s", path, error)
        raise Unavailable(f"the weights {path.name} that redact pictures do not run here; the log says why") from None


def _tiles(bgr: Picture) -> Iterator[tuple[int, int, Picture]]:
    """The whole and, of a large one, up to four parts that overlap: left, top and the part."""
    yield 0, 0, bgr
    h, w = bgr.shape[:2]
    side = max(_TILE_PX, ceil(max(h, w) / 2))
    across, down = ceil(w / side), ceil(h / side)
    if across * down == 1:
        return
    wide, high = min(w, ceil(w / across * 1.125)), min(h, ceil(h / down * 1.125))
    for top in np.linspace(0, h - high, down).astype(int).tolist():
        for left in np.linspace(0, w - wide, across).astype(int).tolist():
            yield left, top, bgr[top : top + high, left : left + wide]


def _plates(session: Any, bgr: Picture) -> Boxes:
    """(N, 4) px of `bgr`."""
    given = session.get_inputs()[0]
    high, wide = given.shape[2:]
    scale = min(wide / bgr.shape[1], high / bgr.shape[0])
    small = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.full((high, wide, 3), 114, np.uint8)
    canvas[: small.shape[0], : small.shape[1]] = small[:high, :wide]
    fed = np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1)[None], np.float32) / 255
    found = session.run(None, {given.name: fed})[0][0]
    cx, cy, w, h = found[:4, found[4:].max(axis=0) >= _PLATE]
    return np.asarray(np.stack([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], axis=1) / scale, np.float32)


def _faces(session: Any, bgr: Picture) -> Boxes:
    """(N, 4) px of `bgr`; decoded as OpenCV's FaceDetectorYN does."""
    scale = min(1.0, _FACE_LONGEST_PX / max(bgr.shape[:2]))
    small = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    h, w = (ceil(side / 32) * 32 for side in small.shape[:2])
    canvas = np.zeros((h, w, 3), np.float32)
    canvas[: small.shape[0], : small.shape[1]] = small
    fed = np.ascontiguousarray(canvas.transpose(2, 0, 1)[None])
    names = [output.name for output in session.get_outputs()]
    outputs = dict(zip(names, session.run(None, {session.get_inputs()[0].name: fed}), strict=True))
    boxes = [np.empty((0, 4), np.float32)]
    for stride in (8, 16, 32):
        score = np.sqrt(np.clip(outputs[f"cls_{stride}"], 0, 1) * np.clip(outputs[f"obj_{stride}"], 0, 1))[0, :, 0]
        rows, columns = np.divmod(np.arange(len(score)), w // stride)
        kept = score >= _FACE
        dx, dy, wide, high = outputs[f"bbox_{stride}"][0, kept].T
        cx, cy = (columns[kept] + dx) * stride, (rows[kept] + dy) * stride
        half_w, half_h = np.exp(wide) * stride / 2, np.exp(high) * stride / 2
        boxes.append(np.stack([cx - half_w, cy - half_h, cx + half_w, cy + half_h], axis=1).astype(np.float32))
    return np.asarray(np.concatenate(boxes) / scale, np.float32)
