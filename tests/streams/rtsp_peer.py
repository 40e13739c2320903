"""A camera whose every answer a test may change: to be as odd, as strict or as broken as cameras are."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType

SDP = (
    "v=0\r\ns=cam\r\nt=0 0\r\na=control:*\r\n{audio}"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:{control}\r\n"
)
AUDIO = "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=control:track0\r\n"
REASONS = {200: "OK", 302: "Moved Temporarily", 401: "Unauthorized", 461: "Unsupported Transport"}


@dataclass(frozen=True)
class Asked:
    method: str
    url: str
    headers: dict[str, str]
    visit: int
    """Number of the connection, from 1."""


def answer(asked: Asked, status: int = 200, headers: Mapping[str, str] | None = None, body: str = "") -> bytes:
    lines = [f"RTSP/1.0 {status} {REASONS.get(status, 'As It Is')}", f"CSeq: {asked.headers.get('cseq', '')}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [f"Content-Length: {len(body.encode())}"] if body else []
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


@dataclass
class Camera:
    """Answers as a plain camera does; `odd` may give other bytes for a request, or None for the plain answer.

    `video` follows the answer to PLAY. Everything that was asked is in `asked`, everything that was said in `heard`.
    """

    video: bytes = b""
    odd: Callable[[Asked], bytes | None] = lambda asked: None
    control: str = "track1"
    content_base: str | None = None
    transport: str = "RTP/AVP/TCP;unicast;interleaved=0-1"
    session: str = "abc;timeout=60"
    public: str = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"
    audio: str = ""
    tls: ssl.SSLContext | None = None
    hang_up: bool = False
    asked: list[Asked] = field(default_factory=list)
    heard: bytearray = field(default_factory=bytearray)
    news: threading.Condition = field(default_factory=threading.Condition)

    def __enter__(self) -> Camera:
        self._visits = 0
        camera = self

        class Visit(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    camera._serve(self.request)

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Visit)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str = "/cam", user: str = "", scheme: str = "rtsp") -> str:
        return f"{scheme}://{user + '@' if user else ''}127.0.0.1:{self.port}{path}"

    def wait(self, done: Callable[[], bool], timeout_s: float = 60.0) -> None:
        with self.news:
            assert self.news.wait_for(done, timeout_s), f"asked {[item.method for item in self.asked]}"

    def methods(self) -> list[str]:
        return [item.method for item in self.asked]

    def _serve(self, connection: socket.socket) -> None:
        self._visits += 1
        visit = self._visits
        connection.settimeout(30)
        if self.tls is None:
            self._converse(connection, visit)
            return
        with self.tls.wrap_socket(connection, server_side=True) as secured:
            self._converse(secured, visit)

    def _converse(self, connection: socket.socket, visit: int) -> None:
        data = b""
        while True:
            more = connection.recv(65_536)
            if not more:
                return
            with self.news:
                self.heard += more
                self.news.notify_all()
            data += more
            while data:
                if data[:1] == b"$":
                    size = 4 + int.from_bytes(data[2:4], "big")
                    if len(data) < size:
                        break
                    data = data[size:]
                    continue
                head, end, rest = data.partition(b"\r\n\r\n")
                if not end:
                    break
                data = rest
                if not self._reply(connection, head.decode(), visit):
                    return

    def _reply(self, connection: socket.socket, head: str, visit: int) -> bool:
        first, *lines = head.split("\r\n")
        if first.startswith("RTSP/"):
            return True
        method, url, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        asked = Asked(method, url, headers, visit)
        with self.news:
            self.asked.append(asked)
            self.news.notify_all()
        reply = self.odd(asked)
        connection.sendall(self._plain(asked) if reply is None else reply)
        if method == "PLAY" and reply is None:
            connection.sendall(self.video)
            if self.hang_up:
                connection.shutdown(socket.SHUT_WR)
        return method != "TEARDOWN"

    def _plain(self, asked: Asked) -> bytes:
        if asked.method == "OPTIONS":
            return answer(asked, headers={"Public": self.public})
        if asked.method == "DESCRIBE":
            base = asked.url + "/" if self.content_base is None else self.content_base
            headers = {"Content-Type": "application/sdp"} | ({"Content-Base": base} if base else {})
            return answer(asked, headers=headers, body=SDP.format(control=self.control, audio=self.audio))
        if asked.method == "SETUP":
            return answer(asked, headers={"Transport": self.transport, "Session": self.session})
        return answer(asked, headers={"Session": self.session})
