"""RTSP requests and answers as bytes (RFC 2326, sections 6 and 7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_MOST_HEAD = 32_768
# Head and body must fit the buffer of the `Receiver` (256 KiB): a full one can receive no more.
_MOST_BODY = 192 << 10
_ANSWER = re.compile(rb"RTSP/\d\.\d[ \t]+(\d{3})[ \t]*([^\r\n]*)")
_REQUEST = re.compile(rb"([A-Z_]{3,24})[ \t]+(\S+)[ \t]+RTSP/\d\.\d")
_FIRST_LINE = re.compile(rb"[ -~\t]{0,4096}(\r?\n|\r?\Z)")
# Some servers end their lines with a bare line feed.
_HEAD_END = re.compile(rb"\r?\n\r?\n")


class BadMessage(ValueError):
    """Not RTSP, or beyond every reasonable size."""


@dataclass(frozen=True, slots=True)
class Message:
    """An answer (`status` is set) or a request of the server's (`method` is). Header names are in small letters; one
    that comes several times keeps all its values, as only WWW-Authenticate does."""

    status: int
    reason: str
    method: str
    headers: Mapping[str, tuple[str, ...]]
    body: bytes

    def header(self, name: str) -> str:
        """The first value, empty where there is none."""
        return self.headers.get(name, ("",))[0]

    @property
    def cseq(self) -> int | None:
        text = self.header("cseq")
        return int(text) if text.isascii() and text.isdigit() else None


def request(method: str, url: str, cseq: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {url} RTSP/1.0", f"CSeq: {cseq}", "User-Agent: sanxun"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def starts_message(data: bytes) -> bool:
    """Whether it may be the beginning of a message, as far as it goes."""
    return b"RTSP/"[: len(data)] == data[:5] or (data[:3].isalpha() and data[:3].isupper())


def parse(data: bytes | bytearray | memoryview) -> tuple[Message, int] | None:
    """The message at the beginning of `data` and its length in bytes; None while it is not whole yet.

    Raises `BadMessage`.
    """
    head = bytes(data[:_MOST_HEAD])
    if not _FIRST_LINE.match(head):
        raise BadMessage("neither an answer nor a request")
    end = _HEAD_END.search(head)
    if end is None:
        if len(head) == _MOST_HEAD:
            raise BadMessage("a message without an end")
        return None
    start, _, rest = head[: end.start()].partition(b"\n")
    answer, asked = _ANSWER.match(start), _REQUEST.match(start)
    if answer is None and asked is None:
        raise BadMessage("neither an answer nor a request")
    headers = _headers(rest)
    length = headers.get("content-length", ("0",))[0]
    if not length.isascii() or not length.isdigit() or int(length) > _MOST_BODY:
        raise BadMessage("a body of no credible length")
    whole = end.end() + int(length)
    if len(data) < whole:
        return None
    return Message(
        status=int(answer[1]) if answer else 0,
        reason=answer[2].decode("utf-8", "replace").strip() if answer else "",
        method=asked[1].decode() if asked and not answer else "",
        headers=headers,
        body=bytes(data[end.end() : whole]),
    ), whole


def _headers(lines: bytes) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in lines.decode("utf-8", "replace").splitlines():
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            found[key] = (*found.get(key, ()), value.strip())
    return found
