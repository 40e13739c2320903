"""The worker's figures while it runs: served on loopback, and where, written into its folder for `sanxun top`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.cli.top_source import ADDRESS_FILE, DEFAULT_METRICS_PORT
from streams.metrics.record import Metrics
from streams.metrics.server import MetricsServer, MetricsUnavailable

log = logging.getLogger("sanxun.metrics")


@contextmanager
def figures_served(metrics: Metrics, port: int | None, data: Path) -> Iterator[MetricsServer]:
    """Serve until the block ends. `port` None takes 9464 or, where another worker has that, a free one.

    Raises:
        MetricsUnavailable: the port that was asked for is taken.
    """
    with _listening(metrics, port) as server:
        address = data / ADDRESS_FILE
        beside = address.with_suffix(".new")  # whoever looks for the file finds it whole
        beside.write_text(f"{server.url}\n", encoding="utf-8")
        beside.replace(address)
        log.info("figures for Prometheus and `sanxun top`: %s", server.url)
        try:
            yield server
        finally:
            address.unlink(missing_ok=True)


def _listening(metrics: Metrics, port: int | None) -> MetricsServer:
    if port is not None:
        return MetricsServer(metrics, port)
    try:
        return MetricsServer(metrics, DEFAULT_METRICS_PORT)
    except MetricsUnavailable:
        return MetricsServer(metrics, 0)
