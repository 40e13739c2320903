"""The least HTTP/1.1 that a load generator needs: one connection, kept open, opened again when the server closed it."""

from __future__ import annotations

import asyncio


class Client:
    """One request at a time. Raises OSError and IncompleteReadError for a connection that fails twice."""

    def __init__(self, port: int, bearer: str) -> None:
        self._port = port
        self._head = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {bearer}\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, tag: str = "") -> tuple[int, dict[str, str], bytes]:
        known = f"If-None-Match: {tag}\r\n" if tag else ""
        return await self._send(f"GET {path} HTTP/1.1\r\n{self._head}{known}\r\n".encode())

    async def post(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        head = (
            f"POST {path} HTTP/1.1\r\n{self._head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return await self._send(head.encode() + body)

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
        self._streams = None

    async def _send(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        if self._streams is not None:
            try:
                return await self._exchange(request)
            except (OSError, asyncio.IncompleteReadError):  # it was kept for too long
                self.close()
        self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        return await self._exchange(request)

    async def _exchange(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        assert self._streams is not None
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return int(first.split()[1]), headers, body
