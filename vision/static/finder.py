"""Finds what has come to rest in a zone, of any class or none, and keeps an eye on it until it is gone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import cv2
import numpy as np

from vision.static.background import Background
from vision.static.regions import Nature, Region, box_of, is_line, nature_of, regions
from vision.static.steadied import Steadied, moved
from vision.static.structure import Mask, Structure, likeness
from vision.static.thing import Thing
from vision.static.window import Window
from vision.types import Colours, Floats, Glimpse, Picture

_SOONEST_S = 0.4  # a screen's rate tells no more
_STILL_S = 0.9  # between two looks that are to say that something is still
_LEAST_PX = 64  # of the window, its halo with it: 4 x 4 px of what it is
_VOUCHED_S = 5.0
_LEARNT_S = 3.5  # what is no thing is taken for ground when it has held for so long
_SHAKE_PX = 0.3
_IN_ZONE = 0.5
_MOST = 12
_FORGET_S = 120.0
_BACK_DATED_S = 15.0
_OTHER_PICTURE = 0.4  # share of the whole picture that is another ...
_OTHER_LIGHT = 0.6, 0.15  # ... or of the window's edges and of the whole picture
_ODD_PX = 50
_LIT_LOOKS = 3
_DIM = 0.2  # of the usual energy of edges: fog, glare or night in which nothing can be said to be gone
_REPACK_S = 300.0
_REPACK_NEW_S = 10.0  # while the ground is still being learnt


class StaticThings:
    """One zone's. `polygon`: corners (x, y) in 0..1 of the picture.

    Call `see` once a look, in order of capture, and `judge` after it where the detector saw that look. `things` are
    all that stand there, those too that nobody has judged yet.
    """

    def __init__(self, polygon: Sequence[tuple[float, float]]) -> None:
        self._polygon = polygon
        self._window: Window | None = None
        self._steadied = Steadied()
        self._ground = Background()
        self._kept: Mask = np.zeros((0, 0), np.bool_)
        self._doubted: Mask | None = None
        self._lately: Steadied | None = None
        self._alike_looks = 0
        self._next_slot = 1
        self._packed: tuple[float, dict[str, Any]] | None = None
        self._stored: dict[str, Any] | None = None
        self.things: list[Thing] = []

    def see(self, luma: Picture, at_s: float, *, colours: Colours | None = None, at_once: bool = False) -> bool:
        """Take in a look, brightness uint8 (h, w) and what gives its Cb and Cr at half that size; False where it comes
        too soon after the last one to tell anything, unless it has to be taken `at_once`."""
        elapsed_s = at_s - self._ground.at_s
        if elapsed_s <= 0 or any(thing.seen_s > at_s for thing in self.things):
            self._clock_set_back(at_s)
            elapsed_s = math.inf
        if elapsed_s < _SOONEST_S and not at_once:
            return False
        window = self._window_of(luma)
        picture = window.cut(luma, None if colours is None else colours())
        x, y = self._steadied.shift_px(luma, at_s)
        if max(abs(x), abs(y)) > _SHAKE_PX * window.step:
            picture = moved(picture, x / window.step, y / window.step)
        other = self._steadied.unlike >= _OTHER_PICTURE
        if not other:
            self._ground.see(picture, at_s, self._doubted)
            other = self._other_edges()
        if other:
            self._wait_out(luma, picture, at_s)
            return True
        self._lately = None
        self._watch()
        if elapsed_s >= _STILL_S:
            self._find()
        self._ground.follow(elapsed_s, self._kept)
        return True

    def judge(self, people: Floats, vehicles: Floats, source_wh: tuple[int, int]) -> None:
        """The detector has seen the last look: boxes (N, 4), px of the full frame, of what is not to be counted, and of
        what another rule counts."""
        if self._window is None:
            return
        covered = self._painted(people, source_wh)
        for thing in self.things:
            if thing.watched:
                thing.judge(covered)
        self._doubted = covered | self._painted(vehicles, source_wh)

    def drop(self, thing: Thing) -> None:
        """It is gone, or somebody else's."""
        self.things.remove(thing)
        self._keep()

    def box(self, thing: Thing, source_wh: tuple[int, int]) -> Floats:
        """Float32 (4,), px of the full frame."""
        if self._window is None:
            return np.zeros(4, np.float32)
        return self._window.to_source(*box_of(thing.region), source_wh)

    @property
    def zone(self) -> Picture:
        """Uint8 (h, w), 1 where the zone is, in px of the window."""
        return np.zeros((0, 0), np.uint8) if self._window is None else self._window.zone

    def undated(self) -> float | None:
        return max((t.asked_s for t in self.things if t.asked_s is not None), default=None)

    def look_back(self, older: Glimpse | None) -> None:
        """An older look, to date the newest things by; None where there is none."""
        seen = None
        for thing in self.things:
            if older is None or self._window is None or older.at_s < thing.seen_s - _BACK_DATED_S:
                thing.asked_s = None
            elif thing.asked_s is not None and older.at_s < thing.asked_s:
                seen = seen or Structure.of(self._window.cut(older.luma, older.colours))
                thing.asked_s = older.at_s if thing.date(seen, self._ground.floor, older.at_s) else None

    def shift_clock(self, by_s: float) -> None:
        self._ground.shift_clock(by_s)
        for thing in self.things:
            thing.shift_clock(by_s)

    def _clock_set_back(self, at_s: float) -> None:
        """What is raised stays; what dwelt begins anew."""
        self.things = [thing for thing in self.things if thing.raised]
        for thing in self.things:
            thing.shift_clock(at_s - thing.seen_s)
        if math.isfinite(self._ground.at_s):
            self._ground.shift_clock(at_s - self._ground.at_s)
        if self._window is not None:
            self._keep()

    def _window_of(self, luma: Picture) -> Window:
        shape = cast(tuple[int, int], luma.shape)
        if self._window is None or self._window.luma_hw != shape:
            self._window = Window(self._polygon, shape)
            self._doubted = self._lately = None
            self._steadied = Steadied()
            if self._stored is not None:
                self._ground.restore(self._stored["ground"])
                self._steadied.restore(self._stored["view"])
                self._stored = None
            self._resize((self._window.height, self._window.width))
            self._keep()
        return self._window

    def _resize(self, size: tuple[int, int]) -> None:
        """A camera set to another resolution sees the same lane."""
        if self._ground.slow is not None and self._ground.slow.luma.shape != size:
            down, across = (new / old for new, old in zip(size, self._ground.slow.luma.shape, strict=True))
            self._ground.resize(size)
            for thing in self.things:
                thing.resize(across, down, size)
        self._kept = np.zeros(size, np.bool_)

    def _other_edges(self) -> bool:
        """Whether most edges are others than before, and not only in this zone: a lamp, infra-red."""
        ground = self._ground
        if np.count_nonzero(ground.new) < _ODD_PX:
            return False
        edged = (np.maximum(ground.past.energy, ground.present.energy) > ground.floor) & ~self._kept
        most, elsewhere = _OTHER_LIGHT
        many = np.count_nonzero(ground.new & edged) > most * max(int(np.count_nonzero(edged)), _ODD_PX)
        return bool(many) and self._steadied.unusual >= elsewhere

    def _wait_out(self, luma: Picture, picture: Picture, at_s: float) -> None:
        """Nothing is judged by a picture that is wholly another, until it holds; then everything is taken as it is, but
        for what stands there."""
        if self._lately is None:
            self._lately, self._alike_looks = Steadied(), 0
        self._lately.shift_px(luma, at_s)
        self._alike_looks = self._alike_looks + 1 if self._lately.unlike < _OTHER_LIGHT[1] else 0
        if not self._alike_looks:
            self._lately = Steadied()
            self._lately.shift_px(luma, at_s)
        elif self._alike_looks >= _LIT_LOOKS:
            self._steadied, self._lately = self._lately, None
            self._ground.see(picture, at_s, None)
            self._ground.relit()
            for thing in self.things:
                thing.relit(self._ground.present, self._ground.floor)

    def _watch(self) -> None:
        if not self.things:
            return
        ground = self._ground
        bare = ~self._kept
        usual = cv2.mean(ground.past.energy, bare.view(np.uint8))[0]
        clear_view = cv2.mean(ground.present.energy, bare.view(np.uint8))[0] >= _DIM * usual
        around = likeness(ground.present, ground.past, bare & ~ground.new & (ground.past.energy > 2 * ground.floor))
        for thing in self.things:
            thing.see(ground, around, clear_view=clear_view)
        at_s = ground.at_s
        stay = [t for t in self.things if t.raised or not (t.free_looks or at_s - t.seen_s > _FORGET_S)]
        if len(stay) < len(self.things):
            self.things = stay
            self._keep()

    def lives(self, thing: Thing) -> bool:
        """Whether it stirs, or is part of something that does: people who stand are never quite still."""
        return thing.sways or any(thing.is_part_of(other) for other in self.things if other.sways)

    def _find(self) -> None:
        ground, window = self._ground, self._window
        assert window is not None
        fresh = ground.new & ground.still & ~self._kept
        for region in regions(fresh, _LEAST_PX):
            if is_line(region):
                continue
            if nature_of(region, ground.present, ground.past) is not Nature.THING:
                # The detector has to have had a look at it: people on dark ground pass for holes at first.
                if ground.at_s - float(np.median(ground.since_s[region.rows, region.columns][region.mask])) < _LEARNT_S:
                    continue
                where = np.zeros_like(self._kept)
                where[region.rows, region.columns] = region.mask
                # Whoever stands there is no ground, whatever they look like.
                ground.absorb(where & ~self._kept if self._doubted is None else where & ~self._kept & ~self._doubted)
            elif region.stands_in(window.zone) >= _IN_ZONE and len(self.things) < _MOST:
                self._begin(region, fresh, ground.at_s)

    def _begin(self, region: Region, fresh: Mask, at_s: float) -> None:
        ground = self._ground
        cut = (region.rows, region.columns)
        telling = fresh[cut] & region.mask
        began_s = float(np.median(ground.since_s[cut][telling]))
        look = ground.present.part(*cut)
        thing = Thing(self._next_slot, region, telling, look, began_s, at_s, asked_s=began_s)
        thing.observed_s = min(at_s - began_s, _VOUCHED_S)
        self._next_slot += 1
        self.things.append(thing)
        self._keep()

    def _keep(self) -> None:
        """Where nothing is to be learnt: under all things, and a little around."""
        kept = np.zeros(self._kept.shape, np.uint8)
        for thing in self.things:
            kept[thing.region.rows, thing.region.columns] |= thing.region.mask.view(np.uint8)
        self._kept = cv2.dilate(kept, np.ones((5, 5), np.uint8)) > 0 if kept.any() else kept > 0

    def _painted(self, boxes: Floats, source_wh: tuple[int, int]) -> Mask:
        assert self._window is not None
        painted = np.zeros((self._window.height, self._window.width), np.uint8)
        for x1, y1, x2, y2 in self._window.from_source(boxes, source_wh).tolist():
            painted[max(0, int(y1)) : max(0, int(y2) + 1), max(0, int(x1)) : max(0, int(x2) + 1)] = 1
        return painted > 0

    def state(self) -> dict[str, Any]:
        """All that a restart needs: a few kB of what the empty ground looks like, and what stands on it."""
        if self._stored is not None:
            return self._stored
        ground_s = self._ground.at_s
        # Packing takes 1 ms and the state is asked for every few seconds: the ground changes slowly.
        keep_s = _REPACK_S if self._ground.is_known else _REPACK_NEW_S
        if self._packed is None or not 0 <= ground_s - self._packed[0] < keep_s:
            self._packed = ground_s, {"ground": self._ground.state(), "view": self._steadied.state()}
        return {
            "next_slot": self._next_slot,
            **self._packed[1],
            "things": [thing.to_json() for thing in self.things],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Raises `ValueError`, `KeyError` or `TypeError` for what is no state."""
        Background().restore(state["ground"])
        Steadied().restore(state["view"])
        self.things = [Thing.from_json(values) for values in state["things"]]
        self._next_slot, self._stored = int(state["next_slot"]), state
