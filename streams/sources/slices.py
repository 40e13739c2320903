"""Pictures that FFmpeg's parser has torn apart, put together again.

Some senders repeat the parameter sets before every slice of a key frame (GStreamer's `rtph264pay config-interval=-1`
does). FFmpeg takes a parameter set for the beginning of a new picture and delivers such a key frame in pieces; decoded
one by one, each piece is a picture whose other parts are made up, and no error is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from streams.sources.packets import Packet

_START_CODE = re.compile(rb"\x00\x00\x01")
# Parameter sets and messages come before the first slice and are short.
_HEAD_BYTES = 4096


def whole_pictures(packets: Iterator[Packet], codec: str) -> Iterator[Packet]:
    """The same packets in the same order, pieces of one key frame joined. Holds a key frame until the next packet."""
    if codec not in ("h264", "hevc"):
        yield from packets
        return
    held: Packet | None = None
    for packet in packets:
        if held is not None:
            if _continues(packet, codec):
                held = _joined(held, packet)
                continue
            yield held
            held = None
        if packet.is_keyframe:
            held = packet
        else:
            yield packet
    if held is not None:
        yield held


def _continues(packet: Packet, codec: str) -> bool:
    """Whether the first slice in it is not the first of its picture (Annex B only, as streams are)."""
    head = packet.data[:_HEAD_BYTES]
    for match in _START_CODE.finditer(head):
        nal = head[match.end() : match.end() + 3]
        if len(nal) < 3:
            break
        # H.264: first_mb_in_slice is an Exp-Golomb number, 0 when its first bit is set. H.265:
        # first_slice_segment_in_pic_flag is the first bit. Both follow the NAL header of one and two bytes.
        if codec == "h264" and 1 <= nal[0] & 0x1F <= 5:
            return not nal[1] & 0x80
        if codec == "hevc" and nal[0] >> 1 & 0x3F < 32:
            return not nal[2] & 0x80
    return False


def _joined(first: Packet, more: Packet) -> Packet:
    return replace(
        first,
        origin=None,
        parts=(*first.parts, *more.parts),
        size=first.size + more.size,
        pts=first.pts if first.pts is not None else more.pts,
        dts=first.dts if first.dts is not None else more.dts,
    )
