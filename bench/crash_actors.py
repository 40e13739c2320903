"""Those who go on while API and database are killed: workers, a person, an officer, each again until it is answered."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx

from tests.api.house import event

_UNANSWERED = (500, 502, 503, 504)


class Actor(threading.Thread):
    """Does its steps one after the other, each again until it is answered, for as long as it may go on."""

    def __init__(self, name: str, url: str, token: str, stop: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self.stop, self.repeats, self.fault = stop, 0, ""
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=30, trust_env=False)

    def steps(self) -> Iterator[object]:
        raise NotImplementedError

    def run(self) -> None:
        try:
            for _ in self.steps():
                if self.stop.is_set():
                    return
        except Exception as error:
            self.fault = f"{self.name}: {type(error).__name__}: {error}"

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        while True:
            try:
                answer = self._client.request(method, path, **given)
            except httpx.HTTPError:
                self.repeats += 1
                time.sleep(0.05)
                continue
            if answer.status_code not in _UNANSWERED:
                return answer
            self.repeats += 1
            time.sleep(0.05)


class Worker(Actor):
    def __init__(self, number: int, url: str, token: str, stop: threading.Event, mp4: bytes) -> None:
        super().__init__(f"worker-{number}", url, token, stop)
        self._number, self._mp4 = number, mp4
        self.sent: list[str] = []
        self.clips: list[str] = []

    def steps(self) -> Iterator[object]:
        n = 0
        while True:
            incident = f"w{self._number}-{n}"
            # Far enough apart in time that none is merged with the one before.
            day, hour = divmod(n, 24)
            at = {"captured_at": f"2025-{1 + day // 28:02}-{1 + day % 28:02}T{hour:02}:00:00.000Z"}
            at["began_at"] = at["captured_at"]
            for change in ("raised", "cleared"):
                body = event(incident, change, camera=f"cam-{1 + self._number % 2}", **at)
                answer = self.ask("POST", "/events", json={"events": [body]})
                assert answer.status_code == 200, answer.text
                taken = answer.json()
                assert taken["accepted"] + taken["duplicates"] == [body["event_id"]], taken
                self.sent.append(body["event_id"])
                yield
            if n % 3 == 0:
                answer = self.ask("PUT", f"/worker/events/{incident}-raised/clip", content=self._mp4)
                assert answer.status_code == 204, answer.text
                self.clips.append(f"{incident}-raised")
                yield
            n += 1


class Person(Actor):
    """Takes on each open ticket and says that it is done."""

    def __init__(self, url: str, token: str, stop: threading.Event) -> None:
        super().__init__("person", url, token, stop)
        self.did: Counter[tuple[str, str]] = Counter()

    def steps(self) -> Iterator[object]:
        while True:
            found = self.ask("GET", "/tickets?state=dispatched&state=working&limit=20").json()["items"]
            for ticket in found:
                for command in ("accept", "close"):
                    answer = self.ask("POST", f"/tickets/{ticket['id']}/{command}", json={"note": "seen to"})
                    # 409: the camera's word, or our own earlier try, has ended the ticket meanwhile.
                    assert answer.status_code in (200, 409), answer.text
                    if answer.status_code == 200:
                        self.did[ticket["id"], command] += 1
                    yield
            time.sleep(0.02)
            yield


class Officer(Actor):
    def __init__(self, url: str, token: str, stop: threading.Event, workers: list[Worker], mp4: bytes) -> None:
        super().__init__("officer", url, token, stop)
        self._workers, self._mp4, self.opened = workers, mp4, 0

    def steps(self) -> Iterator[object]:
        while True:
            for clip in [clip for worker in self._workers for clip in worker.clips[-1:]]:
                answer = self.ask("POST", f"/clips/{clip}/open", json={"reason": f"opening {self.opened}"})
                assert (answer.status_code, answer.content == self._mp4) == (200, True), answer.status_code
                self.opened += 1
                yield
            time.sleep(0.02)
            yield
