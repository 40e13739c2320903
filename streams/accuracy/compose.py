"""Composed material by seed, made in memory from any clips whose camera stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from streams.accuracy.clips import CLIPS, bare_clips
from streams.accuracy.material import Column, Material
from streams.accuracy.origin import origin_of, origins
from streams.accuracy.play import KEY_INTERVAL_S, of_pictures
from streams.accuracy.plot import Plot
from streams.accuracy.street import Street, look_through
from streams.errors import SourceUnusable
from streams.site import CameraSpec, ZoneSpec
from vision.detect import Detector

Say = Callable[[str], None]
PlotOf = Callable[[int, Street, Detector], Plot]
ZoneOf = Callable[[Plot], ZoneSpec]


def streets(assets: Path, referee: Detector, say: Say) -> list[Street]:
    """All clips of the folder that something can be put into: whose camera stands still."""
    found = []
    for path in bare_clips(assets):
        try:
            street = look_through(path, referee)
        except SourceUnusable as error:
            say(f"{path.name} is left out: {error}")
            continue
        if street.moves:
            say(f"{path.name} is left out: its camera moves")
            continue
        found.append(street)
    if not found:
        raise SourceUnusable(f"no clip in {assets / CLIPS} whose camera stands still and that is two seconds long")
    return found


def composed(
    assets: Path,
    found: Sequence[Street],
    seeds: Sequence[int],
    referee: Detector,
    plot_of: PlotOf,
    zone_of: ZoneOf,
    say: Say,
) -> Iterator[Material]:
    """One material a seed; a seed for which no clip has room is said and left out."""
    known = origins(assets)
    for seed in seeds:
        first = int(np.random.default_rng((seed, 3)).integers(len(found)))
        for i in range(len(found)):
            street = found[(first + i) % len(found)]
            try:
                plot = plot_of(seed, street, referee)
            except SourceUnusable:
                continue
            yield material(seed, plot, zone_of(plot), *origin_of(known, f"{CLIPS}/{street.name}"))
            break
        else:
            say(f"seed {seed} is left out: no clip has room for it")


def material(seed: int, plot: Plot, zone: ZoneSpec, origin: str, licence: str) -> Material:
    """What the plot's camera sees, and the truth of it."""
    stage = plot.finished()
    name = f"seed {seed} on {plot.street.name}"
    camera = CameraSpec(id=f"seed-{seed}", url="memory", zone=(zone,))
    play = of_pictures(
        stage.picture,
        camera,
        plot.length_s,
        first_s=float(plot.rng.uniform(0, KEY_INTERVAL_S)),
        gaps=tuple(plot.gaps),
        restarts=tuple(plot.restarts),
    )
    truth, tags = tuple(plot.truth), tuple(plot.tags)
    return Material(name, origin, licence, Column.COMPOSED, camera, plot.length_s, truth, play, tags)
