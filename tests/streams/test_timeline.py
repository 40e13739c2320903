"""Media time is one rising line from zero, whatever the source's timestamps do."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import pytest

from streams.sources.timeline import Timeline

TICK = Fraction(1, 90_000)
FRAME = 3600  # 25 frames/s


@dataclass
class Stamp:
    pts: int | None
    dts: int | None
    duration: int | None = None


def placed(stamps: list[Stamp], forward_gap_s: float | None = 10.0) -> list[float]:
    timeline = Timeline(TICK, 0.04, forward_gap_s)
    return [timeline.place(stamp) for stamp in stamps]


def steady(first: int, count: int) -> list[Stamp]:
    return [Stamp(first + i * FRAME, first + i * FRAME) for i in range(count)]


@pytest.mark.parametrize("first", [0, 12_345, -7200, 2**33 - 5])
def test_the_first_packet_is_at_zero(first: int) -> None:
    assert placed(steady(first, 3)) == pytest.approx([0, 0.04, 0.08])


@pytest.mark.parametrize(
    ("then", "what"),
    [(0, "the stream began anew"), (100 * FRAME - 2**33, "33 bits wrapped"), (2**40, "the camera set its clock")],
)
def test_a_jump_continues_one_frame_later(then: int, what: str) -> None:
    times = placed(steady(100 * FRAME, 5) + steady(then, 3))
    assert times == pytest.approx([0.04 * i for i in range(8)]), what


def test_a_files_own_gap_is_kept() -> None:
    stamps = steady(0, 2) + steady(3600 * 90_000, 1)
    assert placed(stamps, forward_gap_s=None)[-1] == pytest.approx(3600)


def test_a_live_pause_within_the_limit_is_kept() -> None:
    assert placed(steady(0, 2) + steady(5 * 90_000, 1))[-1] == pytest.approx(5)


def test_packets_without_any_time_follow_each_other() -> None:
    assert placed([Stamp(None, None) for _ in range(4)]) == pytest.approx([0, 0.04, 0.08, 0.12])


def test_a_first_packet_without_time_does_not_shift_the_rest() -> None:
    assert placed([Stamp(None, None), *steady(FRAME, 3)]) == pytest.approx([0, 0.04, 0.08, 0.12])


@pytest.mark.parametrize("with_dts", [True, False])
def test_reordered_pictures_are_no_jump(with_dts: bool) -> None:
    shown = [0, 4, 2, 1, 3, 8, 6, 5, 7]
    stamps = [Stamp(FRAME * at, FRAME * (i - 1) if with_dts else None) for i, at in enumerate(shown)]
    assert placed(stamps) == pytest.approx([0.04 * at for at in shown])


def test_the_packets_themselves_are_rewritten() -> None:
    stamps = steady(9_000_000, 2)
    placed(stamps)
    assert [(stamp.pts, stamp.dts) for stamp in stamps] == [(0, 0), (FRAME, FRAME)]
