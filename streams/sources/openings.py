"""How FFmpeg is told to open each kind of address.

Which protocols and containers it may use is pinned for each, so that nothing which an address leads to can send it
elsewhere.
"""

from __future__ import annotations

import errno
import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from streams.errors import SourceUnusable
from streams.sources.naps import LONGEST_S
from streams.sources.urls import scheme_of, without_credentials

# Containers, not playlists: those would make a file a list of addresses to fetch.
_FILE_FORMATS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,obu,ivf,mjpeg,flv,asf,mxf,ogg,dv"

# A datagram of 1400 bytes takes 2304 of the kernel's buffer.
_DATAGRAM_COST = 2304 / 1400
_WANTED_BYTES = 2 << 20
# Pictures without a time of their own are given that of their arrival, so their arrival is not to wait long.
_STAMPED_NAP_S = 0.05
_UNVERIFIED = ", its certificate not verified"
# What an address may say of a transport stream's reception: the interface, the senders of a group, and so on.
_UDP_OPTIONS = frozenset({"localaddr", "sources", "reuse"})
_SUPPORTED = "rtsp://, rtsps://, udp://, http://, https:// or a file"


@dataclass(frozen=True, slots=True)
class Opening:
    """`container` names FFmpeg's demuxer, None to let it look. `buffer_bytes` is what the kernel holds of datagrams
    while nobody reads, None for TCP, which makes the camera wait instead; `port` is the one that they come to, where it
    is known. `stamped` sources get arrival times.
    `bad_errors` are the numbers of errors that FFmpeg gives where it means bad data. `verified`: only a TLS
    certificate that the system's authorities vouch for is taken."""

    target: str
    options: dict[str, str]
    receiver: str
    bad_data: str
    is_live: bool = True
    container: str | None = None
    longest_nap_s: float = LONGEST_S
    buffer_bytes: int | None = None
    stamped: bool = False
    bad_errors: tuple[int, ...] = ()
    verified: bool = False
    port: int | None = None

    def share_of(self, gathered_bytes: int) -> float:
        """How much of the kernel's buffer so many bytes of video have taken."""
        return gathered_bytes * _DATAGRAM_COST / self.buffer_bytes if self.buffer_bytes else 0.0

    def unverified(self) -> Opening:
        """The same with any certificate: cameras sign their own as a rule."""
        options = self.options | {"tls_verify": "0"}
        return replace(self, options=options, verified=False, receiver=self.receiver + _UNVERIFIED)


def opening(url: str, transport: str, timeout_s: float, why: str = "") -> Opening:
    """Raises `SourceUnusable` for an address that is not for us."""
    scheme = scheme_of(url)
    if scheme in ("", "file"):
        return _file(url)
    if scheme in ("rtsp", "rtsps"):
        return _rtsp(url, transport, timeout_s, why)
    if scheme == "udp":
        return _transport_stream(url)
    if scheme in ("http", "https"):
        return _motion_jpeg(url, timeout_s)
    raise SourceUnusable(f"cannot open {without_credentials(url)}: {scheme}:// is not supported; give {_SUPPORTED}")


def _file(url: str) -> Opening:
    return Opening(
        target=url.removeprefix("file://"),
        options={"protocol_whitelist": "file", "format_whitelist": _FILE_FORMATS},
        receiver="file",
        bad_data="the data is not a video that FFmpeg can read: is the file whole?",
        is_live=False,
        longest_nap_s=0.0,
    )


def _rtsp(url: str, transport: str, timeout_s: float, why: str) -> Opening:
    udp = transport == "udp"
    tls, because = scheme_of(url) == "rtsps", f", since {why}" if why else ""
    if tls and "#sha256" in url:
        raise SourceUnusable(
            f"cannot open {without_credentials(url)}: FFmpeg must receive it{because}, which cannot pin a certificate"
        )
    options = {
        "rtsp_transport": "udp" if udp else "tcp",
        "protocol_whitelist": "rtsp,rtsps,rtp,srtp,tcp,tls,udp",
        "format_whitelist": "rtsp,rtp,sdp,mpegts",
        "allowed_media_types": "video",
        # The socket's own timeout, in microseconds; later than ours, which tells a hang from other faults.
        "timeout": _microseconds(2 * timeout_s),
        # Frame rates are learnt from timestamps; waiting for FFmpeg's estimate costs 20 frames at every start.
        "fpsprobesize": "0",
        "user_agent": "sanxun",
    }
    if udp:
        options["buffer_size"] = str(_WANTED_BYTES)
    return Opening(
        target=url,
        options=options,
        receiver=f"FFmpeg, {'UDP' if udp else 'TCP'}"
        + (_UNVERIFIED if tls else "")
        + (f", since {why}" if why else ""),
        bad_data="what answers there does not speak RTSP as a camera does",
        buffer_bytes=_granted_bytes() if udp else None,
    )


def _transport_stream(url: str) -> Opening:
    bare, _, query = url.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name in _UDP_OPTIONS]
    kept += [("fifo_size", "0"), ("buffer_size", str(_WANTED_BYTES)), ("pkt_size", "1472")]
    return Opening(
        # No thread of FFmpeg's between the socket and us: it would wake for every datagram.
        target=f"{bare}?{urlencode(kept, safe=',.:[]')}",
        options={"protocol_whitelist": "udp", "format_whitelist": "mpegts", "fpsprobesize": "0"},
        receiver="FFmpeg, MPEG-TS over UDP",
        bad_data="what comes there is not an MPEG transport stream",
        container="mpegts",
        buffer_bytes=_granted_bytes(),
        port=_port(bare),
    )


def _motion_jpeg(url: str, timeout_s: float) -> Opening:
    tls = scheme_of(url) == "https"
    options = {
        "protocol_whitelist": "http,https,tcp,tls",
        "format_whitelist": "mpjpeg,mjpeg,jpeg_pipe",
        "rw_timeout": _microseconds(2 * timeout_s),
        "user_agent": "sanxun",
    }
    if tls:
        options |= {"tls_verify": "1", "ca_file": ssl.get_default_verify_paths().cafile or ""}
    return Opening(
        target=url,
        options=options,
        verified=tls,
        receiver="FFmpeg, motion JPEG over HTTP",
        bad_data="what answers there is not motion JPEG: is the address that of the camera's video?",
        bad_errors=(errno.EIO, errno.EINVAL),
        longest_nap_s=_STAMPED_NAP_S,
        stamped=True,
    )


def _microseconds(seconds: float) -> str:
    return str(round(seconds * 1e6))


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        return None


def _granted_bytes() -> int:
    """What the kernel makes of our wish: at most its limit, and it doubles it for its bookkeeping."""
    try:
        limit = int(Path("/proc/sys/net/core/rmem_max").read_text())
    except (OSError, ValueError):
        limit = 212_992
    return 2 * min(limit, _WANTED_BYTES)
