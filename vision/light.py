"""The lights that a scene is known in: by day, by its lamps, in infra-red; and which of them it is in now."""

from __future__ import annotations

import base64
import math
import zlib
from typing import Any

import numpy as np

from vision.scene import CELLS_WH, GRID_WH, Field, Match, Scene, Structure
from vision.sharpness import Crispness, Sharpness
from vision.types import Floats

_MOST = 4
_LEARNT_S, _LEARNT_LOOKS = 40.0, 20
_FOLLOW_S = 600.0  # shadows wander within the hour
_FOLLOW_EVERY_S = 10.0  # learning costs half as much as looking
_ABSORB_S = 12 * 3600.0  # what stands for half a day belongs to the scene
_FORGET_CRISPNESS_S = 7 * 24 * 3600.0
POOR = 0.5  # of the usual peak: another light, or turned about the axis
_BETTER = 1.2
_SURELY_THERE = 6.0  # standard deviations; another place in a hundred comes to 5
_OTHER_LIGHT_S = 60.0
_REPACK_S = 300.0
_EVERYWHERE = np.ones(CELLS_WH[::-1], np.bool_)
_LEVELS = 7  # of 4 bits: what is kept of a field


class _Light:
    """One scene with its crispness, and how much of it has been learnt."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.sharpness = Sharpness()
        self.looks = 0
        self.used_s = 0.0
        self._owed_s = 0.0
        self._kept: tuple[float, dict[str, Any]] | None = None

    @property
    def is_learnt(self) -> bool:
        return self.looks >= _LEARNT_LOOKS and self.scene.learnt_s >= _LEARNT_S

    def average(self, seen: Structure, crisp: Crispness, match: Match | None, gap_s: float) -> None:
        """Learning from nothing: every look counts the same."""
        self.looks += 1
        self.scene.learnt_s += gap_s
        self.scene.average(seen, match.shift_px if match else (0, 0), 1 / self.looks)
        self.sharpness.learn(crisp, _EVERYWHERE, 1 / self.looks, 1 / self.looks)
        if self.is_learnt:
            self.scene.usual_peak = self.scene.match(seen).peak

    def follow(self, seen: Structure, crisp: Crispness, match: Match, gap_s: float) -> None:
        self.looks += 1
        self.used_s += gap_s
        # The first looks after learning say more of the usual peak than the one that ended it.
        by = max(_share(gap_s, _FOLLOW_S), 1 / (self.looks - _LEARNT_LOOKS + 1))
        self.scene.usual_peak += by * (match.peak - self.scene.usual_peak)
        self._owed_s += gap_s
        if self._owed_s >= _FOLLOW_EVERY_S:
            share = _share(self._owed_s, _FOLLOW_S)
            self.scene.follow(seen, match, share, _share(self._owed_s, _ABSORB_S))
            self.sharpness.learn(crisp, match.agrees, share, _share(self._owed_s, _FORGET_CRISPNESS_S))
            self._owed_s = 0.0

    def state(self) -> dict[str, Any]:
        # Packing takes 1 ms and the state is asked for every few seconds: it need not be of this minute.
        if self._kept is None or self.used_s - self._kept[0] >= _REPACK_S or self.used_s < self._kept[0]:
            self._kept = (self.used_s, self._packed())
        return self._kept[1]

    def _packed(self) -> dict[str, Any]:
        scene, crisp = self.scene, self.sharpness.kept
        return {
            "field": _packed(scene.field),
            "strength": _listed(scene.strength),
            "usual_peak": round(scene.usual_peak, 2),
            "learnt_s": round(scene.learnt_s, 1),
            "used_s": round(self.used_s, 1),
            "looks": self.looks,
            "crisp": crisp and [list(crisp.size), _listed(crisp.fine), _listed(crisp.ratio)],
        }

    @classmethod
    def restored(cls, state: dict[str, Any]) -> _Light:
        scene = Scene(_unpacked(state["field"]), _cells(state["strength"]))
        scene.learnt_s, scene.usual_peak = float(state["learnt_s"]), float(state["usual_peak"])
        light = cls(scene)
        light.looks, light.used_s = int(state["looks"]), float(state["used_s"])
        if state["crisp"] is not None:
            size, fine, ratio = state["crisp"]
            light.sharpness = Sharpness(Crispness(tuple(map(int, size)), _cells(fine), _cells(ratio)))
        return light


class Lights:
    """At most four scenes in one view's coordinates. The one in use is tried first; the others when it fits poorly."""

    def __init__(self) -> None:
        self._all: list[_Light] = []
        self._now: _Light | None = None
        self._coming: _Light | None = None
        self._poor_s = 0.0

    @property
    def scene(self) -> Scene:
        """The scene in the light of now. Only after `match` has found one."""
        if self._now is None:
            raise RuntimeError("no scene has been learnt yet: call match first")
        return self._now.scene

    def crispness_left(self, crisp: Crispness, match: Match) -> float | None:
        """See `Sharpness.left`. Only after `match` has found a scene."""
        return None if self._now is None else self._now.sharpness.left(crisp, match.agrees)

    def match(self, seen: Structure) -> Match | None:
        """How the picture lies on the scene as it is known in the light that fits best; None while none is known, or
        where the scene has no edges to be known by."""
        if self._now is None or not self._now.is_learnt or not self._now.scene.is_telling:
            return None
        best = self._now.scene.match(seen)
        if best.peak < POOR * self._now.scene.usual_peak:
            for light in self._all:
                if light is not self._now and (match := light.scene.match(seen)).peak > _BETTER * best.peak:
                    best, self._now = match, light
        return best

    def learn(self, seen: Structure, crisp: Crispness, match: Match | None, gap_s: float) -> None:
        """Take in a look that nothing is wrong with. `match` is what `match` has said of it."""
        if self._now is None:
            self._now = _Light(Scene())
            self._all.append(self._now)
        if match is None:
            self._now.average(seen, crisp, None, gap_s)
            return
        is_poor = match.peak < POOR * self._now.scene.usual_peak
        self._poor_s = self._poor_s + gap_s if is_poor else 0.0
        if not is_poor:
            self._now.follow(seen, crisp, match, gap_s)
            self._coming = None
        elif self._poor_s >= _OTHER_LIGHT_S and match.peak >= _SURELY_THERE:
            self._learn_other(seen, crisp, match, gap_s)

    def state(self) -> list[dict[str, Any]]:
        return [light.state() for light in self._all if light.is_learnt]

    def restore(self, state: list[dict[str, Any]]) -> None:
        """Raises `KeyError`, `TypeError` or `ValueError` for what is no state."""
        self._all = [_Light.restored(kept) for kept in state[:_MOST]]
        self._now = max(self._all, key=lambda light: light.used_s, default=None)

    def _learn_other(self, seen: Structure, crisp: Crispness, match: Match, gap_s: float) -> None:
        """The same place, yet not as it was known: lamps, infra-red, snow. It is learnt beside the others."""
        self._coming = self._coming or _Light(Scene())
        self._coming.average(seen, crisp, match, gap_s)
        if self._coming.is_learnt:
            if len(self._all) == _MOST:
                self._all.remove(min(self._all, key=lambda light: light.used_s))
            self._all.append(self._coming)
            self._now, self._coming = self._coming, None


def _share(gap_s: float, over_s: float) -> float:
    return 1 - math.exp(-gap_s / over_s)


def _listed(cells: Floats) -> list[float]:
    return [round(float(value), 3) for value in cells.ravel()]


def _cells(values: list[float]) -> Floats:
    return np.array(values, np.float32).reshape(CELLS_WH[::-1])


def _packed(field: Field) -> str:
    """Cosines and sines in 4 bits each: 3 to 5 KB as text."""
    parts = np.clip(np.rint(field * _LEVELS), -_LEVELS, _LEVELS).astype(np.int8) + 8
    halves = parts.astype(np.uint8).reshape(-1, 2)
    return base64.b64encode(zlib.compress((halves[:, 0] << 4 | halves[:, 1]).tobytes(), 9)).decode()


def _unpacked(text: str) -> Field:
    try:
        raw = zlib.decompress(base64.b64decode(text, validate=True))
    except zlib.error as error:
        raise ValueError(f"a damaged scene: {error}") from error
    halves = np.frombuffer(raw, np.uint8)
    parts = (np.stack([halves >> 4, halves & 15], axis=1).astype(np.float32) - np.float32(8)) / np.float32(_LEVELS)
    return parts.reshape(GRID_WH[1], GRID_WH[0], 2)
