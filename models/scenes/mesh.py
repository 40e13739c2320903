"""Things as convex parts with flat faces, and marks (windows, lamps, wheels) that lie on those faces."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Colour = tuple[float, float, float]  # blue, green, red, 0-255


@dataclass(frozen=True)
class Mesh:
    """Vertices (V, 3) in m: x forward, y left, z up, origin on the ground below the middle.

    One row per polygon, in the order of drawing within its part: `polygons` (vertex indices), `colour` (P, 3),
    `normal` (P, 3), `glow` (P,) 0-1 (how far a lamp shines by itself), `part` (P,). Per part: `layer` (what is drawn
    first, within it far before near) and `hulls` (its vertices, for silhouette and shadow). The
    vertices from `rider_from` on are the person who sits on it.
    """

    vertices: FloatArray
    polygons: tuple[npt.NDArray[np.int64], ...]
    colour: FloatArray
    normal: FloatArray
    glow: FloatArray
    part: npt.NDArray[np.int64]
    layer: npt.NDArray[np.int64]
    hulls: tuple[npt.NDArray[np.int64], ...]
    rider_from: int | None = None

    @cached_property
    def firsts(self) -> npt.NDArray[np.int64]:
        """One vertex of each polygon."""
        return np.array([polygon[0] for polygon in self.polygons], np.int64)

    @cached_property
    def centres(self) -> FloatArray:
        """Middle of each part, (number of parts, 3)."""
        return np.array([self.vertices[hull].mean(axis=0) for hull in self.hulls])

    @cached_property
    def footing(self) -> npt.NDArray[np.int64]:
        """Vertices of the parts that reach below 1 m: what darkens the ground underneath."""
        low = [hull for hull in self.hulls if self.vertices[hull, 2].min() < 1.0]
        return np.concatenate(low) if low else np.arange(len(self.vertices))


def colour_of(values: Iterable[float]) -> Colour:
    """Three numbers as a colour, held to 0-255."""
    b, g, r = (min(255.0, max(0.0, float(value))) for value in values)
    return b, g, r


class MeshBuilder:
    """Collects parts; `build()` gives the Mesh."""

    def __init__(self) -> None:
        self._vertices: list[FloatArray] = []
        self._rows: list[FloatArray] = []
        self._polygons: list[npt.NDArray[np.int64]] = []
        self._colours: list[Colour] = []
        self._normals: list[FloatArray] = []
        self._glows: list[float] = []
        self._parts: list[int] = []
        self._layers: list[int] = []
        self._hulls: list[npt.NDArray[np.int64]] = []
        self._count = 0
        self._rider_from: int | None = None

    def build(self) -> Mesh:
        return Mesh(
            np.concatenate(self._vertices),
            tuple(self._polygons),
            np.array(self._colours, np.float64),
            np.stack(self._normals),
            np.array(self._glows),
            np.array(self._parts, np.int64),
            np.array(self._layers, np.int64),
            tuple(self._hulls),
            self._rider_from,
        )

    def mount(self) -> None:
        """Whatever is added from here on is the person who sits on the thing."""
        self._rider_from = self._count

    def _add(self, points: FloatArray) -> npt.NDArray[np.int64]:
        index = np.arange(self._count, self._count + len(points))
        rows = np.asarray(points, np.float64)
        self._vertices.append(rows)
        self._rows.extend(rows)
        self._count += len(points)
        return index

    def _face(self, index: npt.NDArray[np.int64], colour: Colour, normal: FloatArray, glow: float = 0.0) -> int:
        self._polygons.append(index)
        self._colours.append(colour)
        self._normals.append(normal)
        self._glows.append(glow)
        self._parts.append(len(self._layers) - 1)
        return len(self._polygons) - 1

    def solid(self, bottom: FloatArray, top: FloatArray, colour: Colour, layer: int = 0) -> list[int]:
        """A convex part between two rings of K points each, counter-clockwise from above; top (K, 3), bottom (K, 3).

        Faces returned: K sides in ring order (side i joins points i and i+1), then the top.
        """
        self._layers.append(layer)
        lower, upper = self._add(bottom), self._add(top)
        self._hulls.append(np.concatenate([lower, upper]))
        centre = (bottom.mean(axis=0) + top.mean(axis=0)) / 2
        faces = []
        count = len(bottom)
        for i in range(count):
            j = (i + 1) % count
            ring = np.array([lower[i], lower[j], upper[j], upper[i]])
            corners = np.array([bottom[i], bottom[j], top[j], top[i]])
            faces.append(self._face(ring, colour, outward(corners, centre)))
        faces.append(self._face(upper, colour, outward(top, centre)))
        return faces

    def box(
        self, x: tuple[float, float], y: tuple[float, float], z: tuple[float, float], colour: Colour, layer: int = 0
    ) -> list[int]:
        """An upright box; faces: right (-y), front (+x), left (+y), rear (-x), top."""
        return self.frustum(x, y, z[0], x, y, z[1], colour, layer)

    def frustum(
        self,
        x0: tuple[float, float],
        y0: tuple[float, float],
        z0: float,
        x1: tuple[float, float],
        y1: tuple[float, float],
        z1: float,
        colour: Colour,
        layer: int = 0,
    ) -> list[int]:
        """A box whose top is another rectangle; faces as in `box`, each side's corners run along the bottom first."""
        return self.solid(_rectangle(x0, y0, z0), _rectangle(x1, y1, z1), colour, layer)

    def profile(
        self, xz: Sequence[tuple[float, float]], half_width: float, colour: Colour, layer: int = 0
    ) -> list[int]:
        """A convex side view (x, z), counter-clockwise as seen from the right, made wide; faces: edges, right, left."""
        self._layers.append(layer)
        points = np.array([(x, 0.0, z) for x, z in xz])
        right, left = points.copy(), points.copy()
        right[:, 1], left[:, 1] = -half_width, half_width
        r, m = self._add(right), self._add(left)
        self._hulls.append(np.concatenate([r, m]))
        centre = points.mean(axis=0)
        faces = []
        count = len(points)
        for i in range(count):
            j = (i + 1) % count
            # Corners go: right, left, left of the next, right of the next: u runs across, v along the profile.
            ring = np.array([r[i], m[i], m[j], r[j]])
            faces.append(self._face(ring, colour, outward(np.array([right[i], left[i], left[j], right[j]]), centre)))
        faces.append(self._face(r, colour, np.array([0.0, -1.0, 0.0])))
        faces.append(self._face(m, colour, np.array([0.0, 1.0, 0.0])))
        return faces

    def mark(
        self, face: int, u: tuple[float, float], v: tuple[float, float], colour: Colour, glow: float = 0.0
    ) -> None:
        """A quadrilateral on a four-cornered face; u runs from its first corner to the second, v to the fourth."""
        a, b, c, d = (self._rows[int(i)] for i in self._polygons[face])
        corners = [
            (1 - s) * (1 - t) * a + s * (1 - t) * b + s * t * c + (1 - s) * t * d
            for s, t in ((u[0], v[0]), (u[1], v[0]), (u[1], v[1]), (u[0], v[1]))
        ]
        index = self._add(np.array(corners))
        self._face(index, colour, self._normals[face], glow)
        self._parts[-1] = self._parts[face]

    def pane(self, face: int, corners: Sequence[tuple[float, float, float]], colour: Colour) -> None:
        """A polygon given by its own corners that shows whenever `face` does."""
        self._face(self._add(np.array(corners)), colour, self._normals[face])
        self._parts[-1] = self._parts[face]

    def wheels(self, xs: Sequence[float], half_width: float, radius: float) -> None:
        """Wheel faces on both sides of the part made last."""
        for x in xs:
            for side in (-1.0, 1.0):
                normal = np.array([0.0, side, 0.0])
                for share, colour in (
                    (1.0, (28.0, 28.0, 28.0)),
                    (0.58, (120.0, 120.0, 120.0)),
                    (0.22, (50.0, 50.0, 50.0)),
                ):
                    ring = circle_xz(x, side * half_width, radius, radius * share)
                    self._face(self._add(ring), colour, normal)

    def disc(self, x: float, radius: float, half_width: float, colour: Colour, layer: int = 0) -> None:
        """A free wheel, standing along x."""
        self._layers.append(layer)
        first = self._count
        for side in (-1.0, 1.0):
            ring = self._add(circle_xz(x, side * half_width, radius, radius))
            self._face(ring, colour, np.array([0.0, side, 0.0]))
            rim = self._add(circle_xz(x, side * half_width, radius, radius * 0.6))
            self._face(rim, (105.0, 105.0, 105.0), np.array([0.0, side, 0.0]))
        tread = self._add(
            np.array(
                [
                    [x - radius * 0.7, -half_width, radius * 1.7],
                    [x + radius * 0.7, -half_width, radius * 1.7],
                    [x + radius * 0.7, half_width, radius * 1.7],
                    [x - radius * 0.7, half_width, radius * 1.7],
                ]
            )
        )
        self._face(tread, colour, np.array([0.0, 0.0, 1.0]))
        for sign in (-1.0, 1.0):
            edge = self._add(
                np.array(
                    [
                        [x + sign * radius * 0.95, -half_width, 0.05],
                        [x + sign * radius * 0.95, half_width, 0.05],
                        [x + sign * radius * 0.95, half_width, radius * 1.6],
                        [x + sign * radius * 0.95, -half_width, radius * 1.6],
                    ]
                )
            )
            self._face(edge, colour, np.array([sign, 0.0, 0.0]))
        self._hulls.append(np.arange(first, self._count))

    def ball(
        self, centre: tuple[float, float, float], radii: tuple[float, float, float], colour: Colour, layer: int
    ) -> None:
        """A rounded lump of three rings."""
        angles = np.linspace(0, 2 * math.pi, 8, endpoint=False)
        ring = np.column_stack([np.cos(angles) * radii[0], np.sin(angles) * radii[1], np.zeros(8)])
        c = np.array(centre)
        low = c + ring * [0.55, 0.55, 1] - [0, 0, radii[2] * 0.85]
        middle = c + ring
        high = c + ring * [0.6, 0.6, 1] + [0, 0, radii[2] * 0.85]
        self.solid(low, middle, colour, layer)
        self.solid(middle, high, colour, layer + 1)


def circle_xz(x: float, y: float, z: float, radius: float) -> FloatArray:
    """Twelve points of an upright circle."""
    angles = np.linspace(0, 2 * math.pi, 12, endpoint=False)
    return np.column_stack([x + radius * np.cos(angles), np.full(12, y), z + radius * np.sin(angles)])


def outward(corners: FloatArray, centre: FloatArray) -> FloatArray:
    """Unit normal of a flat face, pointing away from `centre`. Scalars: numpy's cross takes ten times as long."""
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = corners[:3].tolist()
    ux, uy, uz, vx, vy, vz = bx - ax, by - ay, bz - az, cx - ax, cy - ay, cz - az
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    length = math.sqrt(nx * nx + ny * ny + nz * nz)
    if length < 1e-9:
        return np.array([0.0, 0.0, 1.0])
    middle = corners.mean(axis=0) - centre
    sign = -1.0 if nx * middle[0] + ny * middle[1] + nz * middle[2] < 0 else 1.0
    return np.array([nx, ny, nz]) * (sign / length)


def _rectangle(x: tuple[float, float], y: tuple[float, float], z: float) -> FloatArray:
    return np.array([[x[0], y[0], z], [x[1], y[0], z], [x[1], y[1], z], [x[0], y[1], z]])
