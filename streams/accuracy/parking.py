"""Plots of illegal parking: one vehicle parks, and whatever breaks other rules happens to it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from streams.accuracy.overlay import Random
from streams.accuracy.places import is_a_vehicle, vehicle_cuts
from streams.accuracy.plot import WEATHER, Plot, at_foot
from streams.accuracy.stage import Actor
from streams.accuracy.street import Patch, Street
from streams.errors import SourceUnusable
from vision.detect import Detector
from vision.types import Floats, HazardKind

DWELL_S = 15.0
ZONE = "kerb"
_COMES_S = (20.0, 30.0)  # what a camera does in its first seconds is another matter
_AFTER_S = 18.0  # long enough for an all-clear
_LONGEST_S = 60.0  # an occlusion
_COVERS_TRIED = 15


def plot_of(seed: int, street: Street, referee: Detector) -> Plot:
    """What happens in the parking zone of that seed. Raises `SourceUnusable` where the street has no room for it."""
    rng = np.random.default_rng((seed, 11))
    plot = Plot(rng, street, referee, DWELL_S, HazardKind.ILLEGAL_PARKING)
    story = _STORIES[seed % len(_STORIES)]
    plot.tags.append(story.__name__.strip("_"))
    story(plot)
    return plot


def _parks(plot: Plot) -> None:
    """One vehicle, in plain light."""
    _one(plot, stays_s=float(plot.rng.uniform(8, 40)))


def _parks_in_weather(plot: Plot) -> None:
    from_s = _one(plot, stays_s=float(plot.rng.uniform(15, 45)))
    plot.weather(_some(plot.rng), from_s)


def _passed_by(plot: Plot) -> None:
    """Others pass before it, again and again, near enough for a tracker to swap them."""
    patch, box = plot.vehicle()
    from_s = float(plot.rng.uniform(*_COMES_S))
    until_s = from_s + DWELL_S + float(plot.rng.uniform(15, 40))
    _pass_before(plot, box, from_s, until_s)
    _stand(plot, patch, box, from_s, until_s)


def _hidden_before(plot: Plot) -> None:
    """A large vehicle stops before it while its dwell is counted, for up to 60 s."""
    _hidden(plot, float(plot.rng.uniform(4, DWELL_S - 2)))


def _hidden_after(plot: Plot) -> None:
    """A large vehicle stops before it once it has been raised, for up to 60 s."""
    _hidden(plot, DWELL_S + float(plot.rng.uniform(6, 15)))


def _replaced(plot: Plot) -> None:
    """It leaves, and another takes its place at once or a little later."""
    patch, box = plot.vehicle()
    other, other_box = plot.vehicle(near=box)
    from_s = float(plot.rng.uniform(*_COMES_S))
    until_s = from_s + DWELL_S + float(plot.rng.uniform(10, 25))
    again_s = until_s + float(plot.rng.uniform(3.5, 9))
    _stand(plot, patch, box, from_s, until_s)
    _stand(plot, other, other_box, again_s, again_s + DWELL_S + float(plot.rng.uniform(10, 25)))


def _queue(plot: Plot) -> None:
    """Traffic waits there: vehicles stop one after the other for less than the dwell, and move on."""
    _, box = plot.vehicle()
    plot.zone_around(box)
    at_s = float(plot.rng.uniform(*_COMES_S))
    for _ in range(int(plot.rng.integers(3, 6))):
        patch, here = plot.vehicle(near=box)
        until_s = at_s + DWELL_S * float(plot.rng.uniform(0.3, 0.8))
        plot.actors.append(plot.stands(patch, here, at_s, until_s))
        at_s = until_s + float(plot.rng.uniform(3.2, 8))
    plot.length_s = at_s + 15


def _interrupted(plot: Plot) -> None:
    """No pictures for a while: the stream breaks off and comes back, or the worker begins anew."""
    from_s = float(plot.rng.uniform(*_COMES_S))
    at_s = from_s + float(plot.rng.uniform(4, 40))
    gap = at_s, at_s + float(plot.rng.uniform(3, 40))
    plot.gaps.append(gap)
    if plot.rng.uniform() < 0.6:
        plot.restarts.append(gap[1])
        plot.tags.append("restart")
    if plot.rng.uniform() < 0.4:
        plot.resized_s, plot.resized = gap[1], float(plot.rng.choice([0.5, 2 / 3]))
        plot.tags.append("resized")
    patch, box = plot.vehicle()
    _stand(plot, patch, box, from_s, gap[1] + DWELL_S + float(plot.rng.uniform(10, 25)))


def _nothing(plot: Plot) -> None:
    """Nothing stops, whatever the weather."""
    _, box = plot.vehicle()
    plot.zone_around(box, spread=(0.6, 1.5))
    plot.weather(_some(plot.rng), 40)
    plot.length_s = 110.0


# Their order is the table of seeds: a new one is added at the end, and figures are compared for one table alone.
_STORIES: tuple[Callable[[Plot], None], ...] = (
    _parks,
    _parks_in_weather,
    _passed_by,
    _parks_in_weather,
    _hidden_before,
    _parks_in_weather,
    _hidden_after,
    _replaced,
    _queue,
    _interrupted,
    _parks_in_weather,
    _nothing,
)


def _some(rng: Random) -> list[str]:
    """One to three kinds of weather."""
    count = int(rng.choice([1, 2, 3], p=[0.55, 0.3, 0.15]))
    return [str(name) for name in rng.choice(WEATHER, count, replace=False)]


def _one(plot: Plot, stays_s: float) -> float:
    patch, box = plot.vehicle()
    from_s = float(plot.rng.uniform(*_COMES_S))
    _stand(plot, patch, box, from_s, from_s + DWELL_S + stays_s)
    return from_s


def _stand(plot: Plot, patch: Patch, box: Floats, from_s: float, until_s: float, below: float = 0.15) -> None:
    plot.actors.append(plot.stands(patch, box, from_s, until_s))
    if not plot.polygon:
        plot.zone_around(box, below=below)
    plot.truth.append(plot.due(ZONE, box, from_s, until_s))
    plot.length_s = max(plot.length_s, until_s + _AFTER_S) if len(plot.truth) > 1 else until_s + _AFTER_S


def _hidden(plot: Plot, after_s: float) -> None:
    patch, box = plot.vehicle()
    from_s = float(plot.rng.uniform(*_COMES_S))
    begins_s = from_s + after_s
    ends_s = begins_s + float(plot.rng.uniform(5, _LONGEST_S))
    plot.front.append(_cover(plot, box, begins_s, ends_s))
    plot.hidden.append((begins_s - 1.5, ends_s + 1.5))
    # The zone ends above its wheels, so that what stops before it stands outside.
    _stand(plot, patch, box, from_s, ends_s + DWELL_S + float(plot.rng.uniform(8, 20)), below=-0.12)


def _cover(plot: Plot, box: Floats, from_s: float, until_s: float) -> Actor:
    """A vehicle that hides all of the box and has its foot well below it: in the lane before it. One that can be told
    for a vehicle: what else hides a place for so long nobody could tell from its being free."""
    cuts = vehicle_cuts(plot.street)
    wide, high = float(box[2] - box[0]), float(box[3] - box[1])
    for i in plot.rng.permutation(len(cuts))[:_COVERS_TRIED]:
        if not cuts[int(i)].alone:
            continue
        patch = plot.street.patch(cuts[int(i)])
        patch = patch.scaled(max(1.6 * high / patch.wh[1], 1.15 * wide / patch.wh[0]))
        foot_y = float(box[3]) - 0.12 * high + 0.35 * patch.wh[1]
        here = at_foot(patch, float(box[0] + box[2]) / 2 + plot.rng.uniform(-0.1, 0.1) * wide, foot_y)
        if is_a_vehicle(plot.street, patch, here, plot.referee):
            return plot.stands(patch, here, from_s, until_s)
    raise SourceUnusable(f"{plot.street.name}: nothing to hide a vehicle with")


def _pass_before(plot: Plot, box: Floats, from_s: float, until_s: float) -> None:
    cuts = vehicle_cuts(plot.street)
    wide = plot.street.size_wh[0]
    at_s = from_s + 2
    while at_s < until_s:
        patch = plot.street.patch(cuts[int(plot.rng.integers(len(cuts)))])
        patch = patch.scaled(float(box[3] - box[1]) / patch.wh[1] * float(plot.rng.uniform(0.8, 1.4)))
        y = float(box[3]) + plot.rng.uniform(-0.1, 0.4) * float(box[3] - box[1])
        ends = (-patch.wh[0], wide + patch.wh[0]) if plot.rng.uniform() < 0.5 else (wide + patch.wh[0], -patch.wh[0])
        takes_s = float(plot.rng.uniform(2.5, 9))
        passer = Actor(patch, ((at_s, ends[0], y), (at_s + takes_s, ends[1], y)))
        plot.front.append(passer)
        before = [t for t in np.arange(at_s, at_s + takes_s, 0.1) if plot.covers(passer, box, float(t))]
        if before:
            plot.passing.append((float(before[0]) - 0.2, float(before[-1]) + 0.4))
        at_s += float(plot.rng.uniform(2, 9))
