"""The channels of a running server, with their secrets read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.notify.channels.message import Channel
from api.notify.settings import ChannelSpec, NotifySpec


@dataclass(frozen=True)
class Channels:
    """What `notify.toml` names, with its secrets read."""

    specs: tuple[ChannelSpec, ...] = ()
    opened: Mapping[str, Channel] = field(default_factory=dict)

    @classmethod
    def open(cls, spec: NotifySpec) -> Channels:
        """Raises `WrongConfiguration` where a secret is missing."""
        return cls(spec.channel, {channel.id: channel.open() for channel in spec.channel})

    def named(self, channel_id: str) -> tuple[ChannelSpec, Channel] | None:
        found = next((spec for spec in self.specs if spec.id == channel_id), None)
        return (found, self.opened[channel_id]) if found else None
