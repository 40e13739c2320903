"""Real servers on loopback that take notices in, and check signatures the way each service says it does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Received:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """`answers` are given in turn, the last for ever: (status, JSON, headers)."""

    url: str = ""
    answers: list[tuple[int, dict[str, Any], dict[str, str]]] = field(default_factory=lambda: [(200, {}, {})])
    received: list[Received] = field(default_factory=list)

    def take(self, request: Received) -> tuple[int, dict[str, Any], dict[str, str]]:
        self.received.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body, more = receiver.take(Received(parts.path, query, headers, self.rfile.read(length)))
            payload = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(payload)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST  # noqa: N815 (the name that the server calls)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def dingtalk_sign(secret: str, timestamp_ms: str) -> str:
    """As DingTalk's page has it: HmacSHA256 of "timestamp\\nsecret" with the secret, Base64."""
    to_sign = f"{timestamp_ms}\n{secret}"
    return base64.b64encode(hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).digest()).decode()


def feishu_sign(secret: str, timestamp_s: str) -> str:
    """As Feishu's page has it: "timestamp\\nsecret" is the key, the message is empty."""
    return base64.b64encode(hmac.new(f"{timestamp_s}\n{secret}".encode(), digestmod=hashlib.sha256).digest()).decode()


def webhook_sign(secret: str, timestamp_s: str, body: bytes) -> str:
    """As docs/notifications.md has it, from the bytes as they came: HMAC-SHA256, keyed with the secret, of the
    timestamp, a dot and the body."""
    signed = hmac.new(secret.encode(), digestmod=hashlib.sha256)
    for part in (timestamp_s.encode("ascii"), b".", body):
        signed.update(part)
    return f"sha256={signed.hexdigest()}"
