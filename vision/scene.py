"""What a fixed camera's scene is built of, remembered without caring for light: which way its edges run, and where.

An edge is a direction without a sign (Granlund 1978: the angle doubled, so that a bright kerb on dark asphalt and a
dark one on bright asphalt are the same), weighed by how far it stands above the picture's usual contrast. Gain, night,
infra-red and fog change brightness and contrast and leave directions alone; noise has no direction; traffic averages
out. A second field laid over the first is found by correlation, and how sharply the correlation peaks says whether the
camera still looks at the same place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Floats, Picture

GRID_WH = (96, 54)  # 7 px of a 640 px picture: larger than sensor noise and tremor, smaller than a car
CELLS_WH = (12, 9)
_CELL_WH = (GRID_WH[0] // CELLS_WH[0], GRID_WH[1] // CELLS_WH[1])
NEAR_PX = 3  # of the grid, about 3 % of the width: a mast in the wind stays within it
_RAMP_PX = 9  # lamps and vignettes are gradients wider than this, and no edges
_EDGE = 0.8  # grey levels a grid pixel; noise of 8 levels a pixel leaves 0.5
_AGREES = 0.4
_LEAST_WEIGHT = 4.0  # of cells with edges; a wall without any says nothing

# float32 (54, 96, 2): cosine and sine of the doubled angle, times the edge's weight.
Field = NDArray[np.float32]


@dataclass(frozen=True)
class Structure:
    """One picture's edges: `field`, `strength` float32 (9, 12) grey levels a grid px per cell.
    `contrast` is the spread of brightness over the grid, grey levels."""

    field: Field
    strength: Floats
    contrast: float

    @cached_property
    def has_edges(self) -> NDArray[np.bool_]:
        return self.strength > _EDGE

    @cached_property
    def spectrum(self) -> Floats:
        return _spectrum(self.field)


@dataclass(frozen=True, slots=True)
class Match:
    """How a picture lies on a scene. `peak` is the correlation near the place where the scene should be, in standard
    deviations of all other places, and `shift_px` (x, y) where it peaks, grid px; `far_peak` and `far_px` the same
    for the best place elsewhere. `agrees` bool (9, 12): cells whose edges are the scene's. `seen` is the weighed share
    of them, 0 to 1, and `patches` the number of 12 parts of the picture that are mostly the scene's, and
    plainly so: faint grain agrees with anything by chance."""

    peak: float
    shift_px: tuple[int, int]
    far_peak: float
    far_px: tuple[int, int]
    agrees: NDArray[np.bool_]
    seen: float
    patches: int


def structure_of(luma: Picture) -> Structure:
    """The edges of a picture uint8 (h, w) of any size and aspect: the grid is relative to the picture."""
    small = box_means(luma, GRID_WH)
    across, down = _slope(small, 1, 0), _slope(small, 0, 1)
    size = cast(Floats, cv2.magnitude(across, down))
    weight = 1 / ((size + max(1.0, _median(size))) * np.maximum(size, 1e-6))
    cosine = (across + down) * (across - down) * weight
    sine = across * down * (weight + weight)
    return Structure(cast(Field, cv2.merge((cosine, sine))), per_cell(size), float(cv2.meanStdDev(small)[1][0, 0]))


def _slope(small: Floats, along_x: int, along_y: int) -> Floats:
    """Change of brightness a grid px, float32, less what the surroundings have of it."""
    slope = cast(Floats, cv2.Sobel(small, cv2.CV_32F, along_x, along_y, scale=1 / 8))
    return cast(Floats, slope - cv2.blur(slope, (_RAMP_PX, _RAMP_PX)))


class Scene:
    """The edges of one view in one light, averaged over time in the coordinates of the view as it was first seen.

    `usual_peak` is what `match` gives in normal times, 0 until known.
    """

    def __init__(self, field: Field | None = None, strength: Floats | None = None) -> None:
        self.field = np.zeros((*GRID_WH[::-1], 2), np.float32) if field is None else field
        self.strength = np.zeros(CELLS_WH[::-1], np.float32) if strength is None else strength
        self.learnt_s = 0.0
        self.usual_peak = 0.0
        self._spectrum: Floats | None = None

    @property
    def weights(self) -> Floats:
        """How much each cell says of the scene, (9, 12): strong edges outlast night and fog."""
        usual = max(1.5, _median(self.strength))
        return np.where(self.strength > _EDGE, self.strength / (self.strength + usual), 0).astype(np.float32)

    @property
    def is_telling(self) -> bool:
        """False for a scene with hardly an edge, which nothing can be told by."""
        return float(self.weights.sum()) >= _LEAST_WEIGHT

    def match(self, seen: Structure) -> Match:
        if self._spectrum is None:
            self._spectrum = _spectrum(self.field)
        peak, shift, far_peak, far = _peaks(_correlated(seen.spectrum, self._spectrum))
        agreement = _agreement(_moved(seen.field, shift), self.field)
        agrees = agreement > _AGREES
        weights = self.weights
        return Match(
            peak=peak,
            shift_px=shift,
            far_peak=far_peak,
            far_px=far,
            agrees=agrees,
            seen=float(weights[agrees].sum() / max(float(weights.sum()), 1e-6)),
            patches=_patches(weights, agrees & seen.has_edges),
        )

    def turned_match(self, seen: Structure, degrees: float, zoom: float) -> tuple[float, tuple[int, int]]:
        """The peak anywhere, and where (grid px), were the camera turned about its axis and zoomed so far."""
        width, height = GRID_WH
        warp = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, zoom)
        # Anticlockwise to the eye, where y points down; a doubled angle turns by twice as much.
        cosine, sine = math.cos(2 * math.radians(degrees)), math.sin(2 * math.radians(degrees))
        turn = np.array([[cosine, sine], [-sine, cosine]], np.float32)
        turned = cast(Field, cv2.transform(cv2.warpAffine(self.field, warp, GRID_WH), turn))
        peak, shift, far_peak, far = _peaks(_correlated(seen.spectrum, _spectrum(turned)))
        return (peak, shift) if peak >= far_peak else (far_peak, far)

    def average(self, seen: Structure, shift_px: tuple[int, int], share: float) -> None:
        """Take in a picture everywhere alike."""
        self._blend(seen, shift_px, np.full(CELLS_WH[::-1], share, np.float32))

    def follow(self, seen: Structure, match: Match, share: float, share_elsewhere: float) -> None:
        """Take in a picture by `share` (0 to 1) where it agrees, by `share_elsewhere` where it does not: what covers
        the lens bit by bit is not learnt with it."""
        self._blend(seen, match.shift_px, np.where(match.agrees, share, share_elsewhere).astype(np.float32))

    def _blend(self, seen: Structure, shift_px: tuple[int, int], by: Floats) -> None:
        # In the scene's own coordinates: a camera that sags by a hair a day is not followed.
        field = _moved(seen.field, shift_px)
        self.field = self.field + _spread_out(by) * (field - self.field)
        self.strength = self.strength + by * (seen.strength - self.strength)
        self._spectrum = None


def box_means(picture: Picture, grid_wh: tuple[int, int]) -> Floats:
    """The picture's mean in each box of a grid, float32 (grid h, grid w); a third of the cost of INTER_AREA, which
    needs whole factors to be fast."""
    height, width = picture.shape
    if height < grid_wh[1] or width < grid_wh[0]:
        picture = cast(Picture, cv2.resize(picture, grid_wh, interpolation=cv2.INTER_LINEAR))
        height, width = picture.shape
    rows, columns, areas = _boxes(width, height, grid_wh)
    corners = cv2.integral(picture)[rows, columns]
    sums = corners[1:, 1:] - corners[:-1, 1:] - corners[1:, :-1] + corners[:-1, :-1]
    return sums.astype(np.float32) / areas


@lru_cache(maxsize=16)
def _boxes(width: int, height: int, grid_wh: tuple[int, int]) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    rows = np.round(np.linspace(0, height, grid_wh[1] + 1)).astype(np.intp)[:, None]
    columns = np.round(np.linspace(0, width, grid_wh[0] + 1)).astype(np.intp)[None, :]
    return rows, columns, (np.diff(rows, axis=0) * np.diff(columns, axis=1)).astype(np.float32)


def per_cell(values: Floats) -> Floats:
    """The mean over each cell of a grid-sized array, channel by channel: (54, 96) to (9, 12)."""
    return cast(Floats, cv2.resize(values, CELLS_WH, interpolation=cv2.INTER_AREA))


def _agreement(a: Field, b: Field) -> Floats:
    """Correlation of the edges in each cell, -1 to 1."""
    return cast(Floats, _products(a, b) / np.sqrt(_products(a, a) * _products(b, b) + np.float32(1e-9)))


def _products(a: Field, b: Field) -> Floats:
    """The mean in each cell of one field's edges times the other's along them, (9, 12)."""
    both = per_cell(a * b)
    return cast(Floats, both[:, :, 0] + both[:, :, 1])


def _moved(field: Field, shift_px: tuple[int, int]) -> Field:
    """The field with a shift (x, y) taken back; what leaves on one side comes in on the other, 3 px at most."""
    return field if shift_px == (0, 0) else np.roll(field, (-shift_px[1], -shift_px[0]), (0, 1))


def _spread_out(cells: Floats) -> Floats:
    """(9, 12) to (54, 96, 1): every grid pixel has its cell's value."""
    return cast(Floats, cv2.resize(cells, GRID_WH, interpolation=cv2.INTER_NEAREST)[:, :, None])


def _whitened(field: Field) -> Field:
    """Cells made equal, so that one gaudy sign does not outvote the street."""
    energy = np.sqrt(_products(field, field) * np.float32(_CELL_WH[0] * _CELL_WH[1]) + np.float32(0.3))
    return cast(Field, field / _spread_out(energy))


def _spectrum(field: Field) -> Floats:
    """Of the whitened field, float32 (54, 96, 2): OpenCV's transform takes a fifth of the time of numpy's."""
    return cast(Floats, cv2.dft(_whitened(field), flags=cv2.DFT_COMPLEX_OUTPUT))


def _correlated(a: Floats, b: Floats) -> Floats:
    product = cv2.mulSpectrums(a, b, 0, conjB=True)
    return cast(Floats, cv2.idft(product, flags=cv2.DFT_SCALE | cv2.DFT_COMPLEX_OUTPUT)[:, :, 0])


def _median(values: Floats) -> float:
    """Of an even number, the upper one: np.median takes ten times as long over its checks."""
    middle = values.size // 2
    return float(np.partition(values.ravel(), middle)[middle])


def _peaks(surface: Floats) -> tuple[float, tuple[int, int], float, tuple[int, int]]:
    """Highest near no shift at all, and highest elsewhere: each in standard deviations of the rest, with its place."""
    # Brought to the middle, the neighbourhood of no shift is one slice.
    middle_x, middle_y = GRID_WH[0] // 2, GRID_WH[1] // 2
    centred = np.roll(surface, (middle_y, middle_x), (0, 1))
    n = NEAR_PX
    near = centred[middle_y - n : middle_y + n + 1, middle_x - n : middle_x + n + 1].copy()
    wide = centred[middle_y - n - 2 : middle_y + n + 3, middle_x - n - 2 : middle_x + n + 3]
    count = centred.size - wide.size
    mean = (float(centred.sum()) - float(wide.sum())) / count
    variance = (float(np.vdot(centred, centred)) - float((wide * wide).sum())) / count - mean * mean
    spread = max(variance, 1e-12) ** 0.5
    wide[:] = mean
    y, x = divmod(int(near.argmax()), near.shape[1])
    far_y, far_x = divmod(int(centred.argmax()), centred.shape[1])
    return (
        (float(near[y, x]) - mean) / spread,
        (x - n, y - n),
        (float(centred[far_y, far_x]) - mean) / spread,
        (far_x - middle_x, far_y - middle_y),
    )


def _patches(weights: Floats, agrees: NDArray[np.bool_]) -> int:
    """Of 4 x 3 parts of 3 x 3 cells, those of which more than half of what they should show is there."""
    shape = (3, 3, 4, 3)
    there = np.where(agrees, weights, 0).reshape(shape).sum((1, 3))
    whole = weights.reshape(shape).sum((1, 3))
    return int(((whole > 1.0) & (there > 0.55 * whole)).sum())
