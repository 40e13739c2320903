"""WCAG AA: text at 4.5 : 1 and edges of controls at 3 : 1, computed from the tokens, in the dark and in the light."""

from __future__ import annotations

import re

import pytest

from tests.pages.sources import PAGES

SURFACES = ("bg", "surface", "surface-2")
TEXT_PAIRS = [
    *(
        (text, back)
        for text in ("text", "text-2", "text-3", "accent", "hazard", "danger", "ok", "info")
        for back in SURFACES
    ),
    *((name, f"{name}-wash") for name in ("accent", "hazard", "danger", "ok", "info")),
    ("text", "surface-3"),
    ("text-2", "surface-3"),
    ("on-accent", "accent-strong"),
    ("on-accent", "accent"),
]
EDGE_PAIRS = [(edge, back) for edge in ("line-strong", "accent-strong") for back in SURFACES]


def tokens() -> dict[str, dict[str, str]]:
    text = (PAGES / "css" / "tokens.css").read_text(encoding="utf-8")
    dark, light = text.split("@media not (prefers-color-scheme: dark)")
    found = {
        name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part))
        for name, part in (("dark", dark), ("light", light))
    }
    assert set(found["dark"]) == set(found["light"])
    return found


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance of an sRGB colour."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_twenty_one_to_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT_PAIRS, 4.5), (EDGE_PAIRS, 3.0)], ids=["text", "edges"])
def test_pairs_reach_their_contrast(theme: str, pairs: list[tuple[str, str]], least: float) -> None:
    colours = tokens()[theme]
    weak = {f"{a} on {b}": round(found, 2) for a, b in pairs if (found := contrast(colours[a], colours[b])) < least}
    assert weak == {}
