"""Shapes of sealed clips."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from api.kit.moment import Moment

LEAST_REASON, MOST_REASON = 5, 500


class SealedClip(BaseModel):
    """`delete_by` is when retention ends; `deleted_at` not null: it has been deleted, and cannot be opened."""

    event_id: str
    began_at: Moment
    duration_s: float
    size_bytes: int
    delete_by: Moment
    deleted_at: Moment | None
    openings: int


class SealedClips(BaseModel):
    """`may_open`, `may_list`: whether the caller's role may open a clip, and see who did. `items` is empty while there
    is none, or none yet."""

    may_open: bool
    may_list: bool
    items: list[SealedClip]


class OpenBody(BaseModel):
    """The reason is written into the audit trail, and shown to whoever asks who opened the clip."""

    model_config = ConfigDict(extra="forbid")

    # No control characters: a reason is one line in the trail.
    reason: Annotated[
        str,
        StringConstraints(
            strip_whitespace=True, min_length=LEAST_REASON, max_length=MOST_REASON, pattern=r"^[^\x00-\x1f\x7f]*$"
        ),
    ]


class Opening(BaseModel):
    at: Moment
    by: str
    role: str
    reason: str


class Openings(BaseModel):
    """The newest first."""

    items: list[Opening]
    next: str | None
