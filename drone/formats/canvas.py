"""An SVG page with a map in metres on it, and sentences under the map."""

from __future__ import annotations

import textwrap
from html import escape

import numpy as np
from shapely.geometry.base import BaseGeometry

from drone.plane import Points

MAP_PX, MARGIN_PX, LINE_PX = 1000, 30, 17
_CHARACTERS = 132  # of a line under the map, at 12 px
_WIDEST_PX = MAP_PX
_LEAST_BAR_PX = 60


class Canvas:
    """North up, metres to scale: what is drawn later lies above what was drawn before."""

    def __init__(self, corners: Points, room_m: float = 40.0) -> None:
        self._low = corners.min(axis=0) - room_m
        size = corners.max(axis=0) + room_m - self._low
        self.scale = (MAP_PX - 2 * MARGIN_PX) / float(size.max())
        self._high = float(size[1]) * self.scale + 2 * MARGIN_PX
        self._wide = max(float(size[0]) * self.scale + 2 * MARGIN_PX, 640.0)
        self._aside = (self._wide - float(size[0]) * self.scale) / 2
        self._parts: list[str] = []
        self._under: list[str] = []
        self._under_px = 14.0

    def _at(self, points: Points) -> Points:
        moved = (np.atleast_2d(points) - self._low) * self.scale
        return np.column_stack([moved[:, 0] + self._aside, self._high - MARGIN_PX - moved[:, 1]])

    def _path(self, points: Points, close: bool = False) -> str:
        return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in self._at(points)) + (" Z" if close else "")

    def polygon(self, shape: BaseGeometry, fill: str, stroke: str, dash: str = "") -> None:
        for part in getattr(shape, "geoms", [shape]):
            if part.is_empty:
                continue
            rings = " ".join(self._path(np.asarray(r.coords)[:-1], True) for r in (part.exterior, *part.interiors))
            self._parts.append(
                f'<path d="{rings}" fill="{fill}" fill-rule="evenodd" stroke="{stroke}"{_dashed(dash)}/>'
            )

    def line(self, points: Points, stroke: str, width: float = 1.8, dash: str = "") -> None:
        self._parts.append(
            f'<path d="{self._path(points)}" fill="none" stroke="{stroke}" stroke-width="{width:g}"{_dashed(dash)}/>'
        )

    def dot(self, at: Points, fill: str, radius: float = 2.5) -> None:
        x, y = self._at(at)[0]
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}"/>')

    def text(self, at: Points, says: str, size: int = 12, fill: str = "#222", dx: float = 4, dy: float = -3) -> None:
        x, y = self._at(at)[0]
        # White round the letters: they are read over lines, too.
        self._parts.append(
            f'<text x="{x + dx:.1f}" y="{y + dy:.1f}" font-size="{size}" fill="{fill}" stroke="white" '
            f'stroke-width="2.5" paint-order="stroke">{escape(says)}</text>'
        )

    def square(self, at: Points, fill: str) -> None:
        x, y = self._at(at)[0]
        self._parts.append(
            f'<rect x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12" fill="{fill}" stroke="white"/>'
        )

    def triangle(self, at: Points, fill: str) -> None:
        x, y = self._at(at)[0]
        self._parts.append(f'<path d="M{x:.1f},{y - 8:.1f} l7.5,13 h-15 Z" fill="{fill}" stroke="white"/>')

    def mark(self, at: Points, number: int, fill: str, says: str) -> None:
        """A numbered place, of which a sentence under the map tells."""
        x, y = self._at(at)[0]
        d = f"M{x - 6:.1f},{y - 6:.1f} l12,12 m0,-12 l-12,12"
        self._parts.append(
            f'<g><title>{escape(says)}</title><path d="{d}" stroke="{fill}" stroke-width="3"/>'
            f'<circle cx="{x + 13:.1f}" cy="{y - 13:.1f}" r="9" fill="{fill}" stroke="white"/>'
            f'<text x="{x + 13:.1f}" y="{y - 9:.1f}" font-size="11" font-weight="bold" fill="white" '
            f'text-anchor="middle">{number}</text></g>'
        )

    def under(self, says: str, fill: str = "#222", key: str = "") -> None:
        """A sentence under the map; `key` is drawn before it."""
        if key:
            self._under.append(f'<g transform="translate({MARGIN_PX},{self._under_px:.0f})">{key}</g>')
        for line in textwrap.wrap(says, int(_CHARACTERS * self._wide / _WIDEST_PX)) or [""]:
            self._under.append(
                f'<text x="{MARGIN_PX + 44}" y="{self._under_px + 4:.0f}" font-size="12" fill="{fill}">'
                f"{escape(line)}</text>"
            )
            self._under_px += LINE_PX
        self._under_px += 3

    def svg(self) -> str:
        # A file with its coordinates mixed up may span continents.
        steps_m = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 100_000, 1_000_000)
        step_m = next((m for m in steps_m if m * self.scale >= _LEAST_BAR_PX), steps_m[-1])
        bar = f"M{MARGIN_PX},{self._high - 10:.1f} h{step_m * self.scale:.1f}"
        north = f"M{self._wide - 24:.1f},34 l5,14 l-5,-4 l-5,4 Z"
        high = self._high + self._under_px + 8
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self._wide:.0f}" height="{high:.0f}" '
            f'font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>\n'
            + "\n".join(self._parts)
            + f'\n<path d="{bar}" stroke="#111" stroke-width="3"/><text x="{MARGIN_PX}" y="{self._high - 16:.1f}" '
            f'font-size="11">{step_m} m</text><path d="{north}" fill="#111"/>'
            f'<text x="{self._wide - 24:.1f}" y="28" font-size="12" text-anchor="middle">N</text>\n'
            f'<g transform="translate(0,{self._high:.0f})">\n' + "\n".join(self._under) + "\n</g></svg>\n"
        )


def _dashed(dash: str) -> str:
    return f' stroke-dasharray="{dash}"' if dash else ""
