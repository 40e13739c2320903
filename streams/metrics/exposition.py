"""A worker's figures as Prometheus metric families."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from streams.delivery.outbox import OutboxCounts
from streams.errors import StreamError
from streams.health.meter import CameraHealth, CameraState
from streams.metrics.tallies import BUCKETS_S, Seen
from streams.sources.intake import Intake

log = logging.getLogger("sanxun.metrics")

Family = TypeVar("Family", CounterMetricFamily, GaugeMetricFamily)


def counter(
    name: str, help_text: str, labels: Sequence[str], values: Mapping[tuple[str, str], float]
) -> CounterMetricFamily:
    return _filled(CounterMetricFamily(name, help_text, labels=labels), values.items())


def durations_family(stages: Mapping[str, Seen]) -> HistogramMetricFamily:
    """`sanxun_stage_seconds`; its buckets are cumulative, as the format wants them."""
    family = HistogramMetricFamily("sanxun_stage_seconds", "How long the stages of the loop take.", labels=("stage",))
    for stage, seen in stages.items():
        buckets: list[tuple[str, float]] = []
        so_far = 0
        for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), seen.counts, strict=True):
            so_far += count
            buckets.append((bound, so_far))
        family.add_metric((stage,), buckets, seen.sum_s)
    return family


def camera_families(cameras: Sequence[CameraHealth]) -> Iterator[Metric]:
    """What is known of each camera now. A figure that is not known yet has no sample."""
    yield _filled(
        GaugeMetricFamily("sanxun_camera_state", "1 for the camera's state.", labels=("camera", "state")),
        [((c.camera, state.value), float(c.state is state)) for c in cameras for state in CameraState],
    )
    yield _filled(
        GaugeMetricFamily("sanxun_camera_decoding", "1 for the way it is decoded.", labels=("camera", "how")),
        [((c.camera, c.decoding), 1.0) for c in cameras if c.decoding is not None],
    )
    yield _filled(
        GaugeMetricFamily("sanxun_camera_fault", "1 for a fault of its picture or clock.", labels=("camera", "fault")),
        [((c.camera, c.fault), 1.0) for c in cameras if c.fault is not None],
    )
    for name, help_text, figure in _GAUGES:
        known = ((c.camera, figure(c)) for c in cameras)
        gauge = GaugeMetricFamily(name, help_text, labels=("camera",))
        yield _filled(gauge, [((camera,), value) for camera, value in known if value is not None])
    yield _filled(
        CounterMetricFamily(
            "sanxun_camera_unknown_seconds", "Seconds without a known picture, by reason.", labels=("camera", "reason")
        ),
        [((c.camera, why), seconds) for c in cameras for why, seconds in c.unknown_by.items()],
    )
    for name, help_text, count in _COUNTERS:
        total = CounterMetricFamily(name, help_text, labels=("camera",))
        yield _filled(total, [((c.camera,), count(c)) for c in cameras])


def intake_families(intakes: Mapping[str, Intake]) -> Iterator[Metric]:
    """What each connection has brought, and what it costs to have it."""
    for name, help_text, count in _INTAKE_COUNTERS:
        total = CounterMetricFamily(name, help_text, labels=("camera",))
        yield _filled(total, [((camera,), count(intake)) for camera, intake in intakes.items()])
    for name, help_text, figure in _INTAKE_GAUGES:
        gauge = GaugeMetricFamily(name, help_text, labels=("camera",))
        yield _filled(gauge, [((camera,), figure(intake)) for camera, intake in intakes.items()])


def outbox_families(ask: Callable[[], OutboxCounts]) -> Iterator[Metric]:
    """The outbox's counts; where its file cannot be read, that alone."""
    readable = "1 while the outbox's file can be used, 0 otherwise."
    try:
        counts = ask()
    except StreamError as error:
        log.debug("a scrape could not count the outbox: %s", error)
        yield GaugeMetricFamily("sanxun_outbox_readable", readable, value=0)
        return
    yield GaugeMetricFamily("sanxun_outbox_readable", readable, value=1)
    yield _filled(
        GaugeMetricFamily("sanxun_outbox_events", "Events in the outbox.", labels=("state",)),
        [(("pending",), counts.pending), (("quarantined",), counts.quarantined)],
    )
    yield _filled(
        CounterMetricFamily("sanxun_outbox_lost", "What the outbox's caps have cost.", labels=("what",)),
        [(("still",), counts.stills_dropped), (("event",), counts.events_dropped), (("clip",), counts.clips_dropped)],
    )
    yield _filled(
        GaugeMetricFamily("sanxun_outbox_evidence", "Evidence that waits to be sent.", labels=("what",)),
        [(("still",), counts.stills), (("clip",), counts.clips)],
    )
    yield GaugeMetricFamily("sanxun_outbox_disk_full", "1 while the disk takes nothing.", value=counts.disk_full)
    oldest = GaugeMetricFamily("sanxun_outbox_oldest_timestamp_seconds", "When the oldest waiting event was stored.")
    if counts.oldest_at is not None:
        oldest.add_metric((), counts.oldest_at.timestamp())
    yield oldest


def evidence_family(counts: Mapping[str, int]) -> CounterMetricFamily:
    """What became of the evidence that was asked for."""
    family = CounterMetricFamily("sanxun_evidence", "Evidence by what became of it.", labels=("what",))
    return _filled(family, [((what,), count) for what, count in sorted(counts.items())])


def _filled(family: Family, samples: Iterable[tuple[Sequence[str], float]]) -> Family:
    for labels, value in samples:
        family.add_metric(labels, value)
    return family


_GAUGES: tuple[tuple[str, str, Callable[[CameraHealth], float | None]], ...] = (
    (
        "sanxun_camera_wanted_looks_per_second",
        "How often the camera is to be looked at.",
        lambda c: c.looks_per_s,
    ),
    ("sanxun_camera_frames_per_second", "Frames that the stream carries, as measured.", lambda c: c.fps),
    (
        "sanxun_camera_key_interval_seconds",
        "The longest of the last intervals between key frames.",
        lambda c: c.key_interval_s,
    ),
    (
        "sanxun_camera_last_frame_timestamp_seconds",
        "When the newest picture was captured.",
        lambda c: None if c.last_frame_at is None else c.last_frame_at.timestamp(),
    ),
)
_INTAKE_COUNTERS: tuple[tuple[str, str, Callable[[Intake], float]], ...] = (
    ("sanxun_camera_received_bytes", "Bytes received on the connection.", lambda i: i.reception.bytes_received),
    ("sanxun_camera_pictures", "Compressed pictures received.", lambda i: i.reception.pictures),
    ("sanxun_camera_decoded", "Pictures decoded, of those received.", lambda i: i.decoded),
)
_INTAKE_GAUGES: tuple[tuple[str, str, Callable[[Intake], float]], ...] = (
    ("sanxun_camera_nap_seconds", "How long the receiver sleeps between two drains.", lambda i: i.reception.naps.nap_s),
    (
        "sanxun_camera_buffer_fullest_ratio",
        "Most of the receive buffer ever in use.",
        lambda i: i.reception.naps.fullest,
    ),
    ("sanxun_camera_ring_bytes", "Bytes in the packet ring.", lambda i: i.ring_bytes),
    ("sanxun_camera_ring_seconds", "Seconds of video in the packet ring.", lambda i: i.ring_s),
)
_COUNTERS: tuple[tuple[str, str, Callable[[CameraHealth], float]], ...] = (
    ("sanxun_camera_reconnects", "Connections made again after a loss.", lambda c: c.reconnects),
    (
        "sanxun_camera_decode_errors",
        "Packets and pictures that could not be decoded.",
        lambda c: c.decode_errors,
    ),
)
