"""The ring holds whole groups of pictures, as many as fit, and never more."""

from __future__ import annotations

from fractions import Fraction

import pytest

from streams.sources.packets import Packet
from streams.sources.ring import PacketRing


def packet(size: int, *, key: bool) -> Packet:
    return Packet((bytes(size),), size, 0, 0, key, Fraction(1, 90_000))


def filled(seconds: int, *, gop: int = 5, size: int = 100, **bounds: float) -> PacketRing:
    """Five pictures a second."""
    ring = PacketRing(**bounds)  # type: ignore[arg-type]
    for i in range(seconds * 5):
        ring.add(packet(size, key=i % gop == 0), i / 5)
    return ring


def test_it_begins_with_a_key_frame() -> None:
    ring = PacketRing()
    ring.add(packet(10, key=False), 0.0)
    assert (ring.size, ring.since_key()) == (0, [])
    ring.add(packet(10, key=True), 0.2)
    ring.add(packet(20, key=False), 0.4)
    assert ring.size == 30
    assert [kept.size for kept in ring.since_key()] == [10, 20]


@pytest.mark.parametrize("seconds", [3, 30, 300])
def test_it_stays_within_its_seconds(seconds: int) -> None:
    ring = filled(seconds, most_s=10.0)
    assert ring.span_s <= 11.0
    assert ring.span_s >= min(seconds - 0.2, 10.0)


def test_it_stays_within_its_bytes_by_whole_groups() -> None:
    ring = filled(60, most_bytes=2600)
    assert ring.size == 2500
    assert ring.clip(0, 1e9)[0][1].is_keyframe


def test_a_group_larger_than_the_ring_is_given_up_and_counted() -> None:
    ring = filled(60, gop=1000, most_bytes=2600)
    assert ring.overflows == 1
    assert ring.since_key() == []
    ring.add(packet(100, key=True), 60.0)
    assert len(ring.since_key()) == 1


def test_a_clip_begins_at_the_key_frame_before() -> None:
    ring = filled(20)
    clip = ring.clip(10.5, 12.0)
    assert clip[0][0] == 10.0
    assert clip[0][1].is_keyframe
    assert clip[-1][0] == 12.0


def test_the_key_frame_before_a_moment() -> None:
    ring = filled(20, most_s=5.0)
    found = ring.key_before(17.0)
    assert found is not None
    assert found[0] == 16.0
    assert ring.key_before(1.0) is None
