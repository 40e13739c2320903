"""Plots of a blocked fire lane: goods and vehicles stand in it, or only people, shadows and rain do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.spec import ObjectClass
from streams.accuracy.overlay import Random
from streams.accuracy.places import Goods, place_for
from streams.accuracy.plot import Plot
from streams.accuracy.stage import Actor
from streams.accuracy.street import Patch, Street
from streams.errors import SourceUnusable
from vision.detect import Detector
from vision.types import Floats, HazardKind

DWELL_S = 15.0
ZONE = "lane"
_COMES_S = (42.0, 60.0)  # a background has to be known before something can lie on it
_AFTER_S = 30.0
_TALL = (0.1, 0.26)  # of the picture's height: what goods take
_LIGHTS = ("light", "shadow", "rain", "headlights", "shake", "infra_red")


def plot_of(seed: int, street: Street, referee: Detector, goods: Goods) -> Plot:
    """What happens in the fire lane of that seed. Raises `SourceUnusable` where the street has no room for it."""
    rng = np.random.default_rng((seed, 12))
    plot = Plot(rng, street, referee, DWELL_S, HazardKind.FIRE_LANE)
    story = _STORIES[seed % len(_STORIES)]
    plot.tags.append(story.__name__.strip("_"))
    story(plot, goods)
    return plot


def _goods(plot: Plot, goods: Goods) -> None:
    """Something without a detector class is put down and stays."""
    patch, box = _thing(plot, goods)
    _lie(plot, patch, box)


def _goods_in_weather(plot: Plot, goods: Goods) -> None:
    patch, box = _thing(plot, goods)
    from_s = _lie(plot, patch, box)
    plot.weather(_some(plot.rng), from_s)


def _vehicle(plot: Plot, goods: Goods) -> None:
    """A vehicle, which the detector and the eye for what lies still see both: one hazard."""
    patch, box = plot.vehicle()
    _lie(plot, patch, box, drives=True)


def _vehicle_in_weather(plot: Plot, goods: Goods) -> None:
    patch, box = plot.vehicle()
    plot.weather(_some(plot.rng), _lie(plot, patch, box, drives=True))


def _goods_passed_by(plot: Plot, goods: Goods) -> None:
    """People or vehicles pass before it."""
    patch, box = _thing(plot, goods)
    from_s = _lie(plot, patch, box)
    cuts = plot.street.cuts
    at_s = from_s
    while cuts and at_s < from_s + 45:
        passer = plot.street.patch(cuts[int(plot.rng.integers(len(cuts)))])
        wide, y = plot.street.size_wh[0], float(box[3]) + plot.rng.uniform(0.0, 0.3) * passer.wh[1]
        takes_s = float(plot.rng.uniform(4, 12))
        ends = (-passer.wh[0], wide + passer.wh[0])
        first, last = ends if plot.rng.uniform() < 0.5 else ends[::-1]
        actor = Actor(passer, ((at_s, first, y), (at_s + takes_s, last, y)))
        plot.front.append(actor)
        before = [t for t in np.arange(at_s, at_s + takes_s, 0.1) if plot.covers(actor, box, float(t))]
        if before:
            plot.passing.append((float(before[0]) - 0.2, float(before[-1]) + 2.2))
        at_s += float(plot.rng.uniform(5, 14))
    stand = plot.truth.pop()
    plot.truth.append(plot.due(ZONE, box, stand.from_s, stand.until_s))


def _put_down_and_taken(plot: Plot, goods: Goods) -> None:
    """A delivery: put down and taken away before the dwell is over, twice."""
    patch, box = _thing(plot, goods)
    plot.zone_around(box)
    at_s = float(plot.rng.uniform(*_COMES_S))
    for _ in range(2):
        until_s = at_s + DWELL_S * float(plot.rng.uniform(0.3, 0.75))
        plot.actors.append(plot.stands(patch, box, at_s, until_s, drives=False))
        at_s = until_s + float(plot.rng.uniform(6, 15))
    plot.length_s = at_s + 20


def _people(plot: Plot, goods: Goods) -> None:
    """People stand in the lane and talk: no goods."""
    cuts = plot.street.cuts_of(ObjectClass.PERSON)
    if not cuts:
        raise SourceUnusable(f"{plot.street.name}: nobody to be cut out of it")
    cut = cuts[int(plot.rng.integers(len(cuts)))]
    first = plot.street.patch(cut)
    box = place_for(plot.street, plot.rng, first.wh, float(plot.street.box_of(cut)[3]), _none())
    if box is None:
        raise SourceUnusable(f"{plot.street.name}: no place for people to stand")
    plot.zone_around(box, spread=(1.0, 2.0), below=0.3)
    at_s, until_s = float(plot.rng.uniform(*_COMES_S)), 0.0
    for i in range(int(plot.rng.integers(1, 4))):
        patch = first if i == 0 else plot.street.patch(cuts[int(plot.rng.integers(len(cuts)))])
        patch = patch.scaled(first.wh[1] / patch.wh[1] * float(plot.rng.uniform(0.9, 1.1)))
        x = float(box[0] + box[2]) / 2 + i * 0.9 * first.wh[0]
        until_s = at_s + DWELL_S * float(plot.rng.uniform(1.5, 3))
        sway = float(plot.rng.uniform(0.02, 0.06)) * first.wh[1]
        path = ((at_s, x, float(box[3])), (until_s, x, float(box[3])))
        plot.actors.append(Actor(patch, path, sway, float(plot.rng.uniform(3, 8))))
    plot.length_s = until_s + 20


def _drives_off(plot: Plot, goods: Goods) -> None:
    """A vehicle that stood there from the first picture on leaves before its dwell is over: what it uncovers is no
    new thing."""
    patch, box = plot.vehicle()
    plot.zone_around(box)
    plot.actors.append(plot.stands(patch, box, -10.0, DWELL_S * float(plot.rng.uniform(0.4, 0.8))))
    plot.length_s = 90.0


def _light_alone(plot: Plot, goods: Goods) -> None:
    """Nothing lies there; the light changes, a shadow falls and stays, it rains, the camera goes to infra-red."""
    _, box = _thing(plot, goods)
    plot.zone_around(box, spread=(0.8, 2.0), below=0.4)
    plot.weather(_some(plot.rng), 50)
    plot.length_s = 120.0


# Their order is the table of seeds: a new one is added at the end, and figures are compared for one table alone.
_STORIES: tuple[Callable[[Plot, Goods], None], ...] = (
    _goods,
    _goods_in_weather,
    _vehicle,
    _light_alone,
    _goods_passed_by,
    _people,
    _goods_in_weather,
    _put_down_and_taken,
    _goods,
    _light_alone,
    _vehicle_in_weather,
    _drives_off,
)


def _some(rng: Random) -> list[str]:
    count = int(rng.choice([1, 2], p=[0.7, 0.3]))
    return [str(name) for name in rng.choice(_LIGHTS, count, replace=False)]


def _thing(plot: Plot, goods: Goods) -> tuple[Patch, Floats]:
    """Goods, and a place for them: anywhere that is not sky, more of it near than far."""
    high = plot.street.size_wh[1]
    for _ in range(20):
        foot = float(plot.rng.uniform(0.5, 0.95))
        patch = goods.pick(plot.rng, high * float(plot.rng.uniform(*_TALL)) * (0.6 + 0.5 * foot))
        box = place_for(plot.street, plot.rng, patch.wh, foot * high, _none())
        if box is not None:
            return patch, box
    raise SourceUnusable(f"{plot.street.name}: no place for goods")


def _lie(plot: Plot, patch: Patch, box: Floats, *, drives: bool = False) -> float:
    """Comes, stays for longer than the dwell, and goes; when it came."""
    from_s = float(plot.rng.uniform(*_COMES_S))
    until_s = from_s + DWELL_S + float(plot.rng.uniform(10, 45))
    plot.actors.append(plot.stands(patch, box, from_s, until_s, drives=drives))
    plot.zone_around(box)
    plot.truth.append(plot.due(ZONE, box, from_s, until_s))
    plot.length_s = until_s + _AFTER_S
    return from_s


def _none() -> Floats:
    return np.zeros((0, 4), np.float32)
