"""What is suggested for a camera, for a person to accept, change or discard. Nothing here takes effect by itself."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from streams.settings.ground import GroundSettings
from streams.settings.strict import Strict
from streams.site import Fraction, Identifier, ZoneSpec

MOST_ZONES = 24
Figure = Annotated[float, Field(allow_inf_nan=False)]


class Reason(StrEnum):
    """Why a zone is proposed; `docs/suggest.md` says what each takes, and its figures are those named here."""

    FREE_LANE = "free_lane"  # vehicles, hours: they drove through and none stood
    QUEUE = "queue"  # vehicles, stood, usual_s: they stand here and drive on
    STANDING = "standing"  # stood, usual_s, longest_s: they stand here, and nothing drives through
    PEOPLE = "people"  # together, person_min: people are here


class ProposedZone(Strict):
    """One zone, how sure the proposal is of it, 0 to 1, and the reason with its figures."""

    zone: ZoneSpec
    confidence: Fraction
    reason: Reason
    figures: dict[str, Figure] = Field(default={}, max_length=16)


class Suggestion(Strict):
    """All that is proposed for one camera, from `looks` looks over `watched_s` seconds.

    `small_objects` and `key_interval_s` say what the camera needs: tiles because things are small in it, and how far
    apart its key frames come (None: not known). `ground` is where the ground seems to lie, learnt from `ground_boxes`.
    """

    camera: Identifier
    source_wh: tuple[int, int]
    watched_s: Figure = Field(ge=0)
    looks: int = Field(ge=0)
    vehicles: int = Field(default=0, ge=0)
    stood: int = Field(default=0, ge=0)
    zones: tuple[ProposedZone, ...] = Field(default=(), max_length=MOST_ZONES)
    small_objects: bool = False
    small_share: Fraction = 0.0
    key_interval_s: Figure | None = None
    ground: GroundSettings | None = None
    ground_boxes: int = 0
