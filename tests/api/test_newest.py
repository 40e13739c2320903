"""What the server remembers of tickets as they were told ends at a number."""

from __future__ import annotations

from api.kit.newest import Newest


def test_what_was_longest_not_asked_for_is_forgotten_first() -> None:
    kept: Newest[int, str] = Newest(1000)
    for number in range(1000):
        kept.put(number, str(number))
    assert kept.get(0) == "0"
    for number in range(1000, 5000):
        kept.put(number, str(number))
        assert kept.get(0) == "0", "what is asked for stays"
    assert kept.get(1) is None
    assert sum(kept.get(number) is not None for number in range(5000)) == 1000


def test_a_new_value_takes_no_second_place() -> None:
    kept: Newest[str, int] = Newest(2)
    for number in range(10):
        kept.put("one", number)
    kept.put("two", 2)
    assert (kept.get("one"), kept.get("two")) == (9, 2)
