"""Pictures sent as RTP packets, and what comes of them on our side."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import av

from streams.sources.packets import Packet
from streams.sources.rtsp.codecs import units_for
from streams.sources.rtsp.receiver import Receiver
from streams.sources.rtsp.units import Units
from tests.conftest import missing
from tests.streams.builders import encode
from tests.streams.rtp_peer import Packer, Unit, encode_h265, interleaved, noise, units_of, without

GOP = 10
X264 = f"keyint={GOP}:min-keyint={GOP}:scenecut=0:bframes=2:b-adapt=0:aud=1"
AUDS = {"h264": (9,), "hevc": (35,)}


def units_by_codec(folder: Path) -> dict[str, list[Unit]]:
    """35 pictures of noise in two slices, by codec, without access unit delimiters."""
    if "libx265" not in av.codecs_available:
        missing("this PyAV has no libx265")
    h264 = units_of(encode(folder / "a.mp4", noise(35, (96, 64)), X264, slices=2))
    hevc = units_of(encode_h265(folder / "b.mp4", 35))
    return {
        codec: [without(unit, *AUDS[codec], codec=codec) for unit in found]
        for codec, found in (("h264", h264), ("hevc", hevc))
    }


def received(codec: str, packets: Iterable[bytes], sets: tuple[bytes, ...] = ()) -> tuple[list[Packet], Units]:
    """Each packet comes in a buffer of its own, which is written over once it was settled; and all of them at once."""
    packets = list(packets)
    found, at_once = units_for(codec, sets, 90_000), units_for(codec, sets, 90_000)
    for packet in packets:
        give(found, packet)
    receiver, stream = Receiver(), b"".join(map(interleaved, packets))
    receiver.expect(at_once, 96, 0, 1, 90_000)
    while stream:
        space = receiver.space()
        count = min(len(space), len(stream))
        space[:count] = stream[:count]
        receiver.took(count, 0.0)
        stream = stream[count:]
    assert [packet.data for packet in at_once.ready] == [packet.data for packet in found.ready]
    assert (at_once.counts, at_once.sets) == (found.counts, found.sets)
    return found.ready, found


def give(found: Units, packet: bytes) -> None:
    buffer = bytearray(packet)
    sequence, timestamp = int.from_bytes(packet[2:4], "big"), int.from_bytes(packet[4:8], "big")
    ssrc = int.from_bytes(packet[8:12], "big")
    found.add(buffer, memoryview(buffer), 12, len(buffer), sequence, timestamp, packet[1] >= 0x80, ssrc)
    found.settle()
    buffer[:] = bytes(len(buffer))


def packed(units: list[Unit], packer: Packer) -> list[bytes]:
    """With one more packet at the end, whose time ends the last picture."""
    last = packer.packet
    packets = [packet for unit in units for packet in packer.pack(unit)]
    return [*packets, last(units[0].nals[0], units[-1].timestamp + 90_000, False)]
