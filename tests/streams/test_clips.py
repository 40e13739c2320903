"""A clip is asked for when its event is raised, and made when the ring has what came after it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from streams.evidence.clip import Timed
from streams.evidence.clips import ClipMaker, Tape
from streams.evidence.shelf import CLIP, Shelf
from streams.sources.ring import PacketRing
from tests.streams.builders import ManualClock, event
from tests.streams.test_clip import recorded, shown
from vision.types import Change


class Camera:
    """A recorded clip that arrives in a ring as far as the test lets it."""

    def __init__(self, path: Path, most_s: float = 60.0) -> None:
        packets, codec, extradata = recorded(path)
        self._coming: list[Timed] = list(packets)
        self.tape = Tape(PacketRing(most_s=most_s), codec, extradata)

    def play_to(self, media_s: float) -> None:
        while self._coming and self._coming[0][0] <= media_s:
            at_s, packet = self._coming.pop(0)
            self.tape.ring.add(packet, at_s)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf", keep_free_bytes=0)


@pytest.fixture
def maker(shelf: Shelf, clock: ManualClock) -> ClipMaker:
    return ClipMaker(shelf, clock=clock)


def test_a_clip_waits_for_what_comes_after_its_event(
    maker: ClipMaker, shelf: Shelf, clip: Path, clock: ManualClock
) -> None:
    camera, raised = Camera(clip), event(3)
    camera.play_to(3.2)
    assert maker.wanted(raised, camera.tape, pre_s=1.5, post_s=1.5)
    assert maker.run_once() == 1
    assert shelf.counts().clips == 0
    camera.play_to(5.5)
    assert maker.run_once() == 0
    numbers = [number for number, _ in shown(shelf.path_for(raised.event_id, CLIP))]
    # From the key frame before 1.5 s to 4.5 s.
    assert numbers == list(range(25, 113))
    assert maker.counts == {"made": 1, "cut_short": 0, "refused": 0, "impossible": 0}


def test_a_short_ring_is_enough_for_a_long_clip(maker: ClipMaker, shelf: Shelf, clip: Path) -> None:
    """What the clip needs is taken out of the ring as it comes; the ring forgets it meanwhile."""
    camera, raised = Camera(clip, most_s=1.0), event(1)
    for tenths in range(10, 61):
        camera.play_to(tenths / 10)
        if tenths == 11:
            maker.wanted(raised, camera.tape, pre_s=1.0, post_s=4.0)
        if tenths % 5 == 0:
            maker.run_once()
    assert camera.tape.ring.span_s < 2.1
    numbers = [number for number, _ in shown(shelf.path_for(raised.event_id, CLIP))]
    assert numbers == list(range(126))


def test_a_camera_that_has_gone_gives_a_clip_of_what_there_is(
    maker: ClipMaker, shelf: Shelf, clip: Path, clock: ManualClock
) -> None:
    camera, raised = Camera(clip), event(3)
    camera.play_to(3.4)
    maker.wanted(raised, camera.tape, pre_s=1, post_s=5)
    clock.at_s = 14.9
    assert maker.run_once() == 1
    clock.at_s = 15.1
    assert maker.run_once() == 0
    assert [number for number, _ in shown(shelf.path_for(raised.event_id, CLIP))][-1] == 85
    assert maker.counts["cut_short"] == 1


def test_a_ring_that_was_begun_anew_gives_no_clip_of_another_time(
    maker: ClipMaker, shelf: Shelf, clip: Path, clock: ManualClock
) -> None:
    camera, raised = Camera(clip), event(60)
    camera.play_to(3)
    maker.wanted(raised, camera.tape, pre_s=5, post_s=5)
    clock.at_s = 20
    assert maker.run_once() == 0
    assert shelf.counts().clips == 0
    assert maker.counts["impossible"] == 1


def test_a_clip_goes_on_to_its_end_when_the_ring_is_begun_anew_meanwhile(
    maker: ClipMaker, shelf: Shelf, clip: Path, clock: ManualClock
) -> None:
    camera, raised, other = Camera(clip), event(3), Camera(clip)
    camera.play_to(3.4)
    maker.wanted(raised, camera.tape, pre_s=1, post_s=2)
    maker.run_once()
    camera.tape.ring.clear()
    other.play_to(2.9)
    for at_s, packet in other.tape.ring.clip(0, 99):
        camera.tape.ring.add(packet, at_s)
    clock.at_s = 20
    maker.run_once()
    numbers = [number for number, _ in shown(shelf.path_for(raised.event_id, CLIP))]
    assert numbers == list(range(50, 86))


def test_a_clip_that_is_held_is_of_the_better_tape_where_that_comes_in_time(
    maker: ClipMaker, shelf: Shelf, clip: Path, long_gop_clip: Path, clock: ManualClock
) -> None:
    sub, main, events = Camera(clip), Camera(long_gop_clip), [event(3), event(4)]
    for raised in events:
        maker.wanted(raised, sub.tape, pre_s=1, post_s=1, hold_s=14)
    sub.play_to(9)
    main.play_to(10)
    clock.at_s = 13.0
    assert maker.run_once() == 2
    maker.wanted(events[0], main.tape, pre_s=1, post_s=1)
    assert maker.run_once() == 1
    assert next(number for number, _ in shown(shelf.path_for(events[0].event_id, CLIP))) == 0
    clock.at_s = 14.5
    assert maker.run_once() == 0
    assert [number for number, _ in shown(shelf.path_for(events[1].event_id, CLIP))] == list(range(75, 126))
    assert maker.counts == {"made": 2, "cut_short": 0, "refused": 0, "impossible": 0}


def test_all_clears_have_no_clip(maker: ClipMaker, clip: Path) -> None:
    camera = Camera(clip)
    assert not maker.wanted(replace(event(3), change=Change.CLEARED), camera.tape, pre_s=1, post_s=1)
    assert maker.run_once() == 0


def test_too_many_clips_at_once_are_refused_and_counted(shelf: Shelf, clip: Path, clock: ManualClock) -> None:
    maker, camera = ClipMaker(shelf, clock=clock, most_waiting=2), Camera(clip)
    asked = [maker.wanted(event(number), camera.tape, pre_s=1, post_s=9) for number in range(3)]
    assert asked == [True, True, False]
    assert maker.counts["refused"] == 1


def test_too_many_bytes_at_once_cut_the_oldest_short(shelf: Shelf, clip: Path, clock: ManualClock) -> None:
    camera = Camera(clip)
    camera.play_to(4)
    most = camera.tape.ring.size + 100
    maker = ClipMaker(shelf, clock=clock, most_bytes=most)
    events = [event(2), event(3)]
    for raised in events:
        maker.wanted(raised, camera.tape, pre_s=3, post_s=20)
    assert maker.run_once() == 1
    assert shelf.path_for(events[0].event_id, CLIP).exists()
    assert not shelf.path_for(events[1].event_id, CLIP).exists()
    assert maker.counts["cut_short"] == 1


def test_one_cameras_strange_packets_do_not_end_the_clips_of_the_others(
    maker: ClipMaker, shelf: Shelf, clip: Path, clock: ManualClock
) -> None:
    good, bad = Camera(clip), Camera(clip)
    good.play_to(9)
    bad.play_to(9)
    strange = replace(bad.tape, codec="h264", extradata=b"\x01")
    maker.wanted(event(2), strange, pre_s=1, post_s=1)
    maker.wanted(event(3), good.tape, pre_s=1, post_s=1)
    assert maker.run_once() == 0
    assert (maker.counts["made"], maker.counts["impossible"]) == (1, 1)


def test_the_thread_makes_clips_and_ends_when_told(shelf: Shelf, clip: Path) -> None:
    maker, camera = ClipMaker(shelf), Camera(clip)
    camera.play_to(9)
    maker.start()
    with shelf.changed:
        maker.wanted(event(2), camera.tape, pre_s=1, post_s=1)
        assert shelf.changed.wait_for(lambda: shelf.counts().clips == 1, 10)
    maker.wanted(event(3), camera.tape, pre_s=1, post_s=30)
    assert maker.stop()
    # What was still being gathered is made of what there was.
    assert shelf.counts().clips == 2
