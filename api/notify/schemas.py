"""Shapes of deliveries, channels and contacts."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.kit.moment import Moment
from api.notify.models import DeliveryState


class Delivery(BaseModel):
    """`address` is shortened to its last letters: this is a list for looking after deliveries, not a phone book."""

    id: int
    channel: str
    address: str
    state: DeliveryState
    topic: str
    ticket_id: str | None
    unit: str | None
    at: Moment
    attempts: int
    due_at: Moment
    last_error: str
    done_at: Moment | None


class Deliveries(BaseModel):
    items: list[Delivery]
    next: str | None


class ChannelState(BaseModel):
    """A channel as `notify.toml` has it, without its secrets, and how many deliveries stand in each state."""

    id: str
    kind: str
    topics: list[str]
    units: list[str]
    language: str
    quiet: list[str] | None
    waiting: int
    sent: int
    dead: int


class ChannelStates(BaseModel):
    items: list[ChannelState]


class Contacts(BaseModel):
    """Where a recipient is reached; null: by no such channel."""

    model_config = ConfigDict(extra="forbid")

    phone: Annotated[str | None, Field(pattern=r"^\+?[0-9]{5,20}$")] = None
    email: Annotated[str | None, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$", max_length=255)] = None
