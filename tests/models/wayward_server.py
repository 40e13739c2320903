"""A real HTTP server on loopback that serves one file, and misbehaves as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Behaviour:
    """`cuts` are how many bytes each answer's body has at most, in turn; after them, all. `asked` records requests."""

    body: bytes
    etag: str | None = '"one"'
    cuts: list[int] = field(default_factory=list)
    ranges: bool = True
    statuses: list[int] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)
    say_length: bool = True
    wrong_range: bool = False
    change_after: bytes | None = None  # what the file is from the second request on
    asked: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def wayward(behaviour: Behaviour) -> Iterator[str]:
    """The server's url."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            _answer(self, behaviour)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(handler: BaseHTTPRequestHandler, how: Behaviour) -> None:
    handler.close_connection = True
    if handler.path in how.redirects:
        handler.send_response(302)
        handler.send_header("Location", how.redirects[handler.path])
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    if len(how.asked) >= 1 and how.change_after is not None:
        how.body, how.etag = how.change_after, '"two"'
    how.asked.append(dict(handler.headers.items()))
    if how.statuses:
        handler.send_error(how.statuses.pop(0))
        return
    if how.etag and handler.headers.get("If-None-Match") == how.etag:
        handler.send_response(304)
        handler.end_headers()
        return
    start = _start(handler, how)
    if start >= len(how.body) and start:
        handler.send_response(416)
        handler.send_header("Content-Range", f"bytes */{len(how.body)}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    _send(handler, how, start)


def _start(handler: BaseHTTPRequestHandler, how: Behaviour) -> int:
    wanted = handler.headers.get("Range")
    if wanted is None or not how.ranges or handler.headers.get("If-Range") != how.etag:
        return 0
    return int(wanted.removeprefix("bytes=").removesuffix("-"))


def _send(handler: BaseHTTPRequestHandler, how: Behaviour, start: int) -> None:
    rest = how.body[start:]
    handler.send_response(206 if start else 200)
    if start:
        first = start + 1 if how.wrong_range else start
        handler.send_header("Content-Range", f"bytes {first}-{len(how.body) - 1}/{len(how.body)}")
    if how.etag:
        handler.send_header("ETag", how.etag)
    if how.say_length:
        handler.send_header("Content-Length", str(len(rest)))
    handler.end_headers()
    handler.wfile.write(rest[: how.cuts.pop(0)] if how.cuts else rest)
