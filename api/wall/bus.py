"""Telling open pages what has changed: names only, the page fetches. Lives on the event loop of one process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from api.kit.scope import Scope

Topic = Literal["hazard", "ticket", "camera", "resync"]
_MOST_WAITING = 256


@dataclass(frozen=True, slots=True)
class Change:
    topic: Topic
    id: str


@dataclass(eq=False, slots=True)
class Subscriber:
    """What one page has not yet been told. A page that falls behind is told to fetch everything instead."""

    scope: Scope
    waiting: asyncio.Queue[Change] = field(default_factory=lambda: asyncio.Queue(_MOST_WAITING))

    def tell(self, change: Change) -> None:
        if self.waiting.full():
            while not self.waiting.empty():
                self.waiting.get_nowait()
            change = Change("resync", "")
        self.waiting.put_nowait(change)


class Bus:
    def __init__(self) -> None:
        self._subscribers: set[Subscriber] = set()
        self._site_revision: int | None = None
        self.closed = False

    def publish(self, topic: Topic, id: str, grid: str | None) -> None:
        """Tell the pages whose scope covers `grid`."""
        for subscriber in self._subscribers:
            if subscriber.scope.covers(grid):
                subscriber.tell(Change(topic, id))

    def publish_to_all(self, topic: Topic) -> None:
        for subscriber in self._subscribers:
            subscriber.tell(Change(topic, ""))

    def close(self) -> None:
        """End all streams: a server that stops would otherwise wait for pages that never hang up."""
        self.closed = True
        self.publish_to_all("resync")

    def site_is_at(self, revision: int) -> None:
        """A command may have changed the site from another process; the workers' polls show it."""
        if self._site_revision not in (None, revision):
            self.publish_to_all("camera")
        self._site_revision = revision

    @contextmanager
    def subscribed(self, scope: Scope) -> Iterator[Subscriber]:
        subscriber = Subscriber(scope)
        self._subscribers.add(subscriber)
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)
