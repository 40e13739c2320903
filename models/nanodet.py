"""NanoDet's three pairs of outputs as one, and the pixels that its weights were trained with (Lyu 2020, nanodet-m)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.onnx_file import Array

STRIDES = (8, 16, 32)
SIDES = 4
# Distances to a side are distributions over 0 to 7 strides (generalised focal loss, Li et al. 2020).
BINS = 8
# BGR, 0 to 255: the means and deviations of nanodet-m's own configuration.
_MEAN = np.array([103.53, 116.28, 123.675], np.float32).reshape(1, 3, 1, 1)
_DEVIATION = np.array([57.375, 57.12, 58.395], np.float32).reshape(1, 3, 1, 1)


def grid_rows(input_hw: tuple[int, int]) -> tuple[int, ...]:
    """Cells of each stride."""
    return tuple((input_hw[0] // stride) * (input_hw[1] // stride) for stride in STRIDES)


def is_nanodet(shapes: Sequence[tuple[int | None, ...]], input_hw: tuple[int, int]) -> bool:
    """Whether outputs of these shapes are NanoDet's: scores of each stride, then distances of each stride."""
    rows = grid_rows(input_hw)
    if len(shapes) != 2 * len(STRIDES) or any(len(shape) != 3 for shape in shapes):
        return False
    scores, distances = shapes[: len(STRIDES)], shapes[len(STRIDES) :]
    classes = scores[0][2]
    return all(
        score == (1, count, classes) and distance == (1, count, SIDES * BINS)
        for score, distance, count in zip(scores, distances, rows, strict=True)
    )


def normalised(picture: Array) -> Array:
    """BGR 0-255 (1, 3, h, w) as the weights want it."""
    return np.asarray((picture - _MEAN) / _DEVIATION, np.float32)


def joined(outputs: Sequence[Array]) -> Array:
    """The six outputs as one (1, N, C + 32): scores, then the logits of the distances left, top, right, bottom."""
    half = len(STRIDES)
    return np.concatenate([np.concatenate(outputs[:half], axis=1), np.concatenate(outputs[half:], axis=1)], axis=2)


__all__ = ["BINS", "SIDES", "STRIDES", "grid_rows", "is_nanodet", "joined", "normalised"]
