"""The API and a worker on a folder of their own, as an installation runs them, for measuring."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from api.cli.processes import Child, free_port, wait_until_healthy
from api.errors import ApiError
from streams.bench.truth import Raised
from streams.metrics.process_use import Use, machine_use, use_of
from streams.metrics.scrape import Scrape
from streams.site import Site

Say = Callable[[str], None]


class TrialFailed(ApiError):
    """The system did not come up, or did not last."""


@dataclass(frozen=True, slots=True)
class Moment:
    """All that is read at the beginning and at the end of the measured time."""

    at: datetime
    worker: Use
    server: Use
    api: Use
    machine: Use
    unknown_s: dict[str, float]
    figures: Scrape


@contextlib.contextmanager
def folder_or_temporary(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="sanxun-bench-", ignore_cleanup_errors=True) as made:
        yield Path(made)


class BenchSystem:
    """Runs until the end of the `with` block. `kept` is the data folder whose choice of provider is to be used."""

    def __init__(self, folder: Path, site: Site, *, kept: Path, model: str, threads: int | None) -> None:
        from api.auth.roles import Role
        from api.auth.tokens import make_token, make_worker_token
        from api.site.offline import write_site

        if (choices := kept / "providers.json").is_file():
            shutil.copy(choices, folder)
        if (eight_bits := kept / "int8").is_dir():
            shutil.copytree(eight_bits, folder / "int8", dirs_exist_ok=True)
        write_site(folder, site)
        port = free_port("127.0.0.1")
        self._url = f"http://127.0.0.1:{port}"
        self._log = (folder / "processes.log").open("ab")
        serve = ["serve", "--data", str(folder), "--host", "127.0.0.1", "--port", str(port)]
        self._api = Child("the API", serve, output=self._log)
        work = ["watch", "--api", self._url, "--data", str(folder), "--model", model]
        work += ["--threads", str(threads)] if threads else []
        metrics_port = free_port("127.0.0.1")
        work += ["--metrics-port", str(metrics_port)]
        self._metrics = f"http://127.0.0.1:{metrics_port}/metrics"
        token = {"SANXUN_TOKEN": make_worker_token(folder, "bench")}
        self._worker = Child("the worker", work, token, output=self._log)
        reader = make_token(folder, Role.COMMAND_CENTRE, name="bench")
        self._client = httpx.Client(
            base_url=f"{self._url}/api/v1",
            headers={"Authorization": f"Bearer {reader}"},
            timeout=30,
            trust_env=False,
        )

    def __enter__(self) -> BenchSystem:
        try:
            self._api.start(time.monotonic())
            if not wait_until_healthy(self._url, self._api.process):
                raise TrialFailed(f"the API of the bench did not answer; its words are in {self._log.name}")
            self._worker.start(time.monotonic())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        for child in (self._worker, self._api):
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
                try:
                    child.process.wait(20)
                except subprocess.TimeoutExpired:
                    child.process.kill()
                    child.process.wait()
            if child.process is not None and child.process.stdin is not None:
                child.process.stdin.close()
        self._client.close()
        self._log.close()

    @property
    def worker_pid(self) -> int:
        if self._worker.process is None or self._worker.process.poll() is not None:
            raise TrialFailed(f"the worker of the bench has ended; its last words: {self._last_words()}")
        return self._worker.process.pid

    def _last_words(self) -> str:
        return " | ".join(Path(self._log.name).read_text(errors="replace").splitlines()[-4:])

    def wait_until_live(self, names: Sequence[str], say: Say) -> float:
        """Seconds from the worker's start until every camera was live."""
        began_s = time.monotonic()
        patience_s = 90 + 0.5 * len(names)
        said_s = began_s
        while True:
            states = [health.get("state") for health in self._health().values()]
            live = states.count("live")
            now_s = time.monotonic()
            if live == len(names):
                return now_s - began_s
            _ = self.worker_pid
            if now_s - began_s > patience_s:
                raise TrialFailed(f"{live} of {len(names)} cameras were live after {patience_s:.0f} s")
            if now_s - said_s > 15:
                said_s = now_s
                say(f"{live} of {len(names)} cameras are live")
            time.sleep(0.5)

    def _health(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        page: dict[str, Any] = {"next": ""}
        while page["next"] is not None:
            asked = {"limit": 200} | ({"cursor": page["next"]} if page["next"] else {})
            page = self._client.get("/cameras", params=asked).raise_for_status().json()
            found |= {camera["id"]: camera["health"] or {} for camera in page["items"]}
        return found

    def moment(self, server_pid: int) -> Moment:
        assert self._api.process is not None
        health = self._health()
        return Moment(
            at=datetime.now(UTC),
            worker=use_of(self.worker_pid),
            server=use_of(server_pid),
            api=use_of(self._api.process.pid),
            machine=machine_use(),
            unknown_s={camera: float(found.get("unknown_s", 0.0)) for camera, found in health.items()},
            figures=self._figures(),
        )

    def _figures(self) -> Scrape:
        return Scrape.of(httpx.get(self._metrics, timeout=10, trust_env=False).text)

    def named(self) -> dict[str, str]:
        """What the worker says it runs."""
        health = next((found for found in self._health().values() if found), {})
        provider, _, precision = str(health.get("provider", "")).partition(" ")
        return {"model": str(health.get("model", "")), "provider": provider, "precision": precision}

    def raised(self) -> list[Raised]:
        """The same place again, while its ticket waits, is a sighting more and no ticket more."""
        stored_at = {ticket["hazard_id"]: ticket["created_at"] for ticket in self._items("/tickets")}
        return [
            Raised(hazard["camera"], hazard["zone"], _utc(hazard["raised_at"]), _utc(stored))
            for hazard in self._items("/hazards", sightings=True)
            if (stored := stored_at.get(hazard["id"]) or self._merged_at(hazard))
        ]

    def _merged_at(self, hazard: dict[str, Any]) -> str | None:
        merges = self._client.get(f"/hazards/{hazard['id']}/merges").raise_for_status().json()["items"]
        return next((str(one["at"]) for one in merges if one["hazard_id"] == hazard["id"]), None)

    def _items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            answer = self._client.get(path, params={"limit": 200, **query, **({"cursor": cursor} if cursor else {})})
            answer.raise_for_status()
            page = answer.json()
            rows += page["items"]
            if not (cursor := page.get("next")):
                return rows


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
