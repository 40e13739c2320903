"""One connection to the RTSP server: its requests, and the RTP stream that it asked for."""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from streams.rtsp_clip import CLOCK_HZ, AccessUnit, H264Clip

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
_MOST_WAITING_BYTES = 4 << 20
_REPORT_EVERY_S = 5.0
_MOST_BODY = 65_536
_NTP_EPOCH_S = 2_208_988_800  # 1900 to 1970


@dataclass(frozen=True, slots=True)
class Camera:
    """A clip as a live camera: `origin_s` (event loop time) and `origin_unix_s` are when its beginning was shown."""

    name: str
    clip: H264Clip
    origin_s: float
    origin_unix_s: float
    repeats: bool
    rtp_base: int = field(default_factory=lambda: secrets.randbits(32))

    def position_s(self, now_s: float) -> float:
        return now_s - self.origin_s

    def over(self, now_s: float) -> bool:
        return not self.repeats and self.position_s(now_s) >= self.clip.duration_s

    def rtp_time(self, media_90k: int) -> int:
        return (self.rtp_base + media_90k) & 0xFFFFFFFF


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
        self._player: asyncio.Task[None] | None = None
        self._ssrc = secrets.randbits(32)
        self._sequence = secrets.randbits(16)
        self._packets = self._octets = 0

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
                self._player.cancel()

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
            transport = f"RTP/AVP/TCP;unicast;interleaved={channels};ssrc={self._ssrc:08X}"
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
        cycle, index = self._start(self._camera)
        unit = self._camera.clip.units[index]
        begins = self._camera.rtp_time(_media_90k(self._camera, cycle, unit))
        track = f"{request.url.rstrip('/')}/trackID=0"
        headers["RTP-Info"] = f"url={track};seq={self._sequence};rtptime={begins}"
        self._reply(request, 200, headers)
        self._player = asyncio.create_task(self._stream(self._camera, cycle, index))

    def _start(self, camera: Camera) -> tuple[int, int]:
        """The loop that is running, and the last key frame in it."""
        position_s = max(0.0, camera.position_s(_now_s()))
        cycle, within_s = divmod(position_s, camera.clip.duration_s)
        return int(cycle), camera.clip.at(within_s)

    async def _stream(self, camera: Camera, cycle: int, index: int) -> None:
        reported_s = -_REPORT_EVERY_S
        try:
            while True:
                for unit in camera.clip.units[index:]:
                    position_s = camera.position_s(_now_s())
                    early_s = cycle * camera.clip.duration_s + unit.due_s - position_s
                    if early_s > 0:
                        await asyncio.sleep(early_s)
                    if position_s - reported_s >= _REPORT_EVERY_S:
                        reported_s = position_s
                        self._send_control(self._report(camera))
                    self._send_unit(camera, _media_90k(camera, cycle, unit), unit)
                    if self._writer.transport.get_write_buffer_size() > _MOST_WAITING_BYTES:
                        return
                if not camera.repeats:
                    await asyncio.sleep(camera.clip.duration_s - camera.position_s(_now_s()))
                    self._send_control(self._report(camera) + struct.pack(">BBHI", 0x81, 203, 1, self._ssrc))
                    await self._writer.drain()
                    self._writer.close()
                    return
                cycle, index = cycle + 1, 0
        finally:
            if not self._writer.is_closing():
                self._writer.transport.abort()

    def _send_unit(self, camera: Camera, media_90k: int, unit: AccessUnit) -> None:
        """RFC 3550, section 5.1; the marker bit ends the picture. One write for all of it: each is a system call."""
        rtp_time = camera.rtp_time(media_90k)
        last = len(unit.payloads) - 1
        pieces: list[bytes] = []
        for i, payload in enumerate(unit.payloads):
            kind = 96 | (0x80 if i == last else 0)
            head = struct.pack(">BBHII", 0x80, kind, (self._sequence + i) & 0xFFFF, rtp_time, self._ssrc)
            pieces += (struct.pack(">cBH", b"$", self._channel, len(head) + len(payload)), head, payload)
        self._writer.write(b"".join(pieces))
        self._sequence = (self._sequence + last + 1) & 0xFFFF
        self._packets += last + 1
        self._octets += sum(map(len, unit.payloads))

    def _report(self, camera: Camera) -> bytes:
        """RFC 3550, section 6.4.1: a sender report that ties RTP time to wall time, and the source's name."""
        position_s = camera.position_s(_now_s())
        ntp = round((camera.origin_unix_s + position_s + _NTP_EPOCH_S) * 2**32) & (2**64 - 1)
        rtp_time = camera.rtp_time(round(position_s * CLOCK_HZ))
        report = struct.pack(
            ">BBHIQIII", 0x80, 200, 6, self._ssrc, ntp, rtp_time, self._packets & 0xFFFFFFFF, self._octets & 0xFFFFFFFF
        )
        name = b"\x01\x06sanxun\x00\x00\x00\x00"
        return report + struct.pack(">BBHI", 0x81, 202, 1 + len(name) // 4, self._ssrc) + name

    def _send_control(self, packet: bytes) -> None:
        self._writer.write(struct.pack(">cBH", b"$", self._channel + 1, len(packet)) + packet)

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


def _media_90k(camera: Camera, cycle: int, unit: AccessUnit) -> int:
    return cycle * round(camera.clip.duration_s * CLOCK_HZ) + unit.pts_90k
