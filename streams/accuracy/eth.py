"""Trajectories of people with group labels, as ETH's BIWI walking pedestrians come (Pellegrini et al. 2009)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.errors import SourceUnusable
from vision.types import Ints

Doubles = NDArray[np.float64]

_FRAMES_PER_S = 15.0  # obsmat.txt numbers the frames of the 15/s video; every sixth was labelled
TRACKS = Path("tracks/ETH_seq_eth")


@dataclass(frozen=True, slots=True)
class Walk:
    """Who is where at one time: `person` int64 (N,), `at_m` float64 (N, 2), and which group each is of, `group` int64
    (N,): a number for each group and for each who walks alone."""

    at_s: float
    person: Ints
    at_m: Doubles
    group: Ints


def read_walks(assets: Path, every_s: float) -> list[Walk]:
    """The labelled moments, thinned so that `every_s` lies between two. Raises `SourceUnusable`."""
    folder = assets / TRACKS
    try:
        rows = np.loadtxt(folder / "obsmat.txt", ndmin=2)
        groups = _groups((folder / "groups.txt").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceUnusable(
            f"{folder} cannot be read: {error}; --assets must hold obsmat.txt and groups.txt"
        ) from error
    if rows.shape[1] != 8:
        raise SourceUnusable(f"{folder}/obsmat.txt must have 8 columns, got {rows.shape[1]}")
    return list(_thinned(rows, groups, every_s))


def read_plane(assets: Path) -> Doubles:
    """The homography float64 (3, 3) that came with them: picture (row, column, 1) to metres."""
    try:
        return np.loadtxt(assets / TRACKS / "H.txt").reshape(3, 3)
    except (OSError, ValueError) as error:
        raise SourceUnusable(f"{assets / TRACKS / 'H.txt'} cannot be read: {error}") from error


def _thinned(rows: Doubles, groups: dict[int, int], every_s: float) -> Iterator[Walk]:
    last_s = -np.inf
    for frame in np.unique(rows[:, 0]):
        at_s = float(frame) / _FRAMES_PER_S
        if at_s - last_s < every_s - 1e-6:
            continue
        last_s = at_s
        now = rows[rows[:, 0] == frame]
        person = now[:, 1].astype(np.int64)
        group = np.array([groups.get(int(one), int(one)) for one in person], np.int64)
        yield Walk(at_s, person, now[:, [2, 4]], group)


def _groups(text: str) -> dict[int, int]:
    """The group of each who is in one: the smallest number of its members. A person listed in two lines joins both."""
    of: dict[int, int] = {}
    for line in text.splitlines():
        members = {int(word) for word in line.split()}
        together = members | {one for one, group in of.items() if group in {of[m] for m in members if m in of}}
        of |= dict.fromkeys(together, min(together, default=0))
    return of
