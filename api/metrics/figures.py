"""What the server counts as it goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

_REQUEST_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
# From an event that is being confirmed (promised within 500 ms) to a worker that was cut off for a week.
_DELAY_S = (0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.0, 5.0, 15.0, 60.0, 600.0, 3600.0, 86_400.0, 604_800.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class ApiMetrics:
    """Counters of one server, with a registry of their own. Used on the event loop alone."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "sanxun_http_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "sanxun_http_request_seconds",
            "How long it took until the answer began.",
            ("route",),
            buckets=_REQUEST_S,
            registry=self._registry,
        )
        self._taken = Counter(
            "sanxun_events_taken", "Events that workers delivered.", ("outcome",), registry=self._registry
        )
        self._delay = Histogram(
            "sanxun_event_delay_seconds",
            "From an event's capture to its arrival here.",
            buckets=_DELAY_S,
            registry=self._registry,
        )
        for outcome in ("accepted", "duplicate"):
            self._taken.labels(outcome)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """`route` is a route's name, not the path that was asked for: there are some dozens of them."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, f"{status // 100}xx").inc()
        self._seconds.labels(route).observe(seconds)

    def events(self, delays_s: Sequence[float], duplicates: int) -> None:
        """One delivery: the age of each event that was new, and how many had come before."""
        self._taken.labels("accepted").inc(len(delays_s))
        self._taken.labels("duplicate").inc(duplicates)
        for delay_s in delays_s:
            # A camera's clock may run ahead of ours; what is negative came at once.
            self._delay.observe(max(0.0, delay_s))

    def exposition(self, now: Iterable[Metric]) -> bytes:
        """Everything as Prometheus text; `now` are the families that hold for this moment alone."""
        return generate_latest(_Together(self._registry, list(now)))


class _Together(CollectorRegistry):
    """A registry's families and some more, for one scrape."""

    def __init__(self, registry: CollectorRegistry, more: list[Metric]) -> None:
        super().__init__()
        self.register(_Fixed([*registry.collect(), *more]))


class _Fixed(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
