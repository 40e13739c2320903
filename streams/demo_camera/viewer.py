"""One connection to the RTSP server: its requests, and the RTP stream that it asked for."""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from streams.demo_camera.player import Camera, Player

_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER, SET_PARAMETER"
_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
}
_IDLE_S = 60.0
_MOST_BODY = 65_536


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: dict[str, str]


class Viewer:
    """Belongs to the server's event loop. `serve` returns when the viewer has left or is dropped."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        cameras: Mapping[str, Camera],
        host: str,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._cameras = cameras
        self._host = host
        self._session = secrets.token_hex(8)
        self._camera: Camera | None = None
        self._channel = 0
        self._player: Player | None = None

    async def serve(self) -> None:
        try:
            while True:
                patience_s = None if self._player is not None else _IDLE_S
                async with asyncio.timeout(patience_s):
                    request = await self._request()
                if request is not None and not self._answer(request):
                    break
        finally:
            if self._player is not None:
                self._player.stop()

    async def _request(self) -> _Request | None:
        """The next request; None for the viewer's RTCP, which is read past."""
        first = await self._reader.readexactly(1)
        if first == b"$":
            _, length = struct.unpack(">BH", await self._reader.readexactly(3))
            await self._reader.readexactly(length)
            return None
        head = first + await self._reader.readuntil(b"\r\n\r\n")
        start, *lines = head.decode("utf-8", "replace").strip().split("\r\n")
        method, url, version = start.split(" ")
        if not version.startswith("RTSP/"):
            raise ValueError(f"expected RTSP, got {version}")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if not 0 <= length <= _MOST_BODY:
            raise ValueError(f"a body of {length} bytes")
        await self._reader.readexactly(length)
        return _Request(method, url, headers)

    def _answer(self, request: _Request) -> bool:
        """Reply; False when the connection should end."""
        if request.method in ("OPTIONS", "GET_PARAMETER", "SET_PARAMETER"):
            self._reply(request, 200, {"Public": _METHODS, **self._session_header()})
        elif request.method == "DESCRIBE":
            self._describe(request)
        elif request.method == "SETUP":
            self._setup(request)
        elif request.method == "PLAY":
            self._play(request)
        elif request.method == "TEARDOWN":
            self._reply(request, 200)
            return False
        else:
            self._reply(request, 501, {"Allow": _METHODS})
        return True

    def _find(self, url: str) -> Camera | None:
        parts = unquote(urlsplit(url).path).strip("/").split("/")
        camera = self._cameras.get("/".join(parts)) or self._cameras.get("/".join(parts[:-1]))
        return None if camera is None or camera.over(_now_s()) else camera

    def _describe(self, request: _Request) -> None:
        camera = self._find(request.url)
        if camera is None:
            self._reply(request, 404)
            return
        base = request.url.rstrip("/") + "/"
        body = camera.clip.sdp(camera.name, self._host)
        self._reply(request, 200, {"Content-Type": "application/sdp", "Content-Base": base}, body)

    def _setup(self, request: _Request) -> None:
        camera = self._find(request.url)
        asked = request.headers.get("transport", "")
        if camera is None:
            self._reply(request, 404)
        elif self._player is not None:
            self._reply(request, 455)
        elif "RTP/AVP/TCP" not in asked:
            self._reply(request, 461)
        else:
            self._camera = camera
            wanted = [part.removeprefix("interleaved=") for part in asked.split(";") if part.startswith("interleaved=")]
            self._channel = int(wanted[0].split("-")[0]) & 0xFE if wanted else 0
            channels = f"{self._channel}-{self._channel + 1}"
            transport = f"RTP/AVP/TCP;unicast;interleaved={channels};ssrc={camera.wire.source:08X}"
            self._reply(request, 200, {"Transport": transport, **self._session_header()})

    def _play(self, request: _Request) -> None:
        if self._camera is None:
            self._reply(request, 455)
            return
        if request.headers.get("session", "").split(";")[0] != self._session:
            self._reply(request, 454)
            return
        headers = {"Range": "npt=now-", **self._session_header()}
        if self._player is not None:
            self._reply(request, 200, headers)
            return
        cycle, index = self._camera.begin(_now_s())
        wire = self._camera.wire
        track = f"{request.url.rstrip('/')}/trackID=0"
        first = f"seq={wire.sequence_of(cycle, index)};rtptime={wire.time_of(cycle, index)}"
        headers["RTP-Info"] = f"url={track};{first}"
        self._reply(request, 200, headers)
        self._player = Player(self._camera, self._writer.transport, self._channel, cycle, index)
        self._player.start()

    def _session_header(self) -> dict[str, str]:
        return {"Session": f"{self._session};timeout={int(_IDLE_S)}"} if self._camera is not None else {}

    def _reply(self, request: _Request, status: int, headers: Mapping[str, str] | None = None, body: str = "") -> None:
        lines = [f"RTSP/1.0 {status} {_REASONS[status]}", f"CSeq: {request.headers.get('cseq', '0')}", "Server: sanxun"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body:
            lines.append(f"Content-Length: {len(body.encode())}")
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())


def _now_s() -> float:
    return asyncio.get_running_loop().time()
