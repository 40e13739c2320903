"""The bench tells the truth about a real, small system: cameras that are held, and the search for how many."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from api.cli.bench_cameras import Trial, least_seconds, run_trial
from api.cli.bench_search import most_held, run_and_plot
from models.catalog import find
from models.session import open_session
from streams.bench.compose import Order, Rendition, compose
from vision.detect import Detector

KEYS = (
    *("cameras", "held", "planted", "raised_in_time", "late", "false_alarms", "delay_beyond_dwell_s"),
    *("unknown_share_max", "cpu_percent", "rss_mb", "inferences_per_s", "gated_share", "seconds"),
)


@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_three_small_cameras_are_judged_by_the_truth(assets: Path, tmp_path: Path) -> None:
    weights = assets / "weights" / "yolo11n_640_fp32.onnx"
    spec = find(str(weights), None)
    detector = Detector(spec, open_session(spec, provider="CPUExecutionProvider").run)
    order = Order(seed=2, hazards=1, length_s=32, dwell_s=5, stays_s=9)
    clip = assets / "clips" / "ua_detrac_intersection.mp4"
    made = compose(clip, tmp_path / "made", detector, order, (Rendition("main", (640, 360), 700_000),))
    said: list[str] = []
    trial = Trial(made, 3, 43.0, False, str(weights), 1, tmp_path, 5, tmp_path / "run")
    assert trial.seconds >= least_seconds(made)
    line = run_trial(trial, said.append)
    log = (tmp_path / "run" / "processes.log").read_text()
    assert set(KEYS) <= set(line)
    # The loop of 32 s and one promise of 9 s fit into the time: every camera has one hazard at least.
    assert line["planted"] >= 3, (line, said, log)
    assert line["raised_in_time"] + line["late"] == line["planted"]
    assert line["raised_in_time"] + line["late"] - line["never_raised"] >= line["planted"] - 1, (said, log)
    assert line["false_alarms"] == 0, (said, log)
    assert 0 < line["cpu_percent"] < 200
    assert line["rss_mb"] > 100
    assert line["server_cpu_percent"] < 100
    assert line["model"] == "yolo11n"
    assert line["looks_per_s"] >= line["inferences_per_s"] > 0.1
    assert 0 <= line["gated_share"] < 1
    assert line["stages"]["infer"]["mean_ms"] > 1


def scripted(limit: int, calls: list[int]) -> Any:
    def run(count: int) -> dict[str, Any]:
        calls.append(count)
        return {
            "cameras": count,
            "held": count <= limit,
            "planted": 1,
            "raised_in_time": 1,
            "false_alarms": 0,
            "unknown_share_max": 0.0,
            "cpu_percent": 1.5 * count,
            "rss_mb": 300.0 + 15 * count,
            "model": "m",
            "provider": "p",
            "precision": "fp32",
            "machine": {"cores": 2},
        }

    return run


@pytest.mark.parametrize("limit", [0, 1, 2, 7, 30, 64, 100, 137])
@pytest.mark.parametrize("begin", [1, 8, 64])
def test_the_search_finds_the_most_that_is_held(limit: int, begin: int) -> None:
    calls: list[int] = []
    best = most_held(scripted(limit, calls), begin, lambda _: None)
    assert best["held"] == (limit > 0)
    assert best["cameras"] <= max(1, limit)
    assert best["cameras"] >= limit / 1.09 - 1
    assert len(calls) == len(set(calls)) <= 14
    assert [trial["cameras"] for trial in best["trials"]] == sorted(calls)


def test_the_plot_has_a_trial_for_each_number_up_to_the_most(tmp_path: Path) -> None:
    calls: list[int] = []
    line = run_and_plot(scripted(1000, calls), tmp_path / "plot.svg", 64)
    assert calls == [1, 4, 16, 64]
    assert line["cameras"] == 64
    assert (tmp_path / "plot.svg").read_text().count("<circle") == 8
