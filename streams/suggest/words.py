"""A suggestion in plain words: one English sentence a reason, as the pages say it in both languages."""

from __future__ import annotations

from streams.suggest.proposal import ProposedZone, Reason, Suggestion
from vision.hazards.why import shown

REASONS: dict[Reason, str] = {
    Reason.FREE_LANE: "{vehicles} vehicles drove through and none stood",
    Reason.QUEUE: "{stood} vehicles stood here, {usual_s} s at most as a rule, and drove on: traffic waits here",
    Reason.STANDING: "{stood} vehicles stood here, the longest for {longest_s} s, and hardly any drove through",
    Reason.PEOPLE: "people are here, {together} near each other at most",
}
KEYS_FAR_APART_S = 4.0  # as streams.decoding.cadence: from here on every packet has to be decoded


def reason(proposed: ProposedZone) -> str:
    """Why a zone is proposed. Raises `KeyError` where a figure of its reason is missing."""
    return REASONS[proposed.reason].format(**{name: shown(value) for name, value in proposed.figures.items()})


def needs(found: Suggestion) -> list[str]:
    """What the camera itself needs, a sentence each."""
    said = []
    if found.small_objects:
        said.append(f"{found.small_share:.0%} of what was found is small: set small_objects = true")
    if found.key_interval_s is not None and found.key_interval_s > KEYS_FAR_APART_S:
        said.append(
            f"a key frame comes every {found.key_interval_s:g} s: set the camera to one every 2 s, and it is decoded "
            "for a twelfth of the cost"
        )
    if found.ground is not None:
        said.append(f"the ground was learnt from {found.ground_boxes} persons and cars: measured points are better")
    return said
