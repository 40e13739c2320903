"""A wire segmenter that is loaded at its first use: most sites never ask for one."""

from __future__ import annotations

from collections.abc import Callable

from vision.types import Floats, Picture
from vision.wires import WireFinder

OpenWires = Callable[[], WireFinder]


class LateWires:
    """One inference thread's own. Raises whatever opening raises, at the first look that asks."""

    def __init__(self, open_wires: OpenWires) -> None:
        self._open = open_wires
        self._finder: WireFinder | None = None

    def __call__(self, rgb: Picture) -> Floats:
        """How likely each pixel of `rgb`, uint8 (h, w, 3), is a wire: float32 (h, w), 0 to 1."""
        if self._finder is None:
            self._finder = self._open()
        return self._finder(rgb)
