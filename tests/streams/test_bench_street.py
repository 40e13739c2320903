"""What the bench measures with: cameras in a process of their own, what a process uses, and its plot."""

from __future__ import annotations

import os
import sys
import time
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.bench.plot import Panel, ticks, write_svg
from streams.bench.street import Street, random_offsets_s
from streams.errors import StreamError
from streams.metrics.process_use import machine_use, use_of
from streams.sources.source import open_source

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


@LINUX
def test_cameras_are_served_from_a_process_of_their_own_until_closed(clip: Path) -> None:
    with Street({"a": clip, "b": clip}, {"a": 0.0, "b": 3.0}) as street:
        assert street.pid != os.getpid()
        assert use_of(street.pid).rss_mb > 10
        assert (street.began_at["a"] - street.began_at["b"]).total_seconds() == pytest.approx(3.0)
        assert abs((datetime.now(UTC) - street.began_at["a"]).total_seconds()) < 10
        for name in ("a", "b"):
            with open_source(street.url(name), timeout_s=5) as source:
                assert next(source.packets()).is_keyframe
    with pytest.raises(StreamError, match="cannot be measured"):
        use_of(street.pid)


def test_what_cannot_be_served_is_said(assets: Path) -> None:
    with pytest.raises(StreamError, match=r"only H\.264"):
        Street({"a": assets / "clips" / "road.avi"}, {})


def test_offsets_are_by_the_seed_and_within_the_loop() -> None:
    names = [f"cam-{i}" for i in range(50)]
    first = random_offsets_s(names, 128.0, 1)
    assert first == random_offsets_s(names, 128.0, 1) != random_offsets_s(names, 128.0, 2)
    assert all(0 <= value <= 128 for value in first.values())
    assert len({round(value % 2, 1) for value in first.values()}) > 10, "key frames must not fall together"


@LINUX
def test_processor_time_is_counted() -> None:
    before, machine = use_of(os.getpid()), machine_use()
    ends_s = time.process_time() + 0.3
    while time.process_time() < ends_s:
        sum(range(1000))
    after = use_of(os.getpid())
    assert after.cpu_s - before.cpu_s == pytest.approx(0.3, abs=0.15)
    assert 0 < after.percent_since(before) <= 130
    assert machine_use().cpu_s >= machine.cpu_s + 0.2


@pytest.mark.parametrize("most", [0.3, 1, 7, 93, 100, 101, 4321])
def test_ticks_are_few_and_round_and_reach_the_top(most: float) -> None:
    found = ticks(most)
    assert 4 <= len(found) <= 8
    assert found[0] == 0
    assert found[-2] < most <= found[-1]


def test_the_plot_shows_every_point(tmp_path: Path) -> None:
    path = tmp_path / "plot.svg"
    write_svg(path, [Panel("CPU <%>", [1, 4, 16], [2.5, 9, 30]), Panel("MB", [1, 4, 16], [300, 340, 500])], x_title="n")
    tree = ET.parse(path)
    named = "{http://www.w3.org/2000/svg}"
    assert len(tree.findall(f".//{named}circle")) == 6
    words = [text.text for text in tree.findall(f".//{named}text")]
    assert {"CPU <%>", "2.5", "500"} <= set(words)
