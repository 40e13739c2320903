"""What every rule is given of a look, and what it must answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol

from vision.types import Colours, Detections, Floats, Glimpse, Hazard, HazardKind, Picture, Tracks

Since = Callable[[Floats, tuple[int, int]], tuple[float, float]]
Crop = Callable[[tuple[int, int, int, int], tuple[int, int]], Picture]
Segment = Callable[[Picture], Floats]


@dataclass(frozen=True, slots=True)
class Observation:
    """One look of one camera, as the rules see it.

    `at_s` is capture time, s. `source_wh` is the camera's resolution: boxes are in px of that full frame. `luma`,
    uint8 (h, w), is a scaled copy of the frame's brightness, and `colours` gives what that leaves out, as in `Shot`.
    `detections` is None where the detector did not see this look, and so is `tracks`, which are of those detections.
    `still_since` answers for a box (4,) between which two looks the picture under it came to be as it is, s.
    `crop` gives a region of the full frame, px, as RGB that fits a size; `segment`, where wires can be looked for,
    gives for such RGB, uint8 (h, w, 3), how likely each pixel is a wire, float32 (h, w), 0 to 1.
    """

    at_s: float
    source_wh: tuple[int, int]
    luma: Picture
    detections: Detections | None
    tracks: Tracks | None = None
    still_since: Since | None = None
    colours: Colours | None = None
    crop: Crop | None = None
    segment: Segment | None = None


class Stage(Enum):
    """How far a rule has come with something."""

    WATCHED = auto()
    RAISED = auto()


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that a rule keeps an eye on, to be drawn: `xyxy` float32 (4,) px of the full frame."""

    xyxy: Floats
    stage: Stage
    text: str


class Rule(Protocol):
    """One hazard of one zone, watched look by look.

    `looks_hz` is how often it has to be looked for, now; `sees_colours` says whether it looks back in colours.
    """

    kind: HazardKind
    zone_id: str
    sees_colours: bool

    @property
    def looks_hz(self) -> float: ...

    def update(self, seen: Observation) -> list[Hazard]:
        """Hazards raised and cleared by this look. Call it for every look, in order of capture."""

    def wants(self, at_s: float) -> str | None:
        """Why the detector should see the next look, at about `at_s`; None where it need not."""

    def decides_s(self, at_s: float) -> float | None:
        """The next capture time after `at_s` at which a look would decide something."""

    def undated(self) -> float | None:
        """The capture time before which an older look could date the newest finds better; None where none could."""

    def look_back(self, older: Glimpse | None) -> None:
        """Take in such an older look; with None there is none."""

    def shift_clock(self, by_s: float) -> None:
        """The wall clock was set: what was seen before is timed by the new one too."""

    def marks(self) -> tuple[Mark, ...]:
        """What it keeps an eye on, for drawing."""

    def state(self) -> dict[str, Any]:
        """All that a restart needs, as JSON values."""

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from such a state. Raises `ValueError`, `KeyError` or `TypeError` where it cannot be read."""
