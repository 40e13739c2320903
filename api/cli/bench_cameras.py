"""A trial of `sanxun bench cameras`: real cameras, the real API and a real worker, each in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.cli.bench_system import BenchSystem, Moment, folder_or_temporary
from streams.bench.compose import Composition
from streams.bench.street import Street, random_offsets_s
from streams.bench.truth import IN_TIME_S, Raised, Verdict, due_within, judge, spread
from streams.metrics.process_use import use_of
from streams.metrics.scrape import Scrape
from streams.site import CameraSpec, Site, SiteInfo, ZoneSpec
from vision.types import HazardKind

Say = Callable[[str], None]
_SETTLE_S = 4.0
_SAMPLE_EVERY_S = 2.0
_QUIET_PERCENT = 15.0


@dataclass(frozen=True, slots=True)
class Trial:
    """What to run. `data` holds the kept choice of provider; the trial's own state is thrown away after it, or lies in
    `keep` where that is given."""

    composition: Composition
    count: int
    seconds: float
    sub_stream: bool
    model: str
    threads: int | None
    data: Path
    seed: int
    keep: Path | None = None


def run_trial(trial: Trial, say: Say) -> dict[str, Any]:
    """Run `count` cameras for `seconds` and say how they were held. Raises `TrialFailed`, `StreamError`."""
    names = [f"cam-{i + 1:03d}" for i in range(trial.count)]
    offsets_s = random_offsets_s(names, trial.composition.length_s, trial.seed)
    paths = trial.composition.paths
    files = dict.fromkeys(names, paths["main"])
    if trial.sub_stream:
        files |= {f"{name}-sub": paths["sub"] for name in names}
        offsets_s |= {f"{name}-sub": offsets_s[name] for name in names}
    with folder_or_temporary(trial.keep) as folder, Street(files, offsets_s) as street:
        site = _site(trial, names, street)
        with BenchSystem(folder, site, kept=trial.data, model=trial.model, threads=trial.threads) as system:
            startup_s = system.wait_until_live(names, say)
            say(f"{trial.count} cameras live after {startup_s:.0f} s; worker pid {system.worker_pid}")
            time.sleep(_SETTLE_S)
            before, peak_mb, after = _measure(system, street.pid, trial.seconds)
            raised = system.raised()
            named = system.named()
    dues = due_within(trial.composition, {name: street.began_at[name] for name in names}, before.at, after.at)
    verdict = judge(dues, raised, before.at, after.at)
    if not verdict.planted:
        enough_s = trial.composition.length_s + least_seconds(trial.composition)
        say(
            f"no vehicle came and was due within these {trial.seconds:.0f} s, so that nothing is said of how they were "
            f"held: with --seconds {enough_s:.0f} one is at every camera"
        )
    for missed in verdict.missed:
        say(f"never raised: {missed.camera} {missed.zone}, due {missed.due_at:%H:%M:%S.%f}")
    for due, delay_s in verdict.delayed:
        say(f"late: {due.camera} {due.zone}, {delay_s:.2f} s after {due.due_at:%H:%M:%S.%f}")
    for stray in verdict.strays:
        say(f"false alarm: {stray.camera} {stray.zone} at {stray.captured_at:%H:%M:%S.%f}")
    within = [r for r in raised if before.at <= r.captured_at <= after.at]
    line = _figures(trial, verdict, before, after, within, peak_mb)
    if line["other_cpu_percent"] > _QUIET_PERCENT:
        say(
            f"other programs took {line['other_cpu_percent']:.0f} % of a core meanwhile: this is not the machine's best"
        )
    return {**line, "startup_s": round(startup_s, 1), **named}


def _measure(system: BenchSystem, server_pid: int, seconds: float) -> tuple[Moment, float, Moment]:
    """The beginning, the most memory that was seen, and the end."""
    before = system.moment(server_pid)
    peak_mb, ends_s = before.worker.rss_mb, time.monotonic() + seconds
    while (left_s := ends_s - time.monotonic()) > 0:
        time.sleep(min(_SAMPLE_EVERY_S, left_s))
        peak_mb = max(peak_mb, use_of(system.worker_pid).rss_mb)
    return before, peak_mb, system.moment(server_pid)


def _figures(
    trial: Trial, verdict: Verdict, before: Moment, after: Moment, raised: Sequence[Raised], peak_mb: float
) -> dict[str, Any]:
    seconds = (after.at - before.at).total_seconds()
    unknown = [
        min(1.0, max(0.0, now_s - before.unknown_s.get(c, 0.0)) / seconds) for c, now_s in after.unknown_s.items()
    ]
    unknown_share_max = max(unknown, default=1.0)
    added = after.figures.since(before.figures)
    looks = added.by("sanxun_looks_total", "outcome")
    settled = looks.get("inferred", 0) + looks.get("gated", 0)
    worker = after.worker.percent_since(before.worker)
    server, api = after.server.percent_since(before.server), after.api.percent_since(before.api)
    machine = after.machine.percent_since(before.machine)
    acknowledged = spread([(r.stored_at - r.captured_at).total_seconds() for r in raised])
    promises = verdict.planted > 0 and verdict.in_time == verdict.planted and not verdict.false_alarms
    return {
        "cameras": trial.count,
        "held": promises and unknown_share_max <= 0.01,
        "planted": verdict.planted,
        "raised_in_time": verdict.in_time,
        "late": verdict.late + verdict.never,
        "never_raised": verdict.never,
        "false_alarms": verdict.false_alarms,
        "delay_beyond_dwell_s": spread(verdict.delays_s),
        "unknown_share_max": round(unknown_share_max, 4),
        "cpu_percent": round(worker, 1),
        "rss_mb": round(after.worker.rss_mb, 1),
        "rss_peak_mb": round(peak_mb, 1),
        "inferences_per_s": round(looks.get("inferred", 0) / seconds, 2) if looks else None,
        "gated_share": round(looks.get("gated", 0) / settled, 3) if settled else None,
        "looks_per_s": round(sum(looks.values()) / seconds, 2) if looks else None,
        "looks": {name: round(count) for name, count in sorted(looks.items())},
        "dropped": {name: round(n) for name, n in added.by("sanxun_dropped_total", "reason").items() if n},
        "seconds": round(seconds, 1),
        "capture_to_acknowledged_s": acknowledged,
        "server_cpu_percent": round(server, 1),
        "api_cpu_percent": round(api, 1),
        "other_cpu_percent": round(max(0.0, machine - worker - server - api), 1),
        "worker_threads": after.worker.threads,
        "stages": _stages(added, seconds),
        "sub_stream": trial.sub_stream,
        "length_s": trial.composition.length_s,
        "dwell_s": trial.composition.order.dwell_s,
    }


def _stages(added: Scrape, seconds: float) -> dict[str, dict[str, float]]:
    """What each stage of the worker's loop took in the measured time; `percent` is of one core, waits included."""
    name = "sanxun_stage_seconds"
    sums, counts = added.by(f"{name}_sum", "stage"), added.by(f"{name}_count", "stage")
    return {
        stage: {
            "per_s": round(count / seconds, 2),
            "mean_ms": round(1000 * sums[stage] / count, 3),
            "p95_ms": round(1000 * (added.quantile(name, 0.95, stage=stage) or 0.0), 2),
            "percent": round(100 * sums[stage] / seconds, 2),
        }
        for stage, count in counts.items()
        if count
    }


def _site(trial: Trial, names: Sequence[str], street: Street) -> Site:
    zones = tuple(
        ZoneSpec(
            id=planted.zone,
            hazards=(HazardKind.ILLEGAL_PARKING,),
            polygon=planted.polygon,
            dwell_s=trial.composition.order.dwell_s,
        )
        for planted in trial.composition.planted
    )
    cameras = tuple(
        CameraSpec(
            id=name,
            url=street.url(name),
            watch_url=street.url(f"{name}-sub") if trial.sub_stream else None,
            transport="tcp",
            zone=zones,
        )
        for name in names
    )
    return Site(site=SiteInfo(name="bench", timezone="UTC"), camera=cameras)


def least_seconds(composition: Composition) -> float:
    """A trial shorter than that could hardly see one promise through."""
    return composition.order.dwell_s + IN_TIME_S + 6
