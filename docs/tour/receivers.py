"""Who takes notices in on the tour: a town's program by HTTP, a mail server, and a broker where mosquitto is there."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import paho.mqtt.client as paho
from patrol_house import free_port

OLDEST_S = 300


class Program(ThreadingHTTPServer):
    """Takes the webhook as docs/notifications.md says that one should: what is not signed, or old, is refused."""

    def __init__(self, secret: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Webhook)
        self.secret, self.answers_with = secret, 200
        self.taken: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}/sanxun"


class _Webhook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Program)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        at, given = self.headers["X-Sanxun-Timestamp"], self.headers["X-Sanxun-Signature"]
        wanted = "sha256=" + hmac.new(server.secret, at.encode() + b"." + body, hashlib.sha256).hexdigest()
        good = hmac.compare_digest(wanted, given) and abs(time.time() - int(at)) < OLDEST_S
        status = server.answers_with if good else 401
        told = json.loads(body)
        key = self.headers["Idempotency-Key"]
        signed = "signature good" if good else "SIGNATURE WRONG"
        server.taken.append(f"webhook {key}: {told['topic']} of ticket {told['ticket']}; {signed}; answered {status}")
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class MailServer(socketserver.ThreadingTCPServer):
    """As much of SMTP as one message takes."""

    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.taken: list[str] = []
        self.port = int(self.server_address[1])


class _Smtp(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, MailServer)
        self.wfile.write(b"220 tour\r\n")
        recipient = ""
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"RCPT":
                recipient = line.split(b"<")[1].split(b">")[0].decode()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                server.taken.append(f"mail to {recipient}: {self._subject()}")
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return

    def _subject(self) -> str:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return str(make_header(decode_header(message_from_bytes(b"".join(lines))["Subject"])))


@contextmanager
def running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def broker(folder: Path) -> Iterator[tuple[int, list[str]] | None]:
    """A mosquitto of our own and what a board hears at it; None where it is not installed."""
    found = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if found is None:
        yield None
        return
    port, taken = free_port(), list[str]()
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    process = subprocess.Popen([found, "-c", str(config)], stderr=subprocess.DEVNULL)
    board = paho.Client(paho.CallbackAPIVersion.VERSION2)
    board.on_connect = lambda client, *_: client.subscribe("sanxun/#", qos=1)
    board.on_message = lambda _client, _data, got: taken.append(f"mqtt {got.topic}: {len(got.payload)} bytes of JSON")
    try:
        for _ in range(100):
            try:
                board.connect("127.0.0.1", port)
                break
            except OSError:
                time.sleep(0.1)
        board.loop_start()
        yield port, taken
    finally:
        board.loop_stop()
        process.terminate()
        process.wait(10)
