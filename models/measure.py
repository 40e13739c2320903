"""Which execution provider is fastest for these weights on this machine: measured, kept, and shown."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import onnxruntime as ort

from models import machine, providers
from models.errors import NoProvider
from models.onnx_file import Array
from models.session import Session, open_session
from models.spec import Head, ModelSpec

Clock = Callable[[], float]
_FILE = "providers.json"
_WARM_RUNS = 2
_RUNS = (5, 11)  # at least, at most
# Two float32 implementations agree to 1e-4 or better on real weights; beyond this something is broken.
_AGREES = {"fp32": 0.01, "bf16": 0.05, "fp16": 0.05}


@dataclass(frozen=True, slots=True)
class Figure:
    """One provider's measurement. `difference` is relative to the CPU provider in float32; `error` says why none."""

    provider: str
    precision: str
    load_s: float | None = None
    median_ms: float | None = None
    fastest_ms: float | None = None
    runs: int = 0
    difference: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The provider to run on and the figures it was chosen by; `measured` is False where these were kept earlier."""

    provider: str
    precision: str
    threads: int
    figures: tuple[Figure, ...]
    machine: str
    measured: bool


def choose(
    spec: ModelSpec,
    data_dir: Path | None = None,
    threads: int = 1,
    *,
    precision: str = "fp32",
    again: bool = False,
    budget_s: float = 4.0,
    clock: Clock = time.perf_counter,
) -> Choice:
    """The fastest provider for `spec`, from the figures kept in `data_dir` or measured now (`budget_s` a provider).

    Only `precision` is offered: one that costs accuracy is never chosen unless asked for by name.

    Raises:
        NoProvider: nothing here runs these weights, with each provider's reason.
    """
    if not again and (kept := kept_choice(spec, data_dir, threads, precision=precision)) is not None:
        return kept
    figures = measure(spec, threads, precision, budget_s=budget_s, clock=clock)
    if any(figure.error is None for figure in figures):
        _keep(_file(data_dir), _key(spec, threads, precision), figures)
    return _chosen(spec, threads, figures, measured=True)


def kept_choice(
    spec: ModelSpec, data_dir: Path | None = None, threads: int = 1, *, precision: str = "fp32"
) -> Choice | None:
    """The choice that was measured before for these weights, this machine, ONNX Runtime, threads and precision."""
    figures = _kept(_file(data_dir), _key(spec, threads, precision))
    return None if figures is None else _chosen(spec, threads, figures, measured=False)


def _chosen(spec: ModelSpec, threads: int, figures: tuple[Figure, ...], *, measured: bool) -> Choice:
    best = min((figure for figure in figures if figure.error is None), key=lambda f: f.median_ms or 0.0, default=None)
    if best is None:
        raise NoProvider(f"no provider runs {spec.name}: " + "; ".join(f"{f.provider}: {f.error}" for f in figures))
    return Choice(best.provider, best.precision, threads, figures, machine.cpu().name, measured)


def measure(
    spec: ModelSpec, threads: int, precision: str, *, budget_s: float, clock: Clock = time.perf_counter
) -> tuple[Figure, ...]:
    """Figures of every provider that computes in `precision`; one that fails has its `error` set."""
    picture = _picture(spec)
    try:
        reference: Array | None = open_session(spec, provider="cpu", threads=threads).run(picture)
    except NoProvider:
        reference = None  # a build without the CPU provider: nothing to compare with
    loaded: dict[str, Session] = {}
    figures: dict[str, Figure] = {}
    for provider in (name for name in providers.available() if providers.supports(name, precision)):
        began = clock()
        try:
            session = open_session(spec, provider=provider, threads=threads, precision=precision)
            load_s = round(clock() - began, 3)
            output = [session.run(picture) for _ in range(_WARM_RUNS)][-1]
        except Exception as error:  # whatever a provider does wrong must not keep the others from running
            figures[provider] = Figure(provider, precision, error=str(error))
            continue
        apart = None if reference is None else _difference(spec.head, output, reference)
        if apart is not None and not apart <= _AGREES[precision]:
            wrong = f"its output is {apart:.1%} off the CPU provider's, {_AGREES[precision]:.0%} allowed"
            figures[provider] = Figure(provider, precision, load_s, error=wrong)
            continue
        figures[provider] = Figure(provider, precision, load_s, difference=apart)
        loaded[provider] = session
    for provider, times in _alternate(loaded, picture, budget_s, clock).items():
        median_ms, fastest_ms = _ms(statistics.median(times)), _ms(min(times))
        figures[provider] = replace(figures[provider], median_ms=median_ms, fastest_ms=fastest_ms, runs=len(times))
    return tuple(figures.values())


def _alternate(sessions: dict[str, Session], picture: Array, budget_s: float, clock: Clock) -> dict[str, list[float]]:
    """Seconds of each run. Providers take turns, so that a busy moment of the machine hits them all alike."""
    times: dict[str, list[float]] = {provider: [] for provider in sessions}
    began, (least, most) = clock(), _RUNS
    for turn in range(most):
        if turn >= least and clock() - began > budget_s * len(sessions):
            break
        for provider, session in sessions.items():
            start = clock()
            session.run(picture)
            times[provider].append(clock() - start)
    return times


def _picture(spec: ModelSpec) -> Array:
    """A fixed picture with large and small structure, as the weights want it; not a real one, the same everywhere."""
    height, width = spec.input_hw
    random = np.random.default_rng(3)
    coarse = np.kron(random.random((3, 16, 16)), np.ones((1, -(-height // 16), -(-width // 16))))[:, :height, :width]
    mixed = 0.8 * coarse + 0.2 * random.random((3, height, width))
    return np.asarray(mixed[None] * 255 * spec.scale, np.float32)


def _difference(head: Head, output: Array, reference: Array) -> float:
    """Mean absolute difference of boxes and of scores, relative, the greater; sorted first, as end-to-end heads
    order their rows by scores that may be nearly equal."""
    if output.shape != reference.shape or not np.isfinite(output).all():
        return float("inf")
    axis = 1 if head is Head.YOLO else 2
    pairs = zip(np.split(output, [4], axis), np.split(reference, [4], axis), strict=True)
    return max(_relative(np.sort(ours, axis=None), np.sort(theirs, axis=None)) for ours, theirs in pairs)


def _relative(ours: Array, theirs: Array) -> float:
    return float(np.abs(ours - theirs).mean() / (np.abs(theirs).mean() + 1e-9))


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 2)


def _key(spec: ModelSpec, threads: int, precision: str) -> str:
    runtime = f"onnxruntime {ort.__version__} {'+'.join(providers.available())}"
    return " | ".join((spec.sha256, runtime, machine.cpu().identity, f"{threads} threads", precision))


def _file(data_dir: Path | None) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sanxun"
    return (data_dir or cache) / _FILE


def _kept(file: Path, key: str) -> tuple[Figure, ...] | None:
    """Figures kept under `key`; None where there are none or the file cannot be used: they are measured again."""
    try:
        entry = json.loads(file.read_text(encoding="utf-8"))[key]
        return tuple(Figure(**figure) for figure in entry)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(file: Path, key: str, figures: tuple[Figure, ...]) -> None:
    """Best effort: a folder that cannot be written costs only the next measurement."""
    try:
        try:
            entries = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            entries = {}
        if not isinstance(entries, dict):
            entries = {}
        entries[key] = [asdict(figure) for figure in figures]
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f".{file.name}.{os.getpid()}")
        beside.write_text(json.dumps(entries, indent=1), encoding="utf-8")
        beside.replace(file)
    except OSError:
        return
