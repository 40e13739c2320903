"""Champion against challenger: the same held-back pictures before both, and how certain the difference is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from models.session import open_session
from models.spec import ModelSpec, ObjectClass
from vision.bootstrap import Difference, Labels, paired_bootstrap
from vision.detect import Detector
from vision.types import Detections, Picture

Truth = tuple[Picture, Labels]  # RGB uint8 (H, W, 3), class ids (M,) and xyxy (M, 4) in px of it

# Rules begin at 0.1 and more; the curve wants its tail, but not three hundred guesses a picture.
_FLOOR = 0.01
# Fewer say nothing: one picture would be a twentieth of the figure.
LEAST_PICTURES, LEAST_BOXES = 20, 100
# A class loses for certain when the middle 95 % of the draws lies below nothing.
_CLASS_BOXES = 30


@dataclass(frozen=True, slots=True)
class Comparison:
    """`overall` is the difference of mean AP50, challenger less champion; `by_class` by the class's name."""

    champion: str
    challenger: str
    pictures: int
    overall: Difference
    by_class: dict[str, Difference]

    @property
    def losses(self) -> dict[str, Difference]:
        """Classes that the challenger finds worse, for certain, with enough boxes to say so."""
        return {name: one for name, one in self.by_class.items() if one.high < 0 and one.boxes >= _CLASS_BOXES}

    def enough(self) -> bool:
        return self.pictures >= LEAST_PICTURES and self.overall.boxes >= LEAST_BOXES

    def better(self, certainty: float) -> bool:
        """Whether the challenger may take over: enough to judge by, ahead, and with this certainty (0 to 1)."""
        return self.enough() and self.overall.gain > 0 and self.overall.certainty >= certainty

    def facts(self) -> dict[str, Any]:
        def plain(one: Difference) -> dict[str, float]:
            return {key: round(value, 4) for key, value in (*asdict(one).items(), ("gain", one.gain))}

        return {
            "champion": self.champion,
            "challenger": self.challenger,
            "pictures": self.pictures,
            "ap50": plain(self.overall),
            "by_class": {name: plain(one) for name, one in self.by_class.items()},
            "losses": sorted(self.losses),
        }

    def sentence(self) -> str:
        """The figures for a person."""
        one = self.overall
        text = (
            f"{self.challenger} {one.ours:.3f}, {self.champion} {one.theirs:.3f} AP50 on {self.pictures} pictures "
            f"({one.boxes} boxes): {one.gain:+.3f}, 95 % between {one.low:+.3f} and {one.high:+.3f}, "
            f"better with {one.certainty:.1%} certainty"
        )
        if not self.enough():
            text += f"; too few to judge by: at least {LEAST_PICTURES} pictures and {LEAST_BOXES} boxes are needed"
        for name, loss in self.losses.items():
            text += f"; loses {-loss.gain:.3f} on {name} ({loss.boxes} boxes)"
        return text


def challenge(
    champion: ModelSpec,
    challenger: ModelSpec,
    pictures: Iterable[Truth],
    *,
    threads: int = 1,
    draws: int = 2000,
    progress: Callable[[int], None] = lambda done: None,
) -> Comparison:
    """Both models in float32 over the pictures, gone through once.

    Raises:
        ValueError: nothing is labelled in the pictures.
        NoProvider: one of them cannot be loaded here.
    """
    first = open_session(champion, threads=threads)
    second = open_session(challenger, provider=first.provider, threads=threads)
    detectors = [
        Detector(champion, first.run, floor=_FLOOR),
        Detector(challenger, second.run, floor=_FLOOR),
    ]
    found: list[list[Detections]] = [[], []]
    labels: list[Labels] = []
    for rgb, truth in pictures:
        high, wide = rgb.shape[:2]
        for which, detector in enumerate(detectors):
            found[which].append(detector(rgb, (wide, high)))
        labels.append(truth)
        progress(len(labels))
    return compared(champion.name, challenger.name, found[0], found[1], labels, draws=draws)


def compared(
    champion: str,
    challenger: str,
    theirs: Sequence[Detections],
    ours: Sequence[Detections],
    labels: Sequence[Labels],
    *,
    draws: int = 2000,
) -> Comparison:
    """As `challenge`, of detections that are there already."""
    overall, by_class = paired_bootstrap(ours, theirs, labels, [int(one) for one in ObjectClass], draws=draws)
    named = {ObjectClass(which).label: one for which, one in by_class.items()}
    return Comparison(champion, challenger, len(labels), overall, named)
