"""A worker's figures over HTTP, for this machine alone: `/metrics` for Prometheus, `/status` for `sanxun top`."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import asdict
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from prometheus_client.exposition import choose_encoder

from streams.delivery.events import utc_text
from streams.errors import StreamError
from streams.health.meter import CameraHealth
from streams.metrics.record import Metrics

log = logging.getLogger("sanxun.metrics")

LOOPBACK = "127.0.0.1"
_OURS = frozenset({"127.0.0.1", "localhost", "::1"})
# A scraper that connects and says nothing must not keep a thread for ever.
_PATIENCE_S = 5.0


class MetricsUnavailable(StreamError):
    """The port cannot be listened on."""


class MetricsServer:
    """Listens from construction to `stop`, answers from `start` on. `port` 0 takes a free one.

    Raises `MetricsUnavailable` where the port is taken. Figures are put together per request, in a thread of its own;
    the cameras and the inference threads never wait for one.
    """

    def __init__(self, metrics: Metrics, port: int = 0) -> None:
        handler = type("Handler", (_Handler,), {"metrics": metrics})
        try:
            self._server = _Server((LOOPBACK, port), handler)
        except OSError as error:
            raise MetricsUnavailable(f"port {port} of {LOOPBACK} cannot be used: {error.strerror}") from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, name="metrics", daemon=True
        )

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/metrics"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(timeout=5)
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def status_json(metrics: Metrics) -> dict[str, Any]:
    """What the figures cannot say: names and reasons in words. No credentials are in any of it."""
    return {**asdict(metrics.identity), "cameras": [health_json(camera) for camera in metrics.cameras()]}


def health_json(health: CameraHealth) -> dict[str, Any]:
    """All of a camera's health as JSON, times as UTC text."""
    return {name: utc_text(value) if isinstance(value, datetime) else value for name, value in asdict(health).items()}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Two workers on one port would each be asked now and then: the second must be refused.
    allow_reuse_port = False


class _Handler(BaseHTTPRequestHandler):
    metrics: Metrics
    timeout = _PATIENCE_S
    # A connection each: one that is kept open would go on being answered after `stop`.
    protocol_version = "HTTP/1.0"
    server_version = "sanxun"
    sys_version = ""

    def do_GET(self) -> None:
        if not self._meant_for_us():
            self._answer(403, "text/plain", b"ask by the address 127.0.0.1\n")
            return
        try:
            self._answer(*self._page(urlsplit(self.path).path))
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            self.close_connection = True
        except Exception:
            log.exception("a scrape failed")
            self._answer(500, "text/plain", b"the figures could not be put together; the worker's log says why\n")

    def _page(self, path: str) -> tuple[int, str, bytes]:
        if path == "/metrics":
            encode, content_type = choose_encoder(self.headers.get("Accept", ""))
            return 200, content_type, encode(self.metrics.registry)
        if path == "/status":
            return 200, "application/json", json.dumps(status_json(self.metrics)).encode()
        return 404, "text/plain", b"there are /metrics and /status\n"

    def _meant_for_us(self) -> bool:
        """False where a name of somebody else's was made to lead here, as a web page can do to read our answer."""
        try:
            return urlsplit(f"//{self.headers.get('Host', '')}").hostname in _OURS
        except ValueError:
            return False

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        log.debug("%s", format % args)
