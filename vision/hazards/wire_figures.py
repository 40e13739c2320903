"""Wires in figures: how long they are, in sides of the zone or metres, and how they stand to the baseline."""

from __future__ import annotations

import numpy as np

from vision.hazards.wire_baseline import Baseline
from vision.hazards.wire_look import WireLook, ZoneView
from vision.wire_lines import wiring_of
from vision.wires import Mask


def box_of(mask: Mask, view: ZoneView) -> tuple[float, float, float, float]:
    """The box round pixels of a crop, px of the full frame."""
    ys, xs = np.nonzero(mask)
    if not len(xs):
        return (0.0, 0.0, 0.0, 0.0)
    across, down = view.wh[0] / mask.shape[1], view.wh[1] / mask.shape[0]
    left, top = view.xyxy[:2]
    return (
        left + float(xs.min()) * across,
        top + float(ys.min()) * down,
        left + float(xs.max() + 1) * across,
        top + float(ys.max() + 1) * down,
    )


def side_px(mask: Mask, view: ZoneView) -> float:
    """The zone's side, the root of its area, px of a crop."""
    return float(np.sqrt(max(1, view.inside((mask.shape[0], mask.shape[1])).sum())))


def sides(mask: Mask, view: ZoneView) -> float:
    """The length of thin lines, in sides of the zone."""
    return wiring_of(mask).length_px / side_px(mask, view)


def compared(look: WireLook, baseline: Baseline) -> dict[str, float]:
    return {
        "wire_share": look.share,
        "baseline_share": baseline.share,
        "crossings": float(look.crossings),
        "baseline_crossings": baseline.crossings,
        "disorder": look.disorder,
        "baseline_disorder": baseline.disorder,
        "sag": look.sag,
        "baseline_sag": baseline.sag,
        "confidence": look.confidence,
    }


def in_metres(look: WireLook, baseline: Baseline, new_wires: float, side_m: float) -> dict[str, float]:
    """`new_wires` is in sides of the zone; `side_m` is such a side, m."""
    return {
        "new_wires_m": new_wires * side_m,
        "wires_m_m2": look.length / side_m,
        "baseline_wires_m_m2": baseline.length / side_m,
        "crossings_m2": look.crossings / side_m**2,
    }
