"""Composed material by seed, made in memory from any clips whose camera stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from streams.accuracy.clips import bare_clips, clip_origin, clips_folder
from streams.accuracy.material import Column, Material
from streams.accuracy.origin import origins
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
    """All clips of the folder that something can be put into: whose camera stands still. None, which is said, where
    every clip has a truth of its own."""
    found = []
    bare = bare_clips(assets)
    if not bare:
        say("every clip has an entry in TRUTH.json: there is none to compose with, and none in which nothing is wrong")
        return []
    for path in bare:
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
        raise SourceUnusable(
            f"no clip in {clips_folder(assets)} whose camera stands still and that is two seconds long"
        )
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
    if not found:
        if seeds:
            say("nothing is composed: no clip shows what could be cut out of it and put there")
        return
    for seed in seeds:
        first = int(np.random.default_rng((seed, 3)).integers(len(found)))
        for i in range(len(found)):
            street = found[(first + i) % len(found)]
            try:
                plot = plot_of(seed, street, referee)
            except SourceUnusable:
                continue
            yield material(seed, plot, zone_of(plot), *clip_origin(known, street.name))
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
