"""Pictures as text, for a state that is stored: some kB, with the losses of JPEG where edges survive them."""

from __future__ import annotations

import base64
from typing import cast

import cv2
import numpy as np

from vision.static.structure import Mask
from vision.types import Floats, Picture

_JPEG_QUALITY = 88
_Y_CR_CB = [0, 2, 1]  # OpenCV's order


def packed(picture: Floats) -> str:
    """A picture, (h, w) or with Cb and Cr (h, w, 3), as text, with the losses of JPEG: what edges are compared by
    survives them."""
    pixels = np.clip(picture, 0, 255).astype(np.uint8)
    if pixels.ndim == 3:
        pixels = cast(Picture, cv2.cvtColor(pixels[:, :, _Y_CR_CB], cv2.COLOR_YCrCb2BGR))
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise ValueError(f"a picture of shape {picture.shape} cannot be packed")
    return base64.b64encode(data.tobytes()).decode()


def packed_mask(mask: Mask) -> str:
    """A bool (h, w) as text, without loss."""
    done, data = cv2.imencode(".png", mask.astype(np.uint8), [cv2.IMWRITE_PNG_BILEVEL, 1])
    if not done:
        raise ValueError(f"a mask of shape {mask.shape} cannot be packed")
    return base64.b64encode(data.tobytes()).decode()


def unpacked(text: str) -> Picture:
    """A picture, uint8 (h, w) or with Cb and Cr (h, w, 3), or a mask. Raises `ValueError` for what is neither."""
    data = np.frombuffer(base64.b64decode(text), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if len(data) else None
    if picture is None:
        raise ValueError(f"expected a picture as base64 text, got {text[:20]!r}")
    return cast(Picture, picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2YCrCb)[:, :, _Y_CR_CB])
