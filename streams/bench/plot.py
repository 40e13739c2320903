"""Small line plots as SVG, so that a bench can show its figures without a plotting library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 420, 300  # of a panel
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 18, 34, 44
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Panel:
    """One line: `y` over `x`, both from zero."""

    title: str
    x: Sequence[float]
    y: Sequence[float]


def write_svg(path: Path, panels: Sequence[Panel], *, x_title: str, under: str = "") -> None:
    """Panels side by side, `under` in small print beneath them."""
    width, height = _WIDTH * len(panels), _HEIGHT + (22 if under else 0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for i, panel in enumerate(panels):
        parts += [f'<g transform="translate({i * _WIDTH} 0)">', *_panel(panel, x_title), "</g>"]
    if under:
        parts.append(_text(width / 2, height - 10, under, "middle", "#555"))
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")


def ticks(most: float) -> list[float]:
    """Four to six round numbers from zero to `most` or just beyond.

    >>> ticks(93)
    [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
    """
    most = max(most, 1e-9)
    scale = 1.0
    while scale * 10 <= most / 5:
        scale *= 10
    while scale > most / 5:
        scale /= 10
    step = next(scale * s for s in _STEPS if scale * s >= most / 5)
    count = 1
    while step * count < most:
        count += 1
    return [round(step * i, 10) for i in range(count + 1)]


def _panel(panel: Panel, x_title: str) -> list[str]:
    across, up = ticks(max(panel.x)), ticks(max(panel.y))
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def at(x: float, y: float) -> tuple[float, float]:
        return round(_LEFT + wide * x / across[-1], 1), round(_TOP + tall * (1 - y / up[-1]), 1)

    parts = [_text(_WIDTH / 2, 20, panel.title, "middle", "#111")]
    for value in up:
        x, y = at(0, value)
        parts.append(f'<path d="M{x} {y}H{_WIDTH - _RIGHT}" stroke="#ddd"/>')
        parts.append(_text(x - 6, y + 4, f"{value:g}", "end", "#555"))
    for value in across:
        x, y = at(value, 0)
        parts.append(_text(x, y + 16, f"{value:g}", "middle", "#555"))
    parts.append(_text(_LEFT + wide / 2, _HEIGHT - 10, x_title, "middle", "#555"))
    points = [at(x, y) for x, y in zip(panel.x, panel.y, strict=True)]
    line = " ".join(f"{x},{y}" for x, y in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="#1668a8" stroke-width="2"/>')
    for (x, y), value in zip(points, panel.y, strict=True):
        parts.append(f'<circle cx="{x}" cy="{y}" r="3.5" fill="#1668a8"/>')
        parts.append(_text(x, y - 8, f"{value:g}", "middle", "#111"))
    return parts


def _text(x: float, y: float, text: str, anchor: str, colour: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
