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


def test_what_came_before_the_first_key_frame_is_not_taken_for_a_group() -> None:
    ring = PacketRing()
    ring.add(packet(10, key=False), 0.0)
    assert (ring.since_key(), ring.key_before(1.0)) == ([], None)
    ring.add(packet(10, key=True), 0.2)
    ring.add(packet(20, key=False), 0.4)
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


def test_a_group_larger_than_the_ring_loses_its_key_frame_and_is_counted() -> None:
    ring = filled(60, gop=1000, most_bytes=2600)
    assert ring.overflows == 1
    assert ring.since_key() == []
    assert ring.key_before(60.0) is None
    assert 2000 <= ring.size <= 2600
    ring.add(packet(100, key=True), 60.0)
    assert len(ring.since_key()) == 1


@pytest.mark.parametrize("first_is_key", [True, False])
def test_a_stream_without_key_frames_is_kept_within_the_bounds(first_is_key: bool) -> None:
    """All that is held is given: such pictures heal by the earlier ones."""
    ring = PacketRing(most_s=8.0, most_bytes=20_000)
    for i in range(600):
        ring.add(packet(100, key=first_is_key and i == 0), i / 5)
        assert ring.size <= 20_000
    assert 7.0 <= ring.span_s <= 10.0
    clip = ring.clip(117.0, 119.0)
    assert clip[0][0] <= 112.0
    assert clip[-1][0] == 119.0


def test_one_picture_larger_than_the_ring_leaves_it_empty() -> None:
    ring = PacketRing(most_bytes=1000)
    ring.add(packet(2000, key=True), 0.0)
    assert (ring.size, ring.span_s, ring.overflows) == (0, 0.0, 1)
    ring.add(packet(10, key=False), 0.2)
    assert ring.size == 10


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
