"""Why a hazard was raised or is over: the figures that its rule decided by, and one plain sentence made from them.

`docs/events.md` tells people what each figure means, and the pages have the same phrases in both languages
(`api/pages/js/why.js`); tests hold the three together. A figure that is not listed here is passed on and shown by its
own name: workers, the API and the pages may be of different days.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from vision.types import HazardKind

Why = Mapping[str, float | str]
_WORD = 64  # characters of a word: the API refuses longer ones, and weights may have long names

# Seconds are of capture time; a share is 0 to 1; every figure is optional.
FIGURES: dict[str, str] = {
    "slot": "number of the place within its zone, for as long as the hazard lasts",
    "what": "what it is: vehicle, or thing where no class is known for it",
    "dwell_s": "seconds that it has lasted",
    "limit_s": "seconds that the zone allows",
    "clear_s": "seconds that it must be seen gone before the all-clear; in clearings",
    "unknown_s": "seconds of `dwell_s` in which no look could see it",
    "looks": "looks that knew it to be there",
    "boxes": "looks in which the detector found it",
    "count": "people at once, as the rule counted them",
    "count_about": "about how many stand there together, too dense to count, within twice the radius",
    "count_low": "the fewest that these may be, four times of five ...",
    "count_high": "... and the most",
    "filled": "as many people as would take up the view that these take up, if none hid another",
    "limit_count": "people that the zone allows",
    "radius_m": "metres on the ground within which they stand",
    "density_m2": "people a square metre, of those counted",
    "growth_per_min": "people more each minute; negative, and not said, while it shrinks",
    "length_error": "how far off lengths on the ground may be, a share",
    "blocked_share": "part of the lane's width that it takes, a share",
    "area_m2": "square metres of the zone that it covers, seen from the air",
    "area_share": "part of the picture that it takes, a share",
    "wire_share": "part of the zone that wires cover, a share",
    "baseline_share": "the same when the zone was last approved",
    "new_wires": "length of wires that were not approved, in sides of the zone",
    "limit_new_wires": "the same that the zone allows",
    "new_wires_m": "the same length in metres, where the zone says how wide it is",
    "crossings": "crossings of wires",
    "baseline_crossings": "the same when the zone was last approved",
    "threshold": "confidence that raising takes, 0 to 1",
    "confidence": "mean confidence of what was found, 0 to 1",
    "model": "the weights that looked",
    "precision": "what they computed in: fp32, bf16, fp16, int8",
}

_AT_REST = (HazardKind.ILLEGAL_PARKING, HazardKind.FIRE_LANE)
_ANY = tuple(HazardKind)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of the sentence, said where all its figures are there and no phrase before it has said one of them.

    Shares are said in percent. `detail` ones are for whoever wants to know how it was judged, not for whoever has to
    go there.
    """

    name: str
    figures: tuple[str, ...]
    english: str
    kinds: tuple[HazardKind, ...] = _ANY
    detail: bool = False
    where: tuple[str, str] | None = None  # said only where this figure is that word


PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "thing_stood",
        ("dwell_s", "slot"),
        "something, no vehicle, stood {dwell_s} s in place #{slot}",
        _AT_REST,
        where=("what", "thing"),
    ),
    Phrase("stood", ("dwell_s", "slot"), "stood {dwell_s} s in place #{slot}", _AT_REST),
    Phrase("lasted", ("dwell_s",), "lasted {dwell_s} s"),
    Phrase(
        "counted_about",
        ("count", "count_about", "count_low", "count_high"),
        "at least {count} people, about {count_about} ({count_low} to {count_high})",
    ),
    Phrase("counted", ("count",), "{count} people"),
    Phrase("within", ("radius_m",), "within {radius_m} m"),
    Phrase("dense", ("density_m2",), "{density_m2} people a square metre"),
    Phrase("growth", ("growth_per_min",), "{growth_per_min} more a minute"),
    Phrase("allowed_both", ("limit_count", "limit_s"), "limit {limit_count} people for {limit_s} s"),
    Phrase("new_wires_m", ("new_wires_m",), "{new_wires_m} m of wires that were not approved"),
    Phrase("wires_grown", ("wire_share", "baseline_share"), "wires cover {wire_share}, {baseline_share} were approved"),
    Phrase("wires", ("wire_share",), "wires cover {wire_share}"),
    Phrase("crossings", ("crossings", "baseline_crossings"), "{crossings} crossings, {baseline_crossings} approved"),
    Phrase("blocked", ("blocked_share",), "takes {blocked_share} of the lane's width"),
    Phrase("covers", ("area_m2",), "covers {area_m2} m²"),
    Phrase("allowed", ("limit_s",), "limit {limit_s} s"),
    Phrase("free", ("clear_s",), "seen gone for {clear_s} s"),
    Phrase("seen", ("boxes", "looks"), "seen in {boxes} of {looks} looks"),
    Phrase("looked", ("looks",), "{looks} looks"),
    Phrase("unknown", ("unknown_s",), "{unknown_s} s unknown"),
    Phrase(
        "new_wires",
        ("new_wires", "limit_new_wires"),
        "new wires {new_wires} sides, {limit_new_wires} allowed",
        detail=True,
    ),
    Phrase("filled", ("filled",), "they fill the view of {filled} people side by side", detail=True),
    Phrase("off", ("length_error",), "lengths off by {length_error}", detail=True),
    Phrase("area", ("area_share",), "takes {area_share} of the picture", detail=True),
    Phrase("sure", ("confidence", "threshold"), "confidence {confidence}, {threshold} needed", detail=True),
    Phrase("sure_alone", ("confidence",), "confidence {confidence}", detail=True),
    Phrase("model", ("model", "precision"), "found by {model} in {precision}", detail=True),
)
_SILENT = frozenset({"slot", "what", "detected"})  # told elsewhere, or by events of earlier workers and never missed

_NOT_IF_NONE = frozenset({"unknown_s", "growth_per_min"})  # worth a word only where there was any


def sentence(kind: HazardKind, why: Why, *, details: bool = False) -> str:
    """The figures as one English sentence, without a full stop. With `details` also those for whoever wants to know how
    it was judged, and at the end, by their own names, those that nobody has words for.

    >>> sentence(HazardKind.ILLEGAL_PARKING, {"dwell_s": 62.1, "slot": 3, "limit_s": 60, "looks": 32, "boxes": 31})
    'stood 62 s in place #3; limit 60 s; seen in 31 of 32 looks'
    """
    said: set[str] = set()
    parts: list[str] = []
    for phrase in PHRASES:
        if phrase.where is not None and why.get(phrase.where[0]) != phrase.where[1]:
            continue
        if kind not in phrase.kinds or not all(_tells(f, why) and f not in said for f in phrase.figures):
            continue
        said.update(phrase.figures)
        if details or not phrase.detail:
            parts.append(phrase.english.format(**{name: shown(why[name], name) for name in phrase.figures}))
    others = [name for name in why if details and name not in FIGURES and name not in _SILENT]
    return "; ".join(parts + [f"{name} {shown(why[name], name)}" for name in others])


def _tells(name: str, why: Why) -> bool:
    value = why.get(name)
    nothing = name in _NOT_IF_NONE and isinstance(value, int | float) and value < 0.5
    return value is not None and not nothing


def shown(value: float | str, name: str = "") -> str:
    """A figure as people read it: a share in percent, others whole from 10 on, else with as many digits as tell
    something.

    >>> shown(62.08), shown(3.0), shown(0.8125), shown("bf16"), shown(0.347, "wire_share")
    ('62', '3', '0.81', 'bf16', '35%')
    """
    if isinstance(value, str):
        return value
    if name.endswith(("_share", "_error")):
        return f"{100 * value:.0f}%"
    return f"{value:.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.2f}".rstrip("0")


def told(why: Why) -> dict[str, float | str]:
    """As an event carries it: numbers to a thousandth, none that is no number, and words of 64 characters at most."""
    return {
        name: value[:_WORD] if isinstance(value, str) else round(float(value), 3)
        for name, value in why.items()
        if isinstance(value, str) or math.isfinite(value)
    }
