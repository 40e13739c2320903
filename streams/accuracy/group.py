"""Plots of gatherings: people who meet and stay, and people who pass, are few, or stand far apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from models.spec import ObjectClass
from streams.accuracy.places import place_for
from streams.accuracy.plot import Plot
from streams.accuracy.stage import Actor
from streams.accuracy.street import Patch, Street
from streams.bench.survey import see
from streams.errors import SourceUnusable
from vision.boxes import area, iou
from vision.detect import Detector
from vision.persons import on_foot
from vision.types import Floats, HazardKind

DWELL_S = 15.0
ZONE = "square"
PEOPLE, RADIUS_M = 5, 3.0
_TALL_M = 1.7
_DEPTH = 0.45  # px down the picture for one across, of the same length on the ground: seen from above at a slant
_COMES_S = (24.0, 36.0)  # where the ground is not known it is learnt from whom the camera sees
_AFTER_S = 30.0
_LEAST_CUTS = 12  # of people: enough to be told apart, and to know how tall one is where
_GROUPS = 12  # tried
_SEEN_IOU, _SEEN_CONFIDENCE = 0.5, 0.25
_WEATHER = ("light", "rain", "shake", "shadow")


def plot_of(seed: int, street: Street, referee: Detector) -> Plot:
    """What happens on the square of that seed. Raises `SourceUnusable` where the street shows too few people."""
    rng = np.random.default_rng((seed, 13))
    plot = Plot(rng, street, referee, DWELL_S, HazardKind.GATHERING)
    story = _STORIES[seed % len(_STORIES)]
    plot.tags.append(story.__name__.strip("_"))
    story(plot)
    return plot


def has_people(street: Street) -> bool:
    return len(street.cuts_of(ObjectClass.PERSON)) >= _LEAST_CUTS


def _meet(plot: Plot) -> None:
    """Six to nine meet within a few steps of each other, and stay."""
    _met(plot)


def _meet_in_weather(plot: Plot) -> None:
    from_s = _met(plot)
    names = plot.rng.choice(_WEATHER, int(plot.rng.integers(1, 3)), replace=False)
    plot.weather([str(name) for name in names], from_s)


def _few(plot: Plot) -> None:
    """Two or three stand and talk."""
    box = _place(plot)
    from_s, until_s = _span(plot, 1.5, 3)
    for x_m, y_m in _spots(plot, int(plot.rng.integers(2, 4)), 0.8):
        plot.actors.append(_person(plot, box, x_m, y_m, from_s, until_s))
    plot.length_s = until_s + 15


def _pass_together(plot: Plot) -> None:
    """Six to eight walk through side by side and never stop."""
    box = _place(plot)
    x, y = float(box[0] + box[2]) / 2, float(box[3])
    tall = _tall(plot, y)
    takes_s = plot.street.size_wh[0] / (1.3 * tall / _TALL_M)
    at_s = float(plot.rng.uniform(*_COMES_S))
    way = 1 if plot.rng.uniform() < 0.5 else -1
    for x_m, y_m in _spots(plot, int(plot.rng.integers(6, 9)), 1.2):
        aside, foot = x_m * tall / _TALL_M, y + y_m * _DEPTH * tall / _TALL_M
        half = way * plot.street.size_wh[0] / 2
        path = ((at_s, x + aside - half, foot), (at_s + takes_s, x + aside + half, foot))
        plot.actors.append(Actor(_somebody(plot, foot), path))
    plot.length_s = at_s + takes_s + 10


def _part_again(plot: Plot) -> None:
    """Six or seven meet, and part before it is a gathering."""
    box = _place(plot)
    from_s, until_s = _span(plot, 0.4, 0.7)
    for x_m, y_m in _spots(plot, int(plot.rng.integers(6, 8)), 1.2):
        plot.actors.append(_person(plot, box, x_m, y_m, from_s, until_s))
    plot.length_s = until_s + 30


def _far_apart(plot: Plot) -> None:
    """As many as the picture is wide for, six at most, stand each for himself, five metres and more from the next."""
    box = _place(plot)
    from_s, until_s = _span(plot, 1.5, 3)
    metre = _tall(plot, float(box[3])) / _TALL_M
    x, whole_m = float(box[0] + box[2]) / 2, plot.street.size_wh[0] / metre
    fit = int((whole_m - 1.5) / 5.5) + 1
    for i in range(min(int(plot.rng.integers(5, 7)), fit)):
        x_m = i * 5.5 + plot.rng.uniform(0, 0.5) - x / metre + 0.5
        plot.actors.append(_person(plot, box, x_m, 0.0, from_s, until_s))
    plot.polygon = (0.0, 0.2), (1.0, 0.2), (1.0, 1.0), (0.0, 1.0)
    plot.length_s = until_s + 15


_STORIES: tuple[Callable[[Plot], None], ...] = (
    _meet,
    _meet_in_weather,
    _few,
    _meet,
    _pass_together,
    _meet_in_weather,
    _part_again,
    _far_apart,
)


def _met(plot: Plot) -> float:
    box = _place(plot)
    from_s, until_s = _span(plot, 1.7, 3.5)
    crowd = _crowd(plot, box, from_s, until_s)
    plot.actors += crowd
    # It must be raised by when all have been there for the dwell, and may be as soon as enough of them have.
    enough_s = sorted(actor.path[0][0] for actor in crowd)[PEOPLE - 1]
    plot.truth.append(replace(plot.due(ZONE, box, from_s, until_s), fair_s=enough_s + plot.dwell_s))
    plot.length_s = until_s + _AFTER_S
    return from_s


def _crowd(plot: Plot, box: Floats, from_s: float, until_s: float) -> list[Actor]:
    """Six to nine who can be told for enough people. Raises `SourceUnusable` where no such group is found."""
    for _ in range(_GROUPS):
        crowd: list[Actor] = []
        within_m = float(plot.rng.uniform(1.3, 2.3))
        for x_m, y_m in _spots(plot, int(plot.rng.integers(6, 10)), within_m):
            # They come one after the other within four seconds; the last makes it a group.
            came_s = from_s - float(plot.rng.uniform(0, 4))
            crowd.append(_person(plot, box, x_m, y_m, came_s, until_s))
        crowd.sort(key=lambda actor: actor.path[0][2])  # who is nearer stands before who is not
        if _is_a_crowd(plot, crowd, from_s):
            return crowd
    raise SourceUnusable(f"{plot.street.name}: no group of {PEOPLE} that could be told for one")


def _is_a_crowd(plot: Plot, crowd: list[Actor], at_s: float) -> bool:
    """Whether the referee finds as many people among them as a gathering takes, in plain light, at one moment of two,
    and they stand in the zone: who stands beside it is none of its business, and of people who cover each other nobody
    could tell how many they are. The detector that is measured is not asked."""
    boxes = [actor.box(at_s, plot.street.size_wh) for actor in crowd]
    standing = np.array([box for box in boxes if box is not None and _stands_in(plot, box)])
    if len(standing) < PEOPLE:
        return False
    standing *= np.tile(plot.street.size_wh, 2)
    for clip_s in (0.0, len(plot.street.footage.yuv) / 50):
        picture = plot.street.picture(clip_s)
        for actor in crowd:
            actor.lay(picture, at_s)
        found = see(plot.referee, np.ascontiguousarray(picture[:, :, ::-1]))
        found = found[found.confidence >= _SEEN_CONFIDENCE]
        found = found[on_foot(found)]
        if not len(found):
            continue
        shared = iou(standing.astype(np.float32), found.xyxy)
        # One box speaks for one of them, whoever stands behind.
        told = np.unique(shared.argmax(axis=1)[shared.max(axis=1) >= _SEEN_IOU])
        if len(told) >= PEOPLE:
            return True
    return False


def _stands_in(plot: Plot, box: tuple[float, float, float, float]) -> bool:
    """Whether the foot of somebody's box, 0 to 1 of the picture, is in the zone."""
    foot = (box[0] + box[2]) / 2, box[3]
    return cv2.pointPolygonTest(np.array(plot.polygon, np.float32), foot, measureDist=False) >= 0


def _span(plot: Plot, least: float, most: float) -> tuple[float, float]:
    """From when until when, in dwells."""
    from_s = float(plot.rng.uniform(*_COMES_S))
    return from_s, from_s + DWELL_S * float(plot.rng.uniform(least, most))


def _place(plot: Plot) -> Floats:
    """A box for a whole group, and the zone around it."""
    if not has_people(plot.street):
        raise SourceUnusable(f"{plot.street.name} shows too few people")
    high = plot.street.size_wh[1]
    for _ in range(30):
        foot = float(plot.rng.uniform(0.55, 0.9)) * high
        tall = _tall(plot, foot)
        if tall < 0.06 * high:
            continue
        metre = tall / _TALL_M
        box = place_for(plot.street, plot.rng, (3.2 * metre, tall + 1.2 * metre), foot, np.zeros((0, 4), np.float32))
        if box is not None:
            plot.zone_around(box, spread=(0.3, 0.8), below=0.15)
            return box
    raise SourceUnusable(f"{plot.street.name}: no place for a group")


def _spots(plot: Plot, count: int, within_m: float) -> list[tuple[float, float]]:
    """Places on the ground round a middle, metres across and down, no two nearer than half a metre."""
    spots: list[tuple[float, float]] = []
    for _ in range(400):
        x, y = plot.rng.uniform(-within_m, within_m, 2)
        if np.hypot(x, y) <= within_m and all(np.hypot(x - a, y - b) > 0.55 for a, b in spots):
            spots.append((float(x), float(y)))
        if len(spots) == count:
            break
    return spots


def _person(plot: Plot, box: Floats, x_m: float, y_m: float, from_s: float, until_s: float) -> Actor:
    """Somebody at so many metres from the middle of the group, who shifts from foot to foot."""
    metre = _tall(plot, float(box[3])) / _TALL_M
    x = float(box[0] + box[2]) / 2 + x_m * metre
    y = min(float(box[3]) + (y_m - 0.6) * _DEPTH * metre, plot.street.size_wh[1] - 2.0)
    path = ((from_s, x, y), (until_s, x, y))
    return Actor(_somebody(plot, y), path, 0.04 * metre * _TALL_M, float(plot.rng.uniform(3, 8)))


def _somebody(plot: Plot, foot_y: float) -> Patch:
    """A person of the clip, as tall as people are at that height of the picture."""
    cuts = plot.street.cuts_of(ObjectClass.PERSON)
    patch = plot.street.patch(cuts[int(plot.rng.integers(len(cuts)))])
    return patch.scaled(_tall(plot, foot_y) / patch.wh[1] * float(plot.rng.uniform(0.93, 1.07)))


def _tall(plot: Plot, foot_y: float) -> float:
    """How tall people are there, px: a line through all who were seen, by their foot; sitting ones are outvoted."""
    seen = plot.street.people[area(plot.street.people) > 0]
    foot, tall = seen[:, 3], seen[:, 3] - seen[:, 1]
    for _ in range(3):
        slope, level = np.polyfit(foot, tall, 1)
        apart = np.abs(tall - slope * foot - level)
        keep = apart <= 2 * np.median(apart) + 1e-3
        foot, tall = foot[keep], tall[keep]
    return float(max(slope * foot_y + level, 4.0))
