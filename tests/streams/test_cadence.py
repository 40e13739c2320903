"""Key frames serve when they come often enough; otherwise they do not, and it is noticed."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from streams.decoding.cadence import Cadence


def watched(key_times: list[float], looks_per_s: float) -> Cadence:
    cadence = Cadence(looks_per_s, 0.04)
    for at_s in key_times:
        cadence.saw(at_s, True)
    return cadence


@pytest.mark.parametrize(
    ("interval_s", "looks_per_s", "serve"),
    [
        (2.0, 0.5, True),
        (2.4, 0.5, True),
        (4.0, 0.5, True),
        (4.1, 0.5, False),
        (1.0, 0.5, True),
        (2.0, 5.0, False),
        (0.04, 5.0, True),
    ],
)
def test_key_frames_serve_down_to_half_the_wanted_rate(interval_s: float, looks_per_s: float, serve: bool) -> None:
    assert watched([0, interval_s, 2 * interval_s], looks_per_s).key_frames_serve() is serve


def test_until_two_key_frames_came_they_are_taken_to_come_every_2_s() -> None:
    assert watched([0.0], 0.5).key_frames_serve()
    assert not watched([0.0], 2.0).key_frames_serve()


def test_a_second_key_frame_that_does_not_come_is_noticed_after_one_period() -> None:
    cadence = watched([0.0], 0.5)
    cadence.looked(0.0)
    assert not cadence.overdue(2.0)
    assert cadence.overdue(2.2)


def test_one_long_interval_counts_until_three_good_ones() -> None:
    cadence = watched([0, 1, 2, 8], 0.5)
    answers = []
    for at_s in (9, 10, 11):
        cadence.saw(at_s, True)
        answers.append(cadence.key_frames_serve())
    assert answers == [False, False, True]


@pytest.mark.parametrize(
    ("interval_s", "looks_per_s"),
    [(0.4, 0.5), (1.0, 0.5), (1.3, 0.5), (1.6, 0.5), (2.0, 0.5), (2.5, 0.5), (0.04, 1.0), (0.7, 1.0)],
)
def test_picked_key_frames_are_never_further_apart_than_the_slack(interval_s: float, looks_per_s: float) -> None:
    cadence = watched([-2 * interval_s, -interval_s], looks_per_s)
    looks = []
    for i in range(200):
        at_s = i * interval_s
        cadence.saw(at_s, True)
        if cadence.key_frame_due(at_s):
            cadence.looked(at_s)
            looks.append(at_s)
    gaps = [b - a for a, b in pairwise(looks)]
    assert max(gaps) <= 1.25 / looks_per_s + 1e-9
    assert min(gaps) >= 0.5 / looks_per_s


@pytest.mark.parametrize(("fps", "looks_per_s"), [(25, 5.0), (12.5, 5.0), (30, 4.0), (10, 3.0), (5, 10.0)])
def test_dense_looks_keep_the_wanted_mean(fps: float, looks_per_s: float) -> None:
    cadence = Cadence(looks_per_s, 1 / fps)
    looks = 0
    for i in range(int(60 * fps)):
        if cadence.frame_due(i / fps):
            cadence.looked(i / fps)
            looks += 1
    assert looks == pytest.approx(60 * min(fps, looks_per_s), abs=2)


def test_looks_that_come_early_put_none_off() -> None:
    """An appointment's looks are taken beside those of the rate, some in a second: the next is due a period later."""
    cadence = Cadence(0.5, 0.04)
    for at_s in (0.0, 2.0, 2.3, 2.6, 3.0, 3.2):
        cadence.looked(at_s)
    assert not cadence.frame_due(5.0)
    assert cadence.frame_due(5.2)


def test_a_raised_rate_is_due_at_once() -> None:
    cadence = Cadence(0.1, 0.04)
    cadence.looked(0.0)
    assert not cadence.frame_due(1.0)
    cadence.looks_per_s = 5.0
    assert cadence.frame_due(0.2)


def test_key_frames_that_stay_away_are_noticed() -> None:
    cadence = watched([0, 2, 4], 0.5)
    cadence.looked(4.0)
    assert not cadence.overdue(6.5)
    assert cadence.overdue(6.7)


def test_rare_key_frames_are_given_their_time() -> None:
    cadence = watched([0, 4, 8], 0.5)
    cadence.looked(8.0)
    assert not cadence.overdue(12.5)
    assert cadence.overdue(13.2)


def test_key_frames_that_stay_away_are_told() -> None:
    cadence = watched([0, 2, 4], 0.5)
    assert cadence.because() == "a key frame every 2 s for a look every 2 s"
    cadence.saw(13.0, False)
    assert cadence.because() == "a key frame every 2 s for a look every 2 s, but none in the last 9 s"


def test_a_stream_of_one_key_frame_says_for_how_long_none_has_come() -> None:
    cadence = watched([1.0], 0.5)
    assert cadence.because() == "the key-frame interval is not known yet"
    cadence.saw(33.0, False)
    assert cadence.because() == "one key frame, and none in the 32 s since"


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_an_impossible_rate_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Cadence(rate, None)


def test_a_frame_rate_that_varies_is_told() -> None:
    cadence, at_s = Cadence(0.5, None), 0.0
    for n in range(400):
        cadence.saw(at_s, n % 20 == 0)
        at_s += 0.04 if n // 10 % 2 else 0.2
    assert cadence.varying_fps == pytest.approx((5.0, 25.0))
    assert cadence.because().endswith("; its frame rate varies, 5 to 25 a second")


@pytest.mark.parametrize("jitter_s", [0.0, 0.006])
def test_a_steady_one_is_not_said_to_vary_whatever_its_order_and_jitter(jitter_s: float) -> None:
    cadence, dice = Cadence(0.5, None), random.Random(3)
    for group in range(0, 600, 3):  # decoded as P B B, shown as B B P
        for n in (group + 2, group, group + 1):
            cadence.saw(0.04 * n + dice.uniform(-jitter_s, jitter_s), group % 48 == 0 and n == group + 2)
    assert cadence.varying_fps is None
    assert "varies" not in cadence.because()
