"""What the system lets one process receive: open files, and the buffers that fill while a receiver naps."""

from __future__ import annotations

import os
from pathlib import Path

from api.cli.checks.check import OK, WARN, Check
from streams.sources.naps import LONGEST_S

# A camera over UDP has a dialogue and two sockets of media, and a spare one while it reconnects; the rest is the
# detectors' files, the outbox, the API's sockets.
_FILES_PER_CAMERA, _FILES_BESIDE = 4, 200
# What our receivers ask for; where the limit is lower the kernel grows a TCP buffer by itself, up to tcp_rmem.
_TCP_WANTED, _UDP_WANTED = 1 << 20, 2 << 20
_MOST_FULL = 1 / 3  # a nap ends before more of the buffer has filled
_DATAGRAM_COST = 2304 / 1400  # of the buffer's bytes for each that is sent
_ENOUGH_MBIT_S = 4.0


def open_files(cameras: int) -> Check:
    if os.name != "posix":
        return Check("open files", OK, "not limited here")
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return Check("open files", OK, "not limited")
    return judged_files(soft, None if hard == resource.RLIM_INFINITY else hard, cameras)


def judged_files(soft: int, hard: int | None, cameras: int) -> Check:
    """`hard` is how far the process may raise its own limit, None for as far as it likes."""
    needed = _FILES_BESIDE + _FILES_PER_CAMERA * cameras
    found = f"up to {soft}; {cameras} cameras need {needed}"
    if soft >= needed:
        return Check("open files", OK, found)
    if hard is None or hard >= needed:
        return Check(
            "open files", WARN, found, f"ulimit -n {needed} before the start (LimitNOFILE={needed} in systemd)"
        )
    advice = f"raise the hard limit of {hard}: LimitNOFILE={needed} in systemd, nofile in /etc/security/limits.conf"
    return Check("open files", WARN, found, advice)


def tcp_buffers() -> Check:
    limit, grown = _number("net/core/rmem_max"), _number("net/ipv4/tcp_rmem", 2)
    if limit is None or grown is None:
        return Check("tcp buffers", OK, "not known on this system: naps are as short as they must be")
    return judged_tcp(limit, grown)


def judged_tcp(limit_bytes: int, grown_bytes: int) -> Check:
    """`limit_bytes` is net.core.rmem_max, `grown_bytes` the largest of net.ipv4.tcp_rmem."""
    size = _TCP_WANTED if limit_bytes >= _TCP_WANTED else grown_bytes // 2  # half of it is the kernel's bookkeeping
    rate = _rate_mbit_s(size)
    found = f"{size >> 10} kB a camera: naps of {1000 * LONGEST_S:.0f} ms up to {rate:.3g} Mbit/s, shorter above"
    if rate >= _ENOUGH_MBIT_S:
        return Check("tcp buffers", OK, found)
    advice = f"receiving costs more CPU than it need: sysctl -w net.core.rmem_max={_TCP_WANTED}"
    return Check("tcp buffers", WARN, found, advice)


def udp_buffers() -> Check:
    limit = _number("net/core/rmem_max")
    if limit is None:
        return Check("udp buffers", OK, "not known on this system: naps are as short as they must be")
    return judged_udp(limit)


def judged_udp(limit_bytes: int) -> Check:
    """Of datagrams that find the buffer full, nothing is heard again."""
    size = 2 * min(limit_bytes, _UDP_WANTED)  # the kernel doubles what is asked for
    rate = _rate_mbit_s(size / _DATAGRAM_COST)
    found = f"{size >> 10} kB a camera: naps of {1000 * LONGEST_S:.0f} ms up to {rate:.3g} Mbit/s, shorter above"
    if rate >= _ENOUGH_MBIT_S:
        return Check("udp buffers", OK, found)
    advice = f"for cameras over UDP: sysctl -w net.core.rmem_max={_UDP_WANTED} (and in /etc/sysctl.d to keep it)"
    return Check("udp buffers", WARN, found, advice)


def _rate_mbit_s(buffer_bytes: float) -> float:
    return 8e-6 * buffer_bytes * _MOST_FULL / LONGEST_S


def _number(name: str, field: int = 0, root: Path = Path("/proc/sys")) -> int | None:
    try:
        return int((root / name).read_text().split()[field])
    except (OSError, ValueError, IndexError):
        return None
