"""A worker's figures: counted under load, exposed as Prometheus reads them, documented one and all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from streams.delivery.outbox import OutboxCounts
from streams.errors import OutboxUnwritable
from streams.health.meter import CameraHealth, CameraState
from streams.metrics.record import STAGES, Identity, Metrics
from streams.metrics.tallies import BUCKETS_S, OTHERS, Tally
from streams.sources.intake import Intake
from streams.sources.naps import NapFigures
from streams.sources.reception import Reception
from tests.conftest import REPOSITORY

AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
LIVE = CameraHealth(
    camera="gate-1",
    state=CameraState.LIVE,
    since=AT,
    last_frame_at=AT,
    resolution_wh=(1920, 1080),
    fps=25.0,
    looks_per_s=0.5,
    dropped=3,
    reconnects=2,
    unknown_s=12.5,
    unknown_by={"silent": 12.5},
    fault="covered",
    error=None,
    decoding="key frames",
    key_interval_s=2.0,
    decode_errors=7,
)

RECEPTION = Reception(
    bytes_received=5_000_000,
    packets=4_000,
    packets_lost=6,
    packets_late=0,
    pictures=250,
    pictures_broken=1,
    pictures_discarded=24,
    junk_bytes=0,
    naps=NapFigures(taken=25, slept_s=9.9, nap_s=0.4, hurried=False, fullest=0.2),
)
INTAKE = Intake(RECEPTION, decoded=5, ring_bytes=6_000_000, ring_s=12.0, ring_overflows=0)


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Every sample under its name and its labels' values, as a scraper reads them."""
    families = text_string_to_metric_families(generate_latest(metrics.registry).decode())
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def full(cameras: Sequence[CameraHealth] = (LIVE,)) -> Metrics:
    """Metrics that have something to say in every family."""
    metrics = Metrics()
    metrics.identify(Identity("house-1", "street-v4", "openvino", "bf16"))
    intakes = {camera.camera: INTAKE for camera in cameras}
    metrics.attach(cameras=lambda: cameras, intakes=lambda: intakes)
    metrics.attach(
        drops=lambda: {(camera.camera, "late"): 1 for camera in cameras},
        outbox=lambda: OutboxCounts(4, 1, 2, 0, clips_dropped=3, oldest_at=AT),
        evidence=lambda: {"clips_made": 8, "files_delivered": 11},
    )
    for stage in STAGES:
        metrics.stage(stage, 0.031)
    metrics.look("gate-1", "gated")
    metrics.dropped("gate-1", "replaced", 2)
    metrics.event("fire_lane", "raised")
    metrics.pressure(0.25)
    return metrics


def test_what_a_receiver_does_not_tell_is_no_zero() -> None:
    told = replace(INTAKE, reception=replace(RECEPTION, packets_lost=None, packets_late=None, pictures_discarded=None))
    assert told.drops() == {"pictures broken": 1, "ring overflows": 0}


def test_a_scraper_reads_what_was_recorded() -> None:
    read = samples(full())
    assert read["sanxun_worker_info", "street-v4", "bf16", "openvino", "house-1"] == 1
    assert read["sanxun_looks_total", "gate-1", "gated"] == 1
    assert read["sanxun_dropped_total", "gate-1", "replaced"] == 2
    assert read["sanxun_dropped_total", "gate-1", "packets lost"] == 6
    assert read["sanxun_dropped_total", "gate-1", "late"] == 1
    assert read["sanxun_camera_received_bytes_total", "gate-1"] == 5_000_000
    assert read["sanxun_camera_decoded_total", "gate-1"] == 5
    assert read["sanxun_camera_nap_seconds", "gate-1"] == 0.4
    assert read["sanxun_camera_ring_seconds", "gate-1"] == 12.0
    assert read["sanxun_events_total", "raised", "fire_lane"] == 1
    assert read["sanxun_pressure",] == 0.25
    assert read["sanxun_camera_state", "gate-1", "live"] == 1
    assert read["sanxun_camera_state", "gate-1", "down"] == 0
    assert read["sanxun_camera_fault", "gate-1", "covered"] == 1
    assert read["sanxun_camera_unknown_seconds_total", "gate-1", "silent"] == 12.5
    assert read["sanxun_camera_last_frame_timestamp_seconds", "gate-1"] == AT.timestamp()
    assert read["sanxun_evidence_total", "clips_made"] == 8
    assert read["sanxun_evidence_total", "files_delivered"] == 11
    assert read["sanxun_outbox_events", "pending"] == 4
    assert read["sanxun_outbox_lost_total", "still"] == 2
    assert read["sanxun_outbox_lost_total", "clip"] == 3
    assert read["sanxun_outbox_oldest_timestamp_seconds",] == AT.timestamp()


def test_a_duration_counts_in_its_bucket_and_all_above() -> None:
    metrics = Metrics()
    for seconds in (0.01, 0.0101, 99.0):
        metrics.stage("infer", seconds)
    read = samples(metrics)
    name = "sanxun_stage_seconds_bucket"
    assert read[name, "0.0075", "infer"] == 0
    assert read[name, "0.01", "infer"] == 1  # a bound belongs to its bucket: le means less or equal
    assert read[name, "0.015", "infer"] == 2
    assert read[name, "10.0", "infer"] == 2
    assert read[name, "+Inf", "infer"] == read["sanxun_stage_seconds_count", "infer"] == 3
    assert read["sanxun_stage_seconds_sum", "infer"] == pytest.approx(99.0201)
    assert list(BUCKETS_S) == sorted(set(BUCKETS_S))


def test_a_stage_that_raises_is_timed_too() -> None:
    metrics = Metrics()
    with pytest.raises(ZeroDivisionError), metrics.timed("decode"):
        1 / 0  # noqa: B018
    assert metrics.durations("decode").count == 1


def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(KeyError):
        Metrics().stage("guess", 0.1)  # type: ignore[arg-type]


def test_nothing_recorded_by_many_threads_is_lost() -> None:
    metrics, start = Metrics(), threading.Barrier(4)

    def record() -> None:
        start.wait()
        for _ in range(5_000):
            metrics.stage("infer", 0.02)
            metrics.look("gate-1", "inferred")
            metrics.dropped("gate-1", "replaced")

    threads = [threading.Thread(target=record) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert metrics.durations("infer").count == 20_000
    assert metrics.looks() == {("gate-1", "inferred"): 20_000}
    assert metrics.drops() == {("gate-1", "replaced"): 20_000}


def test_two_workers_of_one_process_count_for_themselves() -> None:
    one, other = Metrics(), Metrics()
    one.look("gate-1", "gated")
    assert other.looks() == {}
    assert ("sanxun_looks_total", "gate-1", "gated") not in samples(other)


def test_a_camera_that_is_gone_leaves_no_series() -> None:
    metrics = full(cameras=())
    metrics.forget("gate-1")
    assert not [key for key in samples(metrics) if "gate-1" in key]


def test_labels_are_bounded_whatever_comes() -> None:
    tally = Tally(most_pairs=3)
    for camera in range(1_000):
        tally.add(f"camera-{camera}", "late")
    tally.add("camera-0", "late")
    assert len(tally.seen()) == 4
    assert tally.seen()[OTHERS, OTHERS] == 997
    assert tally.seen()["camera-0", "late"] == 2


def _refuse() -> OutboxCounts:
    raise OutboxUnwritable("the disk is full")


def test_an_outbox_that_cannot_be_read_does_not_cost_the_scrape() -> None:
    metrics = full()
    metrics.attach(outbox=_refuse)
    read = samples(metrics)
    assert read["sanxun_outbox_readable",] == 0
    assert ("sanxun_outbox_events", "pending") not in read
    assert read["sanxun_camera_state", "gate-1", "live"] == 1


def test_what_is_not_known_yet_has_no_sample() -> None:
    fresh = CameraHealth("gate-2", CameraState.CONNECTING, AT, None, None, None, 0.5, 0, 0, 0.0, None)
    names = {name for name, *labels in samples(full([fresh])) if labels[:1] == ["gate-2"]}
    assert "sanxun_camera_state" in names
    assert "sanxun_camera_frames_per_second" not in names
    assert "sanxun_camera_last_frame_timestamp_seconds" not in names


@pytest.mark.parametrize("make", [full], ids=["worker"])
def test_every_metric_is_documented(make: Callable[[], Metrics]) -> None:
    documented = (REPOSITORY / "docs" / "metrics.md").read_text(encoding="utf-8")
    families = list(text_string_to_metric_families(generate_latest(make().registry).decode()))
    names = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
    assert len(names) > 15
    assert not [name for name in sorted(names) if f"`{name}`" not in documented]
