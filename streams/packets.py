"""The type of a compressed picture. PyAV's classes take their parameter in the stubs only, not when running."""

from __future__ import annotations

from typing import TYPE_CHECKING

from av.packet import Packet

if TYPE_CHECKING:
    from av.video.stream import VideoStream

    VideoPacket = Packet[VideoStream]
else:
    VideoPacket = Packet
