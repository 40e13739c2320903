"""KLV in RTP packets (RFC 6597): whole units only, each at its moment on the video's line of time."""

from __future__ import annotations

import struct

import pytest

from streams.sources.rtsp import sdp
from streams.sources.rtsp.codecs import H264Units
from streams.sources.rtsp.metadata import Beside
from streams.sources.rtsp.receiver import Receiver
from streams.sources.rtsp.rtcp import RtcpClock

HZ = 90_000
NTP_S = 4_000_000_000  # seconds since 1900


def rtp(sequence: int, timestamp: int, payload: bytes, *, last: bool, channel: int = 2) -> bytes:
    packet = struct.pack(">BBHII", 0x80, 97 | (0x80 if last else 0), sequence, timestamp, 7) + payload
    return struct.pack(">cBH", b"$", channel, len(packet)) + packet


def report(channel: int, at_s: float, rtp_time: int) -> bytes:
    fraction = int(at_s % 1 * (1 << 32))
    packet = struct.pack(">BBHIIIIII", 0x80, 200, 6, 7, NTP_S + int(at_s), fraction, rtp_time, 0, 0)
    return struct.pack(">cBH", b"$", channel, len(packet)) + packet


def received(*packets: bytes) -> Receiver:
    receiver = Receiver()
    receiver.expect(H264Units(()), 96, 0, 1, HZ)
    receiver.beside = Beside(97, 2, 3, HZ)
    for packet in packets:
        receiver.space()[: len(packet)] = packet
        receiver.took(len(packet), 1.0)
    assert receiver.junk_bytes == 0
    return receiver


def units(receiver: Receiver, newest_pts: int = 0) -> list[tuple[float, bytes]]:
    assert receiver.beside is not None
    return receiver.beside.taken(receiver.clock, HZ, newest_pts)


def test_a_unit_of_several_packets_is_whole_or_left_out() -> None:
    receiver = received(
        rtp(65_534, 90, b"ab", last=False),
        rtp(65_535, 90, b"cd", last=False),
        rtp(0, 90, b"e", last=True),
        rtp(1, 180, b"fg", last=False),  # the packet after it was lost
        rtp(3, 180, b"hi", last=True),
        rtp(4, 270, b"jk", last=True),
        rtp(6, 360, b"lm", last=True),  # the beginning of it may have been lost
        rtp(7, 450, b"no", last=True),
    )
    assert [data for _, data in units(receiver)] == [b"abcde", b"jk", b"no"]
    assert receiver.beside is not None
    assert receiver.beside.broken == 2
    assert units(receiver) == []


@pytest.mark.parametrize("video_rtp", [1_000, (1 << 32) - 1_000], ids=["even", "over the end of RTP's time"])
def test_a_unit_lies_where_the_senders_clock_puts_it(video_rtp: int) -> None:
    """Both streams count from a time of their own; their reports say what they were at one moment."""
    receiver = received(report(1, 10.0, video_rtp), report(3, 12.5, 500), rtp(1, 500 + HZ, b"x", last=True))
    ((at_s, _),) = units(receiver, newest_pts=(video_rtp + 3 * HZ) % (1 << 32))
    # 13.5 s by the sender's clock: 3.5 s after the video's report, half a second after the newest picture.
    assert at_s == pytest.approx(((video_rtp + 3 * HZ) % (1 << 32)) / HZ + 0.5, abs=1e-3)


def test_before_both_have_reported_a_unit_goes_with_the_picture_it_came_with() -> None:
    beside = Beside(97, 2, 3, HZ)
    beside.add(b"x", 1, 77, True, 9 * HZ)
    beside.add(b"y", 2, 78, True, None)
    assert beside.taken(RtcpClock(HZ), HZ, 10 * HZ) == [(9.0, b"x"), (10.0, b"y")]


def test_a_session_description_names_it() -> None:
    text = "v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\nm=application 0 RTP/AVP 97\na=rtpmap:97 smpte336m/1000\n"
    found = sdp.parse(text + "a=control:stream=1\n").metadata
    assert found is not None
    assert (found.payload_type, found.clock_hz, found.control) == (97, 1000, "stream=1")
    assert sdp.parse(text.partition("m=app")[0]).metadata is None
