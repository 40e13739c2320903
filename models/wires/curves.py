"""How wires hang: curves in pixels, one span or bundles, lines across a picture or from wall to wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
_POINTS = 48


@dataclass(frozen=True, slots=True)
class Wire:
    """One wire: points (n, 2) x y in px along its middle, and how thick it is, px."""

    points: Points
    thickness_px: float


def span(start: Points, end: Points, sag_px: float, down: Points) -> Points:
    """A wire hung between two points: a parabola, which a catenary of small sag is within 1 % of; `down` is the
    direction of gravity in the picture, a unit vector."""
    along = np.linspace(0.0, 1.0, _POINTS)[:, None]
    return np.asarray(start + (end - start) * along + down * (4 * sag_px * along * (1 - along)))


def wires(random: np.random.Generator, side_px: int) -> list[Wire]:
    """Wires for a square picture: power lines that cross all of it, spans along a street, drops to a house, or a
    jumble of all."""
    style = random.choice(["across", "across", "across", "street", "street", "drops", "jumble", "both"])
    found: list[Wire] = []
    if style in ("across", "both"):
        for _ in range(int(random.choice([1, 1, 1, 2]))):
            found += _across(random, side_px)
    if style in ("street", "both"):
        found += _street(random, side_px)
    if style in ("drops", "jumble"):
        found += _drops(random, side_px)
    if style == "jumble":
        found += _street(random, side_px) + _tangle(random, side_px)
    return found


def power_lines(random: np.random.Generator, side_px: int) -> list[Wire]:
    """One to three rows of long spans, as a photograph of power lines shows them, now and then with anything else."""
    found: list[Wire] = []
    for _ in range(int(random.choice([1, 1, 2, 3]))):
        found += _across(random, side_px)
    return found + (wires(random, side_px) if random.random() < 0.2 else [])


def _thickness(random: np.random.Generator) -> float:
    """Thin ones are the more common: 0.7 to 6 px."""
    return float(0.7 * (6.0 / 0.7) ** (random.random() ** 1.4))


def _across(random: np.random.Generator, side: int) -> list[Wire]:
    """One to nine nearly parallel lines that run from border to border, as power lines do seen from above or below."""
    angle = random.uniform(0, np.pi)
    _, aside = _directions(angle)
    reach = side * 1.5
    middle = random.uniform(0.1, 0.9, 2) * side
    sag = 0.0 if random.random() < 0.5 else random.uniform(0, 0.12) * side * random.choice([-1, 1])
    base = _thickness(random)
    gaps = random.exponential(random.choice([0.03, 0.08, 0.2]) * side, int(random.choice([1, 2, 3, 3, 4, 6, 9])))
    fan = random.normal(0, 0.03)
    found, offset = [], 0.0
    for number, gap in enumerate(gaps):
        offset += max(gap, base * 2.5) if number else 0.0
        tilt, _ = _directions(angle + fan * offset / side * 3 + random.normal(0, 0.006))
        at = middle + aside * offset
        found.append(
            Wire(
                span(at - tilt * reach, at + tilt * reach, sag * random.uniform(0.85, 1.15), aside),
                float(np.clip(base * random.uniform(0.75, 1.3), 0.7, 6)),
            )
        )
    return found


def _street(random: np.random.Generator, side: int) -> list[Wire]:
    """Bundles of spans between two poles or houses, sagging downwards."""
    found = []
    down = _down(random)
    for _ in range(int(random.integers(1, 4))):
        start, end = random.uniform(-0.2, 1.2, 2) * side, random.uniform(-0.2, 1.2, 2) * side
        length = float(np.hypot(*(end - start)))
        if length < 0.25 * side:
            continue
        base, sag = _thickness(random), random.uniform(0, 0.12) * length
        apart = random.uniform(1.5, 14)
        for _ in range(int(random.choice([1, 1, 2, 3, 5, 8]))):
            ends = (start + random.normal(0, apart, 2), end + random.normal(0, apart, 2))
            thickness = float(np.clip(base * random.uniform(0.6, 1.4), 0.7, 6))
            found.append(Wire(span(*ends, sag * random.uniform(0.6, 1.5), down), thickness))
    return found


def _drops(random: np.random.Generator, side: int) -> list[Wire]:
    """Wires that fan out from one point, as from a pole to the houses round it."""
    hub, down, base = random.uniform(0, 1, 2) * side, _down(random), _thickness(random)
    found = []
    for _ in range(int(random.integers(2, 7))):
        end = random.uniform(-0.3, 1.3, 2) * side
        sag = random.uniform(0, 0.15) * float(np.hypot(*(end - hub)))
        found.append(Wire(span(hub + random.normal(0, 3, 2), end, sag, down), base))
    return found


def _tangle(random: np.random.Generator, side: int) -> list[Wire]:
    """Loose ends and loops: smooth walks that nothing holds taut."""
    found = []
    for _ in range(int(random.integers(1, 4))):
        turns = np.cumsum(random.normal(0, random.uniform(0.05, 0.3), _POINTS)) + random.uniform(0, 2 * np.pi)
        smooth = np.convolve(turns, np.ones(7) / 7, mode="same")
        steps = np.stack([np.cos(smooth), np.sin(smooth)], axis=1) * side * random.uniform(0.008, 0.025)
        found.append(Wire(random.uniform(0.1, 0.9, 2) * side + np.cumsum(steps, axis=0), _thickness(random)))
    return found


def _directions(angle: float) -> tuple[Points, Points]:
    """The unit vector at an angle, and the one across it."""
    return np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])


def _down(random: np.random.Generator) -> Points:
    return _directions(np.pi / 2 + random.normal(0, 0.08))[0]
