"""Shapes of cameras' troubles: what a worker's `CameraChange.to_json` writes, and what people read."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from api.kit.moment import Moment, MomentIn
from api.troubles.models import CameraTroubleRow
from streams.delivery.camera_events import Trouble, TroubleChange

_Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$", strict=True)]
_Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]*$", strict=True)]
_Text = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$", strict=True)]
_Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class CameraChangeIn(BaseModel):
    """A camera's trouble that began or ended. `event_id` is the idempotency key; both events share `trouble_id`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["camera_health"]
    event_id: _Key
    trouble_id: _Key
    camera: _Name
    trouble: Trouble
    change: TroubleChange
    at: MomentIn
    since: MomentIn
    why: Annotated[dict[Annotated[str, Field(max_length=64)], _Number], Field(max_length=64)] = {}
    detail: _Text = ""
    still_jpeg: None = None


class CameraTrouble(BaseModel):
    """`ended_at` null: it holds. `why` has the figures it was judged by, `detail` words without credentials."""

    id: str
    camera: str
    trouble: Trouble
    since: Moment
    ended_at: Moment | None
    why: dict[str, float]
    detail: str

    @classmethod
    def of(cls, row: CameraTroubleRow) -> Self:
        return cls.model_validate({name: getattr(row, name) for name in cls.model_fields})

    def saying(self, detail: str) -> Self:
        """The same in other words: those of the row may hold a camera's password."""
        return self.model_copy(update={"detail": detail})


class CameraTroubles(BaseModel):
    items: list[CameraTrouble]
    next: str | None


class AcceptedView(BaseModel):
    """The view that the camera's zones hold for from now on."""

    camera: str
    view: int
