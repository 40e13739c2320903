"""Words on pictures: a strip of wrapped lines below one, and labels that can be read on any ground. ASCII only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from vision.types import Picture

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_MARGIN = 8


def font_scale(width: int) -> float:
    """Readable where a picture of that width is shown as wide as a screen."""
    return max(0.38, width / 2200)


class Strip:
    """A dark strip of one size for all pictures of a video, `width` px wide and with room for `lines`."""

    def __init__(self, width: int, lines: int) -> None:
        self.width, self._lines = width, lines
        self._scale = font_scale(width)
        self._line_px = round(34 * self._scale)
        height = lines * self._line_px + _MARGIN
        self.height = height + height % 2  # an encoder wants even sides

    def written(self, paragraphs: Sequence[tuple[str, tuple[int, int, int]]]) -> Picture:
        """uint8 (height, width, 3); what has no room is left out, and three dots say so."""
        strip: Picture = np.full((self.height, self.width, 3), 24, np.uint8)
        rows = [(line, colour) for text, colour in paragraphs for line in self.wrapped(text)]
        if len(rows) > self._lines:
            rows = [*rows[: self._lines - 1], ("...", rows[self._lines - 1][1])]
        for n, (line, colour) in enumerate(rows):
            at = (_MARGIN, _MARGIN // 2 + round((n + 0.75) * self._line_px))
            cv2.putText(strip, line, at, _FONT, self._scale, colour, 1, cv2.LINE_AA)
        return strip

    def wrapped(self, text: str) -> Iterator[str]:
        """Lines no wider than the strip, broken between words; a word that is wider by itself is cut."""
        line = ""
        for word in text.split():
            longer = f"{line} {word}" if line else word
            if self._fits(longer):
                line = longer
                continue
            if line:
                yield line
            while not self._fits(word):
                most = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or self._fits(word[:n]))
                yield word[:most]
                word = word[most:]
            line = word
        if line:
            yield line

    def _fits(self, text: str) -> bool:
        (width, _), _ = cv2.getTextSize(text, _FONT, self._scale, 1)
        return width <= self.width - 2 * _MARGIN


def write(picture: Picture, text: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """A label on a dark ground, kept within the picture; `at` is its lower left corner, px."""
    h, w = picture.shape[:2]
    scale = font_scale(w)
    (width, height), below = cv2.getTextSize(text, _FONT, scale, 1)
    x = min(max(at[0], 0), max(w - width - 1, 0))
    y = min(max(at[1], height + 1), h - below - 1)
    under = picture[max(0, y - height - 2) : y + below, x : x + width + 2]
    under //= 3
    cv2.putText(picture, text, (x, y), _FONT, scale, colour, 1, cv2.LINE_AA)
