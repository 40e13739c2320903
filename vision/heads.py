"""From a network's raw output to candidate boxes, one function per head layout (`models.spec.Head`).

Each takes the output of one picture and returns (xyxy float32 (N, 4) px of the input, confidence (N,), index (N,) of
the weights' own class), for candidates at or above a confidence floor. `columns` are the weights' classes of interest:
the others are never even compared.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from models.nanodet import BINS, SIDES
from models.spec import Head
from vision.types import Floats, Ints

Candidates = tuple[Floats, Floats, Ints]


def decode(head: Head, output: Floats, columns: Ints, input_hw: tuple[int, int], floor: float) -> Candidates:
    """Candidates of one picture. `output` is the raw first output with its batch axis removed."""
    if head is Head.END_TO_END:
        return _end_to_end(output, columns, floor)
    if head is Head.YOLO:
        return _yolo(output, columns, floor)
    if head is Head.NANODET:
        return _nanodet(output, columns, input_hw, floor)
    return _yolox(output, columns, input_hw, floor)


def _end_to_end(output: Floats, columns: Ints, floor: float) -> Candidates:
    likely = output[(output[:, 4] >= floor).nonzero()[0]]  # some of three hundred: only those are asked which class
    index = likely[:, 5].astype(np.int64)
    wanted = (index[:, None] == columns).any(axis=1).nonzero()[0]
    return likely[wanted, :4], likely[wanted, 4], index[wanted]


def _yolo(output: Floats, columns: Ints, floor: float) -> Candidates:
    every = len(columns) == len(output) - 4
    scores = output[4:] if every else output[4 + columns]  # (C, N)
    keep = np.flatnonzero(scores.max(axis=0) >= floor)  # a hundred of thousands: only those are asked which class
    likely = scores[:, keep]
    best = likely.argmax(axis=0)
    return _corners(output[:4, keep].T), likely[best, np.arange(len(keep))], columns[best]


def _yolox(output: Floats, columns: Ints, input_hw: tuple[int, int], floor: float) -> Candidates:
    """YOLOX (Ge et al. 2021): centre = (offset + cell) * stride, size = exp(value) * stride."""
    scores = output[:, 5 + columns] * output[:, 4:5]
    best = scores.argmax(axis=1)
    confidence = scores[np.arange(len(scores)), best]
    keep = np.flatnonzero(confidence >= floor)
    cells, strides = _yolox_grid(input_hw)
    raw, stride = output[keep, :4], strides[keep, None]
    boxes = np.hstack([(raw[:, :2] + cells[keep]) * stride, np.exp(raw[:, 2:4]) * stride])
    return _corners(boxes), confidence[keep], columns[best[keep]]


def _nanodet(output: Floats, columns: Ints, input_hw: tuple[int, int], floor: float) -> Candidates:
    """NanoDet (Lyu 2020): each side's distance from the cell's centre is the mean of a distribution over strides."""
    scores = output[:, columns]
    best = scores.argmax(axis=1)
    confidence = scores[np.arange(len(scores)), best]
    keep = np.flatnonzero(confidence >= floor)
    cells, strides = _yolox_grid(input_hw)
    logits = output[keep, -SIDES * BINS :].reshape(-1, SIDES, BINS)
    weights = np.exp(logits - logits.max(axis=2, keepdims=True))
    distance = (weights @ np.arange(BINS, dtype=np.float32)) / weights.sum(axis=2) * strides[keep, None]
    centre = cells[keep] * strides[keep, None] + (strides[keep, None] - 1) / 2
    boxes = np.hstack([centre - distance[:, :2], centre + distance[:, 2:]]).astype(np.float32)
    return boxes, confidence[keep], columns[best[keep]]


@lru_cache(maxsize=8)
def _yolox_grid(input_hw: tuple[int, int]) -> tuple[Floats, Floats]:
    cells, strides = [], []
    for stride in (8, 16, 32):
        rows, cols = np.mgrid[: input_hw[0] // stride, : input_hw[1] // stride]
        cells.append(np.stack([cols.ravel(), rows.ravel()], axis=1))
        strides.append(np.full(rows.size, stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)


def _corners(cxcywh: Floats) -> Floats:
    half = cxcywh[:, 2:] / 2
    return np.hstack([cxcywh[:, :2] - half, cxcywh[:, :2] + half]).astype(np.float32)
