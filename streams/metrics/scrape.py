"""Reading figures back from Prometheus text: one scrape, and what has happened between two."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

from streams.errors import LinkError

Labels = tuple[tuple[str, str], ...]


class NotFigures(LinkError):
    """What came is not Prometheus text."""


@dataclass(frozen=True, slots=True)
class Scrape:
    """Samples by name and labels. `cumulative` names those that only grow: counters' and histograms'."""

    samples: Mapping[str, Mapping[Labels, float]] = field(default_factory=dict)
    cumulative: frozenset[str] = frozenset()

    @classmethod
    def of(cls, text: str) -> Scrape:
        """Raises `NotFigures`."""
        samples: dict[str, dict[Labels, float]] = {}
        cumulative: set[str] = set()
        try:
            for family in text_string_to_metric_families(text):
                for sample in family.samples:
                    samples.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
                    if family.type in ("counter", "histogram"):
                        cumulative.add(sample.name)
        except (ValueError, KeyError, IndexError) as error:
            raise NotFigures(f"this is not Prometheus text: {error}") from error
        return cls(samples, frozenset(cumulative))

    def value(self, name: str, **labels: str) -> float | None:
        """The one sample with exactly these labels; None where there is none."""
        return self.samples.get(name, {}).get(tuple(sorted(labels.items())))

    def total(self, name: str, **labels: str) -> float:
        """The sum of all samples that have these labels among theirs."""
        wanted = set(labels.items())
        return sum(value for have, value in self.samples.get(name, {}).items() if wanted <= set(have))

    def by(self, name: str, label: str, **labels: str) -> dict[str, float]:
        """Sums by one label's values."""
        wanted = set(labels.items())
        sums: dict[str, float] = {}
        for have, value in self.samples.get(name, {}).items():
            if wanted <= set(have):
                key = dict(have).get(label, "")
                sums[key] = sums.get(key, 0.0) + value
        return sums

    def table(self, name: str, row: str, column: str) -> dict[str, dict[str, float]]:
        """Sums by two labels' values, in one pass: for what has hundreds of rows."""
        sums: dict[str, dict[str, float]] = {}
        for have, value in self.samples.get(name, {}).items():
            labels = dict(have)
            cells, key = sums.setdefault(labels.get(row, ""), {}), labels.get(column, "")
            cells[key] = cells.get(key, 0.0) + value
        return sums

    def labels(self, name: str) -> dict[str, str]:
        """The labels of a metric that has one sample, as information has; empty where it is absent."""
        return next((dict(have) for have in self.samples.get(name, {})), {})

    def quantile(self, name: str, share: float, **labels: str) -> float | None:
        """From a histogram's buckets, evenly spread within one; None where nothing was observed.

        Beyond the last bound nothing is known but that: the answer is that bound.
        """
        bounds = self.by(f"{name}_bucket", "le", **labels)
        return _quantile(sorted((float(le), count) for le, count in bounds.items()), share)

    def since(self, earlier: Scrape) -> Scrape:
        """What was added since: differences of all that only grows; the rest as it is now.

        A process that was started again counts from 0 again: what it has now is what was added.
        """
        samples = {
            name: {
                labels: _added(earlier.samples.get(name, {}).get(labels, 0.0), now) if name in self.cumulative else now
                for labels, now in values.items()
            }
            for name, values in self.samples.items()
        }
        return Scrape(samples, self.cumulative)


def _added(before: float, now: float) -> float:
    return now - before if now >= before else now


def _quantile(bounds: Iterable[tuple[float, float]], share: float) -> float | None:
    pairs = list(bounds)
    if not pairs or pairs[-1][1] <= 0:
        return None
    rank = share * pairs[-1][1]
    low_s = below = 0.0
    for bound_s, count in pairs:
        if count >= rank:
            if math.isinf(bound_s):
                return low_s
            return low_s + (bound_s - low_s) * ((rank - below) / (count - below) if count > below else 1.0)
        low_s, below = bound_s, count
    return low_s
