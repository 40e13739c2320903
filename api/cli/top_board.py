"""What `sanxun top` shows, as values: one header and one row per camera, the worst first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streams.metrics.scrape import Scrape

# A camera further up needs somebody sooner. What is in none of these is worst of all: nobody knows.
_ORDER = ("unknown", "down", "stalled", "connecting", "live", "disabled")
_LOOKS = "sanxun_looks_total"
_DROPS = "sanxun_dropped_total"
_STAGE = "sanxun_stage_seconds"


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer of a worker or an API. `cameras` are health reports as JSON; `figures` may be empty."""

    cameras: tuple[Mapping[str, Any], ...]
    figures: Scrape
    worker: str = ""
    model: str = ""
    provider: str = ""
    precision: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A camera. None is what nobody told. `unknown_share` and the rates are of the time between two readings, counts
    since the start."""

    camera: str
    state: str
    codec: str | None
    resolution_wh: tuple[int, int] | None
    fps: float | None
    decoding: str | None
    because: str | None
    looks_wanted_per_s: float | None
    looks_per_s: float | None
    gated_share: float | None
    dropped: int
    unknown_s: float
    unknown_share: float | None
    reconnects: int
    decode_errors: int
    fault: str | None


@dataclass(frozen=True, slots=True)
class Board:
    """`stages_s` holds the median and the 95th percentile of each stage that was passed at all."""

    worker: str
    model: str
    provider: str
    precision: str
    pressure: float | None
    cpu_percent: float | None
    rss_mb: float | None
    looks_per_s: float | None
    inferences_per_s: float | None
    gated_share: float | None
    outbox: Mapping[str, int]
    stages_s: Mapping[str, tuple[float, float]]
    states: Mapping[str, int]
    rows: tuple[Row, ...]


def board(now: Reading, before: Reading | None, elapsed_s: float) -> Board:
    """The rates are of the `elapsed_s` since `before`; without it, of the worker's whole life so far."""
    added = now.figures.since(before.figures if before else Scrape())
    unknown_before = {c["camera"]: float(c.get("unknown_s") or 0) for c in before.cameras} if before else {}
    looks, drops = added.table(_LOOKS, "camera", "outcome"), now.figures.table(_DROPS, "camera", "reason")
    figures = bool(now.figures.samples)
    rows = [
        _row(
            camera,
            looks.get(camera["camera"], {}) if figures else None,
            drops.get(camera["camera"], {}),
            unknown_before.get(camera["camera"]),
            elapsed_s,
        )
        for camera in now.cameras
    ]
    rows.sort(key=_badness)
    outcomes = added.by(_LOOKS, "outcome")
    memory = now.figures.value("process_resident_memory_bytes")
    cpu_s = added.value("process_cpu_seconds_total")
    return Board(
        worker=now.worker,
        model=now.model,
        provider=now.provider,
        precision=now.precision,
        pressure=now.figures.value("sanxun_pressure"),
        cpu_percent=None if cpu_s is None else 100 * cpu_s / elapsed_s,
        rss_mb=None if memory is None else memory / 1e6,
        looks_per_s=sum(outcomes.values()) / elapsed_s if figures else None,
        inferences_per_s=outcomes.get("inferred", 0.0) / elapsed_s if figures else None,
        gated_share=_gated(outcomes),
        outbox={state: int(count) for state, count in now.figures.by("sanxun_outbox_events", "state").items()},
        stages_s=_stages(added),
        states=_count_states(rows),
        rows=tuple(rows),
    )


def _row(
    camera: Mapping[str, Any],
    outcomes: Mapping[str, float] | None,
    drops: Mapping[str, float],
    unknown_before_s: float | None,
    elapsed_s: float,
) -> Row:
    unknown_s = float(camera.get("unknown_s") or 0)
    grown_s = None if unknown_before_s is None else unknown_s - unknown_before_s
    size = camera.get("resolution_wh")
    return Row(
        camera=str(camera["camera"]),
        state=str(camera.get("state") or "unknown"),
        codec=camera.get("codec"),
        resolution_wh=(int(size[0]), int(size[1])) if size else None,
        fps=camera.get("fps"),
        decoding=camera.get("decoding"),
        because=camera.get("because"),
        looks_wanted_per_s=camera.get("looks_per_s"),
        looks_per_s=None if outcomes is None else sum(outcomes.values()) / elapsed_s,
        gated_share=_gated(outcomes or {}),
        dropped=max(int(camera.get("dropped") or 0), int(sum(drops.values()))),
        unknown_s=unknown_s,
        unknown_share=None if grown_s is None else min(1.0, max(0.0, grown_s / elapsed_s)),
        reconnects=int(camera.get("reconnects") or 0),
        decode_errors=int(camera.get("decode_errors") or 0),
        fault=camera.get("fault") or camera.get("error"),
    )


def _badness(row: Row) -> tuple[int, float, float, bool, int, str]:
    rank = _ORDER.index(row.state) if row.state in _ORDER else 0
    return rank, -(row.unknown_share or 0.0), -row.unknown_s, row.fault is None, -row.dropped, row.camera


def _gated(outcomes: Mapping[str, float]) -> float | None:
    """The share of decided looks that needed no inference."""
    decided = outcomes.get("gated", 0.0) + outcomes.get("inferred", 0.0)
    return outcomes.get("gated", 0.0) / decided if decided else None


def _stages(added: Scrape) -> dict[str, tuple[float, float]]:
    found = {}
    for stage, count in added.by(f"{_STAGE}_count", "stage").items():
        median = added.quantile(_STAGE, 0.5, stage=stage)
        late = added.quantile(_STAGE, 0.95, stage=stage)
        if count and median is not None and late is not None:
            found[stage] = (median, late)
    return found


def _count_states(rows: list[Row]) -> dict[str, int]:
    counts = dict.fromkeys(_ORDER, 0)
    for row in rows:
        counts[row.state] = counts.get(row.state, 0) + 1
    return {state: count for state, count in counts.items() if count}
