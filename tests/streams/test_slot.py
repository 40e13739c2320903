"""The newest frame is what is looked at; the others are counted."""

from __future__ import annotations

import threading

from streams.slot import LatestFrame


def test_a_newer_item_replaces_the_one_that_waits_and_is_counted() -> None:
    slot: LatestFrame[int] = LatestFrame()
    for number in range(5):
        slot.put(number)
    assert slot.take() == 4
    assert (slot.dropped, slot.total) == (4, 5)


def test_an_item_is_taken_once() -> None:
    slot: LatestFrame[int] = LatestFrame()
    slot.put(1)
    assert (slot.take(), slot.take(), slot.dropped) == (1, None, 0)


def test_take_wakes_with_the_put_and_with_the_close() -> None:
    slot: LatestFrame[int] = LatestFrame()
    taken: list[int | None] = []
    took = threading.Event()

    def consume() -> None:
        taken.append(slot.take(60))
        took.set()
        taken.append(slot.take(60))

    thread = threading.Thread(target=consume)
    thread.start()
    slot.put(7)
    assert took.wait(60)
    slot.close()
    thread.join(60)
    assert not thread.is_alive()
    assert taken == [7, None]


def test_one_event_serves_many_slots() -> None:
    ready = threading.Event()
    slots = [LatestFrame[int](ready) for _ in range(3)]
    slots[2].put(1)
    assert ready.is_set()
    assert [slot.take() for slot in slots] == [None, None, 1]
