"""Which execution provider, in which precision, is fastest for these weights on this machine: measured, kept, shown."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models import machine, providers
from models.accuracy import Accuracy, Candidate, Check
from models.errors import NoProvider
from models.kept import Figure, Kept
from models.onnx_file import Array
from models.session import Session, open_session
from models.spec import Head, ModelSpec

Clock = Callable[[], float]
_WARM_RUNS = 2
_RUNS = (5, 11)  # at least, at most
# Two float32 implementations agree to 1e-4 or better on real weights; beyond this something is broken.
_AGREES = {"fp32": 0.01, "bf16": 0.05, "fp16": 0.05, "int8": 0.3}


@dataclass(frozen=True, slots=True)
class Choice:
    """What to run on, and all that it was chosen by. `measured` is False where the times were kept earlier.

    `accuracy` holds what faster precisions lost against float32 on pictures, as far as that was ever checked.
    """

    provider: str
    precision: str
    threads: int
    figures: tuple[Figure, ...]
    accuracy: tuple[Accuracy, ...]
    machine: str
    measured: bool

    @property
    def figure(self) -> Figure:
        """Of what was chosen."""
        return next(f for f in self.figures if (f.provider, f.precision) == (self.provider, self.precision))

    @property
    def reason(self) -> str:
        """Why this precision and no faster one, in a sentence; empty where nothing faster is there."""
        checked = {(one.provider, one.precision): one for one in self.accuracy}
        if self.precision != "fp32":
            one = checked.get((self.provider, self.precision))
            return f"{self.precision}: {one.verdict}" if one else f"{self.precision} was asked for; never checked here"
        faster = [f for f in self.figures if f.error is None and (f.median_ms or 0) < (self.figure.median_ms or 0)]
        if not faster:
            return ""
        best = min(faster, key=_time)
        name = f"{best.provider} {best.precision} ({best.median_ms} ms)"
        one = checked.get((best.provider, best.precision))
        if one is not None:
            return f"float32 stays: {name}: {one.verdict}"
        return (
            f"float32 stays: {name} is faster, but was never checked against float32 on pictures here: "
            "sanxun models bench --pictures DIR, or --clip FILE"
        )


def choose(
    spec: ModelSpec,
    data_dir: Path | None = None,
    threads: int = 1,
    *,
    precision: str | None = None,
    check: Check | None = None,
    again: bool = False,
    budget_s: float = 4.0,
    clock: Clock = time.perf_counter,
) -> Choice:
    """The fastest provider and precision for `spec`, by times kept in `data_dir` or measured now (`budget_s` each).

    A precision below float32 is chosen only where its accuracy on pictures was checked, by `check` now or earlier, and
    kept; or, whatever its accuracy, where `precision` asks for it by name.

    Raises:
        NoProvider: nothing here runs these weights, with each provider's reason.
    """
    kept = Kept(data_dir)
    figures = None if again else kept.speed(spec, threads)
    measured = figures is None
    if figures is None:
        figures = measure(spec, threads, budget_s=budget_s, clock=clock)
        if any(figure.error is None for figure in figures):
            kept.keep_speed(spec, threads, figures)
    accuracy = kept.accuracy(spec)
    if check is not None and (faster := _worth_checking(figures)) is not None:
        accuracy = tuple(check(*faster))
        kept.keep_accuracy(spec, accuracy)
    return _chosen(spec, threads, figures, accuracy, precision, measured=measured)


def kept_choice(spec: ModelSpec, data_dir: Path | None = None, threads: int = 1) -> Choice | None:
    """The choice that was measured before for these weights, this machine, ONNX Runtime and number of threads."""
    kept = Kept(data_dir)
    figures = kept.speed(spec, threads)
    return None if figures is None else _chosen(spec, threads, figures, kept.accuracy(spec), None, measured=False)


def _worth_checking(figures: tuple[Figure, ...]) -> tuple[Candidate, list[Candidate]] | None:
    """The fastest float32, and what is faster than it; None where there is nothing to gain."""
    running = [figure for figure in figures if figure.error is None]
    exact = min((figure for figure in running if figure.precision == "fp32"), key=_time, default=None)
    if exact is None:
        return None
    faster = [(f.provider, f.precision) for f in running if f.precision != "fp32" and _time(f) < _time(exact)]
    return ((exact.provider, exact.precision), faster) if faster else None


def _chosen(
    spec: ModelSpec,
    threads: int,
    figures: tuple[Figure, ...],
    accuracy: tuple[Accuracy, ...],
    precision: str | None,
    *,
    measured: bool,
) -> Choice:
    if spec.int8 is None:  # its file has been removed since
        figures = tuple(figure for figure in figures if figure.precision != "int8")
    checked = {(one.provider, one.precision) for one in accuracy if one.kept}
    allowed = [
        f
        for f in figures
        if (f.precision == precision if precision else f.precision == "fp32" or (f.provider, f.precision) in checked)
    ]
    best = min((figure for figure in allowed if figure.error is None), key=_time, default=None)
    if best is None:
        reasons = "; ".join(f"{f.provider} {f.precision}: {f.error}" for f in allowed)
        nothing = f"none of {', '.join(providers.available())} computes in {precision}"
        raise NoProvider(f"no provider runs {spec.name}: {reasons or nothing}")
    return Choice(best.provider, best.precision, threads, figures, accuracy, machine.cpu().name, measured)


def _time(figure: Figure) -> float:
    return figure.median_ms if figure.median_ms is not None else float("inf")


def measure(spec: ModelSpec, threads: int, *, budget_s: float, clock: Clock = time.perf_counter) -> tuple[Figure, ...]:
    """Figures of every provider in every precision that it computes in; one that fails has its `error` set."""
    picture = _picture(spec)
    try:
        reference: Array | None = open_session(spec, provider="cpu", threads=threads).run(picture)
    except NoProvider:
        reference = None  # a build without the CPU provider: nothing to compare with
    loaded: dict[Candidate, Session] = {}
    figures: dict[Candidate, Figure] = {}
    for candidate in providers.candidates():
        provider, precision = candidate
        if precision == "int8" and spec.int8 is None:
            continue
        began = clock()
        try:
            session = open_session(spec, provider=provider, threads=threads, precision=precision)
            load_s = round(clock() - began, 3)
            output = [session.run(picture) for _ in range(_WARM_RUNS)][-1]
        except Exception as error:  # whatever a provider does wrong must not keep the others from running
            figures[candidate] = Figure(provider, precision, error=str(error))
            continue
        apart = None if reference is None else _difference(spec.head, output, reference)
        if apart is not None and not apart <= _AGREES[precision]:
            wrong = f"its output is {apart:.1%} off the CPU provider's, {_AGREES[precision]:.0%} allowed"
            figures[candidate] = Figure(provider, precision, load_s, error=wrong)
            continue
        figures[candidate] = Figure(provider, precision, load_s, difference=apart)
        loaded[candidate] = session
    for candidate, times in _alternate(loaded, picture, budget_s, clock).items():
        median_ms, fastest_ms = _ms(statistics.median(times)), _ms(min(times))
        figures[candidate] = replace(figures[candidate], median_ms=median_ms, fastest_ms=fastest_ms, runs=len(times))
    return tuple(figures.values())


def _alternate(
    sessions: dict[Candidate, Session], picture: Array, budget_s: float, clock: Clock
) -> dict[Candidate, list[float]]:
    """Seconds of each run. Providers take turns, so that a busy moment of the machine hits them all alike."""
    times: dict[Candidate, list[float]] = {candidate: [] for candidate in sessions}
    began, (least, most) = clock(), _RUNS
    for turn in range(most):
        if turn >= least and clock() - began > budget_s * len(sessions):
            break
        for candidate, session in sessions.items():
            start = clock()
            session.run(picture)
            times[candidate].append(clock() - start)
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
    if head is Head.MASK:
        return _relative(output, reference)
    axis = 1 if head is Head.YOLO else 2
    pairs = zip(np.split(output, [4], axis), np.split(reference, [4], axis), strict=True)
    return max(_relative(np.sort(ours, axis=None), np.sort(theirs, axis=None)) for ours, theirs in pairs)


def _relative(ours: Array, theirs: Array) -> float:
    return float(np.abs(ours - theirs).mean() / (np.abs(theirs).mean() + 1e-9))


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 2)
