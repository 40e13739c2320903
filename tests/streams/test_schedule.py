"""Whose frame is next: fair, newest first, one at a time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from streams.decoding.look import Look
from streams.schedule import Schedule

START = datetime(2026, 1, 1, tzinfo=UTC)


def frame(camera: str, at_s: float, *, decides: bool = False) -> Look:
    return Look(camera, START + timedelta(seconds=at_s), at_s, (2, 2), lambda _: None, decides)


def taken(schedule: Schedule) -> tuple[str, float] | None:
    turn = schedule.take(0)
    if turn is None:
        return None
    schedule.done(turn)
    return turn.look.camera, turn.look.pts_s


def test_the_earliest_deadline_goes_first() -> None:
    schedule = Schedule()
    schedule.open("calm", 2.0)
    schedule.open("deciding", 0.5)
    schedule.put(frame("calm", 0.0))
    schedule.put(frame("deciding", 1.0))
    assert [taken(schedule), taken(schedule)] == [("deciding", 1.0), ("calm", 0.0)]


def test_only_what_is_more_urgent_is_taken_before_a_deadline() -> None:
    schedule = Schedule()
    schedule.open("calm", 2.0)
    schedule.put(frame("calm", 1.0))
    assert schedule.take_before((START + timedelta(seconds=3.0)).timestamp()) is None
    turn = schedule.take_before((START + timedelta(seconds=3.1)).timestamp())
    assert turn is not None
    assert turn.deadline_s == (START + timedelta(seconds=3.0)).timestamp()
    assert schedule.take(0) is None


def test_a_newer_frame_replaces_the_waiting_one_and_is_counted() -> None:
    schedule = Schedule()
    schedule.open("a", 1)
    for at_s in (0, 1, 2):
        schedule.put(frame("a", at_s))
    assert taken(schedule) == ("a", 2)
    assert taken(schedule) is None
    assert schedule.dropped("a") == 2


def test_a_busy_camera_waits_and_the_others_do_not() -> None:
    schedule = Schedule()
    schedule.open("a", 1)
    schedule.open("b", 1)
    schedule.put(frame("a", 0))
    held = schedule.take(0)
    assert held is not None
    schedule.put(frame("a", 1))
    schedule.put(frame("b", 5))
    assert taken(schedule) == ("b", 5)
    assert taken(schedule) is None
    schedule.done(held)
    assert taken(schedule) == ("a", 1)


def test_removing_a_camera_waits_for_the_look_in_hand() -> None:
    schedule = Schedule()
    schedule.open("a", 1)
    schedule.put(frame("a", 0))
    held = schedule.take(0)
    assert held is not None
    removed = threading.Event()
    remover = threading.Thread(target=lambda: (schedule.remove("a"), removed.set()))
    remover.start()
    assert not removed.wait(0.05)
    schedule.done(held)
    assert removed.wait(60)
    remover.join()
    schedule.put(frame("a", 1))
    assert taken(schedule) is None


def test_a_look_wakes_a_thread_though_a_camera_is_being_removed() -> None:
    schedule = Schedule()
    for name in ("a", "b"):
        schedule.open(name, 1)
    schedule.put(frame("a", 0))
    held = schedule.take(0)
    assert held is not None
    got: list[object] = []
    remover = threading.Thread(target=lambda: schedule.remove("a"))
    taker = threading.Thread(target=lambda: got.append(schedule.take(30)))
    for thread in (remover, taker):
        thread.start()
        thread.join(0.2)  # it waits by then, the remover first
    schedule.put(frame("b", 1))
    taker.join(10)
    assert len(got) == 1
    schedule.done(held)
    remover.join()


def test_no_camera_starves_under_overload() -> None:
    """Twenty cameras offer a frame a second, five are looked at: after 20 s all have had about the same."""
    schedule = Schedule()
    names = [f"cam-{i}" for i in range(20)]
    for name in names:
        schedule.open(name, 1)
    looks = dict.fromkeys(names, 0)
    for second in range(20):
        for i, name in enumerate(names):
            schedule.put(frame(name, second + i / 100))
        for _ in range(5):
            turn = taken(schedule)
            assert turn is not None
            looks[turn[0]] += 1
    assert max(looks.values()) - min(looks.values()) <= 1


def test_closing_wakes_whoever_waits() -> None:
    schedule = Schedule()
    got: list[object] = []
    waiter = threading.Thread(target=lambda: got.append(schedule.take(30)))
    waiter.start()
    schedule.close()
    waiter.join(20)
    assert got == [None]


def test_a_look_that_decides_something_goes_first_even_when_a_newer_one_replaces_it() -> None:
    schedule = Schedule()
    for camera in ("calm", "due"):
        schedule.open(camera, 2.0)
    schedule.put(frame("calm", 0.0))
    schedule.put(frame("due", 1.0, decides=True))
    schedule.put(frame("due", 1.1))
    assert [taken(schedule), taken(schedule)] == [("due", 1.1), ("calm", 0.0)]
    schedule.put(frame("due", 5.0))
    schedule.put(frame("calm", 4.0))
    assert taken(schedule) == ("calm", 4.0)
