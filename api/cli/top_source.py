"""Where `sanxun top` asks: a worker's own endpoint, or the API's camera list."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

import httpx

from api.cli.top_board import Reading
from streams.errors import ApiAway, ApiDenied, LinkError
from streams.metrics.scrape import Scrape

ADDRESS_FILE = "worker.metrics"
DEFAULT_METRICS_PORT = 9464


class Source:
    """Asks one place again and again. `ask` raises `LinkError`."""

    def __init__(self, client: httpx.Client, shown: str) -> None:
        self._client = client
        self.shown = shown

    def ask(self) -> Reading:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def _get(self, path: str) -> httpx.Response:
        try:
            answer = self._client.get(path)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ApiAway(f"{self.shown}: {type(error).__name__}: {error or 'no answer'}") from error
        if answer.status_code in (401, 403):
            raise ApiDenied(f"{self.shown}{path}: not allowed ({answer.status_code}); see docs/metrics.md for a token")
        if answer.status_code != httpx.codes.OK:
            raise LinkError(f"{self.shown}{path}: answered {answer.status_code}")
        return answer


class WorkerSource(Source):
    """A worker's `/metrics` and the `/status` beside it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        base = f"{parts.scheme}://{parts.netloc}"
        super().__init__(httpx.Client(base_url=base, timeout=5, trust_env=False), base)

    def ask(self) -> Reading:
        figures, status = Scrape.of(self._get("/metrics").text), _json(self._get("/status"), self.shown)
        return Reading(
            cameras=tuple(status["cameras"]),
            figures=figures,
            **{name: str(status.get(name) or "") for name in ("worker", "model", "provider", "precision")},
        )


class ApiSource(Source):
    """The API's camera list, for all workers together; without figures of any one worker."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        client = httpx.Client(base_url=url.rstrip("/"), headers=headers, timeout=10, trust_env=False)
        super().__init__(client, url.rstrip("/"))

    def ask(self) -> Reading:
        reports = [_report(camera) for camera in self._cameras()]
        told = [report for report in reports if report.get("worker")]
        return Reading(
            cameras=tuple(reports),
            figures=Scrape(),
            **{name: _several({str(report.get(name) or "") for report in told}) for name in _WHO},
        )

    def _cameras(self) -> list[dict[str, Any]]:
        found, path = list[dict[str, Any]](), f"/api/v1/cameras?limit={_PAGE}"
        page = _json(self._get(path), self.shown, "items")
        found += page["items"]
        while following := page.get("next"):
            page = _json(self._get(f"{path}&cursor={quote(str(following))}"), self.shown, "items")
            found += page["items"]
        return found


_PAGE = 200
_WHO = ("worker", "model", "provider")


def worker_url(given: str | None, data: Path) -> str:
    """Where the worker of a data folder says that it listens, or where one does by default."""
    if given is not None:
        return given
    try:
        return (data / ADDRESS_FILE).read_text(encoding="utf-8").strip()
    except OSError:
        return f"http://127.0.0.1:{DEFAULT_METRICS_PORT}/metrics"


def _report(camera: dict[str, Any]) -> dict[str, Any]:
    state = "unknown" if camera.get("enabled", True) else "disabled"
    return {"state": state, **(camera.get("health") or {}), "camera": camera["id"]}


def _several(names: set[str]) -> str:
    names.discard("")
    return next(iter(names)) if len(names) == 1 else f"{len(names)} different" if names else ""


def _json(answer: httpx.Response, shown: str, field: str = "cameras") -> dict[str, Any]:
    try:
        body = answer.json()
        if isinstance(body[field], list):
            return dict(body)
    except (ValueError, KeyError, TypeError):
        pass
    raise LinkError(f"{shown}: the answer has no {field}: is this Sanxun?")
