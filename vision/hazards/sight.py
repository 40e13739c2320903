"""What one look says of every place at once: occupied, perhaps free, hidden, or taken by something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.appearance import Patches, adapted, in_view, similarities
from vision.bare_ground import BareGround
from vision.hazards.rules import Since
from vision.hazards.table import Table
from vision.types import Detections, Floats

SAME = 0.5  # similarity from which a place is what it was
DIFFERENT = 0.4  # and below which it is not
_WITNESS = 0.3  # confidence from which a box says that something stands there though it looks different
_ADAPT = 0.1  # share of a new look that the remembered appearance takes on: dusk is slow, another car is not
_SETTLE_S = 1.0  # how long another appearance must hold before the place counts as taken by another ...
_REPLACED_S, _REPLACED_LOOKS = 5.0, 4  # ... and where a hazard has been raised, which people have been sent to
_NOT_QUITE = 0.15  # less like itself than usual by so much, after the bare ground was seen: another, though alike
BETWEEN_LOOKS_S = 5.0  # what two looks vouch for at most: longer apart, the time between was not observed
_FREE_ANYWAY_S = 10.0  # no box and nothing in front for so long: free, though the ground resembles what stood there
_HIDDEN_S = 90.0  # what is neither the thing nor the ground, and no box: something unknown before it, at most so long
_ON_TRUST_S = 45.0  # how long a new appearance, learnt when all light changed, may do without a box
_SETTLED_LOOKS = 3
_IN_VIEW = 0.4  # share of a place that no foreign box lies on, from which that part can be judged
_COVERS = 0.2  # confidence from which a box stands before a place: weaker ones flicker over empty ground

Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Look:
    """What the detector said of a look. `vehicles` are those that count, `box_of_place` int64 (N,) the row of them that
    lies on each place, -1 for none; `everything` is all that was detected. Boxes are where the places' anchors are.
    `compared` intp (C,) are the rows of those places that were looked at, `now` is the picture under their anchors and
    `alike` (C,) how much it is what is known; the others were a moment ago. `all_changed` says that the light of
    the whole picture changed at once. `under` gives the picture under any boxes,
    and `in_zone` which of them stand in the zone.
    """

    at_s: float
    source_wh: tuple[int, int]
    now: Patches
    alike: Floats
    compared: NDArray[np.intp]
    vehicles: Detections
    box_of_place: NDArray[np.int64]
    everything: Detections
    ground: BareGround
    all_changed: bool
    still_since: Since | None
    under: Callable[[Floats], Patches]
    in_zone: Callable[[Floats], Rows]


def see(table: Table, look: Look) -> Rows:
    """Take in one look, in place. Which places (N,) are known to be taken by another now."""
    unseen_s = look.at_s - table["seen_s"]
    boxed = look.box_of_place >= 0
    table["checked_s"][look.compared] = look.at_s
    alike = np.ones_like(look.alike) if look.all_changed else look.alike.copy()
    if look.all_changed:
        _trust(table, look, boxed)
    unlike = look.compared[alike < DIFFERENT]
    if len(unlike):
        boxed[unlike] &= _witnessed(look, unlike)
    gone = np.zeros(len(table), bool)
    gone[look.compared] = boxed[look.compared] & _came_back_another(table, look, alike)
    same = boxed & ~gone
    same[unlike] = False
    at = (~boxed[look.compared]).nonzero()[0]
    alone = np.zeros(len(table), bool)
    if len(at):
        view = _open_view(table, look, at, alike[at])
        alike[at] = view.alike
        # Without a box, trust in an appearance that no box has lain on since all light changed ends some time.
        doubt_s = table["doubt_s"][look.compared[at]]
        trusted = (view.alike >= SAME) & ~(look.at_s - doubt_s > _ON_TRUST_S)
        alone[look.compared[at]] = trusted
        _see_unlike(table, look, at, view, view.is_open & ~trusted)
    _see_same(table, look, same, alone, alike)
    if len(unlike):
        gone |= _see_another(table, look, boxed & ~same & ~gone)
    occupied = table["seen_s"] == look.at_s
    counted = occupied & _vouched(table["watched"], unseen_s) & (table["looks"] > 1)
    table["observed_s"] += np.where(counted, np.minimum(unseen_s, BETWEEN_LOOKS_S), 0)
    table["watched"] = occupied
    return gone


def glance(
    table: Table, now: Patches, alike: Floats, ground: BareGround, source_wh: tuple[int, int], at_s: float
) -> None:
    """Take in a look that no detector saw: it can only say that a place looks as it did, or that its ground is bare.

    It counts towards the dwell, and not among the looks that the detector's word is measured by.
    """
    same = (alike >= SAME) & ~(at_s - table["doubt_s"] > _ON_TRUST_S)
    counted = same & _vouched(table["watched"], at_s - table["seen_s"])
    table["observed_s"] += np.where(counted, np.minimum(at_s - table["seen_s"], BETWEEN_LOOKS_S), 0)
    table["seen_s"][same] = at_s
    _not_free(table, same)
    table["watched"] = same
    unlike = np.flatnonzero(alike < SAME)
    if len(unlike):
        is_bare = ground.compare(table["xyxy"][unlike], source_wh, now, unlike).bare
        left = unlike[is_bare]
        table["free_since_s"][left] = np.where(np.isnan(table["free_since_s"][left]), at_s, table["free_since_s"][left])
        table["free_looks"][left] += 1
        table["bare"][left] = True


def _vouched(watched: Rows, unseen_s: NDArray[np.float64]) -> Rows:
    """Where the time since it was last seen counts as observed: the look before saw it too, or what hid it from that
    one was there for a moment only, and it looks as it did: traffic passes."""
    vouched: Rows = watched | (unseen_s <= BETWEEN_LOOKS_S)
    return vouched


def _trust(table: Table, look: Look, boxed: Rows) -> None:
    """The light of the whole picture changed at once, as from colour to infra-red: nothing moved because of it."""
    table["detail"][look.compared] = look.now.detail
    table["rival_s"] = np.nan
    table["doubt_s"] = np.where(boxed, np.nan, look.at_s)
    table["usual"] = 1.0
    look.ground.forget()


def _witnessed(look: Look, rows: NDArray[np.intp]) -> Rows:
    """Of places that look different, those that have a box all the same."""
    boxes = look.box_of_place[rows]
    # A flicker of a box on what has changed speaks for nothing.
    sure = (boxes >= 0).nonzero()[0]
    sure = sure[look.vehicles.confidence[boxes[sure]] >= _WITNESS]
    witnessed = np.zeros(len(rows), bool)
    if len(sure):
        # What lies on a place and stands outside of the zone stands before it.
        witnessed[sure] = look.in_zone(look.vehicles.xyxy[boxes[sure]])
    return witnessed


def _came_back_another(table: Table, look: Look, alike: Floats) -> Rows | bool:
    """A box where a moment ago nothing stood: only what looks exactly like itself had not gone. Of those compared."""
    if not np.count_nonzero(table["free_looks"]):
        return False
    was = {name: table[name][look.compared] for name in ("usual", "bare", "free_looks", "raised")}
    unlike = alike < np.maximum(SAME, was["usual"] - _NOT_QUITE)
    seen_free = (was["bare"] & unlike) | ((was["free_looks"] >= 2) & (alike < DIFFERENT))
    result: Rows = was["raised"] & (was["free_looks"] > 0) & seen_free
    return result


def _see_same(table: Table, look: Look, same: Rows, alone: Rows, alike: Floats) -> None:
    occupied = same | alone
    np.copyto(table["seen_s"], look.at_s, where=occupied)
    table["looks"] += occupied
    _not_free(table, occupied)
    table["boxes"] += same
    np.copyto(table["boxed_s"], look.at_s, where=same)
    np.copyto(table["doubt_s"], np.nan, where=same)
    rows = same.nonzero()[0]
    boxes = look.box_of_place[rows]
    mean = table["confidence"][rows]
    table["confidence"][rows] = mean + (look.vehicles.confidence[boxes] - mean) / table["boxes"][rows]
    table["kinds"][rows, look.vehicles.class_id[boxes]] += 1
    table["boxed_xyxy"][rows] = (table["boxed_xyxy"][rows] + look.vehicles.xyxy[boxes]) / 2
    # Before a hazard is raised only a detection may teach: else the empty ground slowly passes for what stood there.
    at = (same | (alone & table["raised"]))[look.compared].nonzero()[0]
    if len(at):
        learning = look.compared[at]
        usual = table["usual"][learning]
        table["usual"][learning] = usual + _ADAPT * (alike[at] - usual)
        table["detail"][learning] = adapted(table["detail"][learning], look.now.detail[at], _ADAPT)


def _not_free(table: Table, rows: Rows) -> None:
    for name in ("free_since_s", "rival_s"):
        np.copyto(table[name], np.nan, where=rows)
    for name in ("free_looks", "rivalled"):
        np.copyto(table[name], 0, where=rows)
    np.copyto(table["bare"], False, where=rows)


def _see_another(table: Table, look: Look, other: Rows) -> Rows:
    """A box on what looks different: another vehicle, once it has stayed for long enough to be believed."""
    replaced = np.zeros(len(table), bool)
    for at in other[look.compared].nonzero()[0].tolist():
        row, now = int(look.compared[at]), look.now.detail[at][None]
        table["free_since_s"][row], table["free_looks"][row], table["bare"][row] = np.nan, 0, False
        if np.isnan(table["rival_s"][row]) or similarities(table["rival"][row][None], now)[0] < SAME:
            table["rival"][row], table["rival_s"][row], table["rivalled"][row] = now[0], look.at_s, 0
        table["rivalled"][row] += 1
        stood_s = look.at_s - float(table["rival_s"][row])
        if not table["raised"][row]:
            if stood_s >= _SETTLE_S:
                take_anew(table, look, row)
            continue
        # Until then it is the same hazard: headlights and rain pass.
        table["seen_s"][row] = table["boxed_s"][row] = look.at_s
        table["looks"][row] += 1
        table["boxes"][row] += 1
        replaced[row] = stood_s >= _REPLACED_S and table["rivalled"][row] >= _REPLACED_LOOKS
    return replaced


def succeed(table: Table, look: Look, row: int, slot: int) -> None:
    """Another stands there than the one that a hazard was raised for: it has a place and a number of its own."""
    if np.isnan(table["rival_s"][row]):
        table["rival_s"][row] = look.at_s
    take_anew(table, look, row)
    table["slot"][row], table["raised"][row], table["raised_from_s"][row] = slot, False, np.nan
    table["fresh_looks"][row], table["overdue_looks"][row] = 1, 0
    _not_free(table, np.arange(len(table)) == row)


def take_anew(table: Table, look: Look, row: int) -> None:
    # The rival was seen under the anchor of the one before it: it has an anchor of its own now.
    box = int(look.box_of_place[row])
    anchor = look.vehicles.xyxy[box][None]
    table["xyxy"][row], table["detail"][row] = anchor[0], look.under(anchor).detail[0]
    table["boxed_xyxy"][row] = anchor[0]
    table["confidence"][row] = look.vehicles.confidence[box]
    table["began_s"][row] = table["rival_s"][row]
    table["seen_s"][row] = table["boxed_s"][row] = look.at_s
    table["observed_s"][row] = look.at_s - table["rival_s"][row]
    table["rival_s"][row] = table["left_s"][row] = np.nan
    table["looks"][row] = table["boxes"][row] = table["usual"][row] = 1
    table["kinds"][row] = 0
    table["kinds"][row, look.vehicles.class_id[box]] = 1
    table["left"][row], table["berth"][row], table["queue"][row] = 0, -2, -2


@dataclass(frozen=True, slots=True)
class _View:
    """Of places without a box: `cells` bool, where nothing stands before them, how much those are
    `alike`, and whether there are enough of them, `is_open`."""

    cells: NDArray[np.bool_]
    alike: Floats
    is_open: Rows


def _open_view(table: Table, look: Look, at: NDArray[np.intp], alike: Floats) -> _View:
    """Of the places compared, those `at` which there is no box; `alike` is taken over, and mended."""
    rows = look.compared[at]
    boxes = look.everything.xyxy[look.everything.confidence >= _COVERS]
    cells, share = in_view(table["xyxy"][rows], boxes)
    is_open = share >= _IN_VIEW
    # A neighbour who stands before a part of it is there whether it has gone or not.
    part = (is_open & (share < 1)).nonzero()[0]
    if len(part):
        alike[part] = similarities(table["detail"][rows[part]], look.now.detail[at[part]], cells[part])
    return _View(cells, alike, is_open)


def _see_unlike(table: Table, look: Look, at: NDArray[np.intp], view: _View, unlike: Rows) -> None:
    """No box lies on it and it looks different: free, or something stands before it."""
    among = unlike.nonzero()[0]
    if not len(among):
        return
    rows = look.compared[at[among]]
    ground = look.ground.compare(table["xyxy"][rows], look.source_wh, look.now, at[among], view.cells[among])
    doubted = look.at_s - table["doubt_s"][rows] > _ON_TRUST_S
    long_hidden = look.at_s - table["seen_s"][rows] > _HIDDEN_S
    # A box on something that passed: nobody need ask what is behind it. Two on the same thing are worth waiting for,
    # where the bare ground would tell that it has gone.
    glimpsed = (table["boxes"][rows] < 2) | ~ground.known
    fresh = (table["looks"][rows] < _SETTLED_LOOKS) & ~table["raised"][rows] & glimpsed
    free = ~ground.known | ground.bare | doubted | long_hidden | fresh
    alike = np.where(doubted, -1.0, view.alike[among])
    _see_free(table, look, rows[free], alike[free], ground.bare[free])


def _see_free(table: Table, look: Look, rows: NDArray[np.intp], alike: Floats, bare: Rows) -> None:
    for row in rows[np.isnan(table["free_since_s"][rows])].tolist():
        since_s = look.at_s
        if look.still_since is not None:
            since_s = look.still_since(table["xyxy"][row], look.source_wh)[1]
        table["free_since_s"][row] = min(look.at_s, max(since_s, float(table["seen_s"][row])))
    table["bare"][rows] |= bare
    free_s = look.at_s - table["free_since_s"][rows]
    table["free_looks"][rows] += (alike < DIFFERENT) | bare | (free_s >= _FREE_ANYWAY_S)
