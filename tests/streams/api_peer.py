"""A small real HTTP server that takes events as the API does, and misbehaves as networks and servers do."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

TOKEN = "worker-token-0123456789"


class ApiPeer:
    """Stores each event once by its id. `mood` is asked at every delivery and says what goes wrong with it:

    "" nothing; "lost": 503 before anything is stored; "torn": stored, then 500; "mute": stored, then no answer;
    "proxy": 200 with a page that is not ours; "denied": 401. An event of `refused_zone` is refused with 422.
    Clips and stills are taken after their event, or answered with `evidence_status`.
    """

    def __init__(self, mood: Callable[[int], str] = lambda _: "") -> None:
        self.stored: dict[str, dict[str, Any]] = {}
        self.deliveries: Counter[str] = Counter()
        self.requests = 0
        self.refused_zone = "poison"
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.site_etag, self.site = '"1"', {"site": {"name": "Danjiang"}}
        self.evidence: dict[str, bytes] = {}
        self.evidence_status = 204
        self._mood = mood
        self._lock = threading.Lock()
        self._unmuted = threading.Event()
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                peer._handle(self)

            def do_PUT(self) -> None:
                peer._handle(self)

            def do_GET(self) -> None:
                peer._handle(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> ApiPeer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._unmuted.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(60)

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        with self._lock:
            self.requests += 1
            self.headers.append(dict(request.headers))
            self.bodies.append(body)
            mood = self._mood(self.requests)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}" or mood == "denied":
            answer(request, 401, {"detail": "no such token"})
        elif request.path == "/api/v1/worker/site":
            self._give_site(request)
        elif request.path == "/api/v1/worker/status":
            answer(request, 200, {"looked_at": ["cam-1"]})
        elif request.path.startswith("/api/v1/worker/tiles/"):
            answer(request, 204, None)
        elif request.path.startswith("/api/v1/worker/events/"):
            self._take_evidence(request, body, mood)
        elif mood == "lost":
            answer(request, 503, {"detail": "starting"})
        elif mood == "proxy":
            answer(request, 200, {"page": "please sign in"})
        else:
            self._take_events(request, json.loads(body)["events"], mood)

    def _give_site(self, request: BaseHTTPRequestHandler) -> None:
        if request.headers.get("If-None-Match") == self.site_etag:
            answer(request, 304, None)
        else:
            answer(request, 200, {"site": self.site}, ETag=self.site_etag)

    def _take_events(self, request: BaseHTTPRequestHandler, events: list[dict[str, Any]], mood: str) -> None:
        if len(events) > 100:
            answer(request, 422, {"detail": "at most 100 events"})
            return
        for i, event in enumerate(events):
            if event["zone"] == self.refused_zone:
                answer(request, 422, {"detail": f"events[{i}].zone is not usable"})
                return
            if len(event["still_jpeg"] or "") > 100_000:
                answer(request, 413, {"detail": "too large"})
                return
        with self._lock:
            ids = [event["event_id"] for event in events]
            known = [i for i in ids if i in self.stored]
            self.deliveries.update(ids)
            self.stored |= {event["event_id"]: event for event in events if event["event_id"] not in self.stored}
        if mood == "torn":
            answer(request, 500, {"detail": "it broke after the commit"})
        elif mood == "mute":
            self._unmuted.wait(5)
            request.close_connection = True
        else:
            answer(request, 200, {"accepted": [i for i in ids if i not in known], "duplicates": known})

    def _take_evidence(self, request: BaseHTTPRequestHandler, body: bytes, mood: str) -> None:
        event_id, kind = request.path.split("/")[-2:]
        if mood == "lost":
            answer(request, 503, {"detail": "starting"})
        elif event_id not in self.stored:
            answer(request, 404, {"detail": "no such event"})
        elif self.evidence_status != 204:
            answer(request, self.evidence_status, {"detail": "not taken"})
        else:
            self.evidence[f"{event_id}/{kind}"] = body
            answer(request, 500 if mood == "torn" else 204, None)


def answer(request: BaseHTTPRequestHandler, status: int, body: object, **headers: str) -> None:
    content = b"" if body is None else json.dumps(body).encode()
    try:
        request.send_response(status)
        request.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)
    except OSError:
        request.close_connection = True  # the client has given up
