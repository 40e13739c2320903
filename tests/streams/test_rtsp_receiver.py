"""What a connection carries is found in it, however the network cuts it and whatever else is in it."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.sources.rtsp.codecs import H264Units
from streams.sources.rtsp.receiver import Receiver
from streams.sources.rtsp.rtcp import Reception, SenderReport, read, receiver_report
from tests.streams.builders import encode
from tests.streams.rtp_peer import Packer, Unit, interleaved, noise, units_of

ANSWER = b"RTSP/1.0 200 OK\r\nCSeq: 9\r\nContent-Length: 3\r\n\r\n$\x00R"
ASKS = b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"
CHANNEL = 4


@cache
def sent() -> list[Unit]:
    return units_of(
        encode(Path(mkdtemp()) / "a.mp4", noise(12, (64, 48)), "keyint=4:min-keyint=4:scenecut=0:bframes=0")
    )


@cache
def packets() -> list[bytes]:
    packer = Packer()
    return [interleaved(packet, CHANNEL) for unit in sent() for packet in packer.pack(unit)]


def receive(data: bytes, cuts: list[int]) -> tuple[Receiver, H264Units]:
    receiver, units = Receiver(), H264Units(())
    receiver.expect(units, 96, CHANNEL, CHANNEL + 1, 90_000)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for begin, end in pairwise(edges):
        while begin < end:
            space = receiver.space()
            assert len(space), "nothing received into no space is taken for a closed connection"
            count = min(len(space), end - begin)
            space[:count] = data[begin : begin + count]
            receiver.took(count, 5.0)
            begin += count
    return receiver, units


def whole(units: H264Units) -> list[bytes]:
    return [packet.data for packet in units.ready]


@settings(deadline=None, max_examples=60)
@given(cuts=st.lists(st.integers(0, 100_000), max_size=40), at=st.integers(0, 1000))
@example(cuts=list(range(60)), at=0)
def test_cuts_and_messages_in_between_change_nothing(cuts: list[int], at: int) -> None:
    pieces = list(packets())
    pieces.insert(at % len(pieces), ANSWER)
    pieces.insert((at * 7) % len(pieces), ASKS)
    receiver, units = receive(b"".join(pieces), cuts)
    assert whole(units) == [unit.annexb for unit in sent()][: len(units.ready)]
    assert len(units.ready) >= len(sent()) - 1
    assert sorted((message.status, message.method) for message in receiver.messages) == [(0, "OPTIONS"), (200, "")]
    assert next(message.body for message in receiver.messages if message.status) == b"$\x00R"
    assert (receiver.junk_bytes, units.counts.lost) == (0, 0)


@pytest.mark.parametrize(
    "junk",
    [b"\x00" * 500, b"\r\n", b"\x80\x60" * 9, b"$", b"$\x09\xff\xff", b"RTSP", b"RTSP/x.y nonsense\r\n\r\n", b"$" * 40],
    ids=lambda value: f"{value[:4]!r}x{len(value)}",
)
def test_junk_is_passed_over_and_counted(junk: bytes) -> None:
    pieces = list(packets())
    pieces.insert(len(pieces) // 2, junk)
    receiver, units = receive(junk + b"".join(pieces), [])
    assert whole(units) == [unit.annexb for unit in sent()]
    assert (receiver.junk_bytes, units.counts.lost) == (2 * len(junk), 0)


@settings(deadline=None, max_examples=200)
@given(data=st.binary(max_size=2000), cuts=st.lists(st.integers(0, 2000), max_size=5))
def test_noise_never_raises(data: bytes, cuts: list[int]) -> None:
    receive(data, cuts)


@settings(deadline=None, max_examples=100)
@given(flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=20))
def test_flipped_bytes_never_raise_nor_stall(flips: list[tuple[int, int]]) -> None:
    data = bytearray(b"".join(packets()) * 2)
    for at, value in flips:
        data[at % len(data)] = value
    receiver, _ = receive(bytes(data), [])
    assert len(receiver.space()) > 0


def test_contributing_sources_extension_and_padding_are_no_payload() -> None:
    packer = Packer()
    made = []
    for packet in (packet for unit in sent() for packet in packer.pack(unit)):
        head, payload = packet[:12], packet[12:]
        extension = struct.pack(">HHII", 0xBEDE, 2, 1, 2)
        padding = b"\x00\x00\x00\x04"
        made.append(
            interleaved(bytes((0x80 | 0x20 | 0x10 | 2,)) + head[1:] + bytes(8) + extension + payload + padding, 4)
        )
    _, units = receive(b"".join(made), [])
    assert whole(units) == [unit.annexb for unit in sent()][: len(units.ready)]
    assert len(units.ready) >= len(sent()) - 1


def test_other_channels_and_payload_types_are_not_ours() -> None:
    strange = Packer(payload_type=97).pack(sent()[0])
    pieces = [
        piece for packet in packets() for piece in (packet, interleaved(strange[0], 4), interleaved(strange[0], 0))
    ]
    _, units = receive(b"".join(pieces), [])
    assert whole(units) == [unit.annexb for unit in sent()][: len(units.ready)]
    assert units.counts.lost == 0


def test_a_frame_as_large_as_there_can_be_fits() -> None:
    big = Packer(mtu=65_000).pack(Unit((b"\x65\x88" + bytes(range(256)) * 250,), 1, True))
    data = b"".join(map(interleaved, big)) * 1
    receiver, units = Receiver(), H264Units(())
    receiver.expect(units, 96, 0, 1, 90_000)
    for at in range(0, len(data), 1000):
        receiver.space()[: len(data[at : at + 1000])] = data[at : at + 1000]
        receiver.took(len(data[at : at + 1000]), 0.0)
    assert units.counts.packets == 1


@pytest.mark.parametrize(("body_bytes", "bodies"), [(192 << 10, [192 << 10]), ((192 << 10) + 1, []), (256 << 10, [])])
def test_a_message_as_large_as_there_can_be_fits(body_bytes: int, bodies: list[int]) -> None:
    """With the longest head that is taken; whatever is larger is junk at once, and what follows is found."""
    head = f"RTSP/1.0 200 OK\r\nContent-Length: {body_bytes}\r\nX: ".encode()
    message = head.ljust(32_764, b"a") + b"\r\n\r\n" + b"a" * body_bytes
    receiver, units = receive(message + b"".join(packets()), [])
    assert [len(found.body) for found in receiver.messages] == bodies
    assert receiver.junk_bytes == (0 if bodies else len(message))
    assert whole(units) == [unit.annexb for unit in sent()]


def sender_report(rtp_time: int, at: datetime, ssrc: int = 0x1234) -> bytes:
    seconds = (at - datetime(1900, 1, 1, tzinfo=UTC)).total_seconds()
    return struct.pack(">BBHIIIIII", 0x80, 200, 6, ssrc, int(seconds) % 2**32, int(seconds % 1 * 2**32), rtp_time, 1, 1)


@pytest.mark.parametrize("year", [2026, 2040])
def test_sender_reports_tell_when_a_picture_was_taken(year: int) -> None:
    at = datetime(year, 11, 22, 8, 0, 0, 500_000, tzinfo=UTC)
    first = sent()[0].timestamp
    report = interleaved(sender_report(first + 9_000, at), CHANNEL + 1)
    receiver, units = receive(packets()[0] + report + b"".join(packets()[1:]), [])
    for packet, unit in zip(units.ready, sent(), strict=False):
        assert packet.pts is not None
        taken = receiver.clock.taken_at(packet.pts)
        assert taken is not None
        assert abs(taken - at - timedelta(seconds=(unit.timestamp - first - 9_000) / 90_000)) < timedelta(
            microseconds=50
        )
    assert receiver.clock.reports == 1


def test_a_camera_without_a_clock_says_nothing_of_time() -> None:
    report = struct.pack(">BBHIIIIII", 0x80, 200, 6, 0x1234, 0, 0, 77, 1, 1)
    assert list(read(report, 1.0)) == []


def test_a_goodbye_ends_the_stream_it_is_for() -> None:
    for ssrc, ended in ((0x1234, True), (0x9999, False)):
        bye = interleaved(struct.pack(">BBHI", 0x81, 203, 1, ssrc), CHANNEL + 1)
        receiver, _ = receive(b"".join(packets()) + bye, [])
        assert receiver.ended is ended


def test_receiver_reports_say_what_was_lost() -> None:
    """Fields as RFC 3550, section 6.4.2, numbers them."""
    report = SenderReport(7, 1, datetime(2026, 1, 1, tzinfo=UTC), 10.0, 0xAABBCCDD)
    packet = receiver_report(5, Reception(7, 70_000, 200, 30), Reception(7, 60_000, 100, 5), report, 11.5)
    first, kind, words, own, source, lost, highest, jitter, middle, since = struct.unpack_from(">BBHIIIIIII", packet)
    assert (first, kind, words, own, source) == (0x81, 201, 7, 5, 7)
    assert (lost >> 24, lost & 0xFFFFFF) == (25 * 256 // 100, 30)
    assert (highest, jitter, middle, since) == (70_000, 0, 0xAABBCCDD, 98_304)
    assert len(packet) % 4 == 0
    assert packet[32:34] == b"\x81\xca"
