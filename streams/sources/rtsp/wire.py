"""The TCP connection to a camera, with TLS where the address says so."""

from __future__ import annotations

import hashlib
import hmac
import logging
import socket
import ssl
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streams.errors import SourceUnusable

logger = logging.getLogger(__name__)

# Linux: what of the receive buffer is in use, bookkeeping included, how large it is, …, and what was dropped.
_SO_MEMINFO = 55
_MEMINFO = struct.Struct("=9I")
_RECEIVE_BYTES = 1 << 20
_MOST_WAITING_BYTES = 65_536


class Ended(OSError):
    """The camera closed the connection."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the kernel says of a socket's receive buffer: the share in use, 0 to 1, and how many packets it has dropped
    since there was no room for them; 0 and None where the system does not tell."""

    share_used: float = 0.0
    dropped: int | None = None


def memory_of(its: socket.socket) -> Memory:
    try:
        found = _MEMINFO.unpack(its.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size))
    except (OSError, struct.error):
        return Memory()
    return Memory(found[0] / found[1] if found[1] else 0.0, found[8])


class Wire:
    """Blocking until `free`, then never. Belongs to one thread.

    TLS: a certificate that the system's authorities vouch for is checked with its name. Cameras sign their own as a
    rule; such a one is taken too, since refusing it would only bring people back to no TLS at all, but a warning
    names its SHA-256, and an address that ends in `#sha256=HEX` takes that certificate and no other.
    """

    def __init__(self, host: str, port: int, *, tls: bool, pin: str, deadline_s: float) -> None:
        self._deadline_s = deadline_s
        self.verified = False
        self._waiting = b""
        self._socket = _connected(host, port, self._remaining_s())
        try:
            if tls:
                self._socket = self._secured(host, port, pin)
        except BaseException:
            self._socket.close()
            raise

    @property
    def is_tls(self) -> bool:
        return isinstance(self._socket, ssl.SSLSocket)

    def send(self, data: bytes) -> None:
        """All of it while blocking; once free, what the camera does not take now goes with the next message."""
        if self._socket.gettimeout() != 0:
            self._socket.settimeout(self._remaining_s())
            self._socket.sendall(data)
            return
        self._waiting += data
        try:
            self._waiting = self._waiting[self._socket.send(self._waiting) :]
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            if len(self._waiting) > _MOST_WAITING_BYTES:
                raise Ended("the camera takes no messages") from None

    def receive_into(self, space: memoryview) -> int:
        """Bytes received; 0 where nothing is there now. Raises `Ended`, `TimeoutError` while blocking, `OSError`."""
        if self._socket.gettimeout() != 0:
            self._socket.settimeout(self._remaining_s())
        try:
            count = self._socket.recv_into(space)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0
        if not count:
            raise Ended("closed by the camera")
        return count

    def free(self) -> None:
        """From now on nothing blocks."""
        self._socket.setblocking(False)

    def share_used(self) -> float:
        """How full the receive buffer is, 0 to 1; 0 where the system does not tell."""
        return memory_of(self._socket).share_used

    @property
    def family(self) -> socket.AddressFamily:
        return self._socket.family

    def peer(self, port: int, host: str = "") -> tuple[Any, ...]:
        """A port of the camera, or of the `host` that it names, as the socket module wants addresses."""
        its, _, *rest = self._socket.getpeername()
        return (host or its, port, *rest)

    def own(self, port: int) -> tuple[Any, ...]:
        """A port at our end of the connection: on that side the camera can reach us."""
        its, _, *rest = self._socket.getsockname()
        return (its, port, *rest)

    def close(self) -> None:
        self._socket.close()

    def _remaining_s(self) -> float:
        remaining_s = self._deadline_s - time.monotonic()
        if remaining_s <= 0:
            raise TimeoutError
        return remaining_s

    def _secured(self, host: str, port: int, pin: str) -> ssl.SSLSocket:
        if not pin:
            try:
                secured = self._handshake(host, ssl.create_default_context())
            except ssl.SSLCertVerificationError:
                self._socket = _connected(host, port, self._remaining_s())
            else:
                self.verified = True
                return secured
        secured = self._handshake(host, _anyone())
        found = hashlib.sha256(secured.getpeercert(binary_form=True) or b"").hexdigest()
        if not pin:
            logger.warning("%s: nobody vouches for its certificate; to pin it, add #sha256=%s", host, found)
        elif hmac.compare_digest(pin, found):
            self.verified = True
        else:
            secured.close()
            raise SourceUnusable(f"its certificate is not the pinned one: expected sha256 {pin}, got {found}")
        return secured

    def _handshake(self, host: str, context: ssl.SSLContext) -> ssl.SSLSocket:
        self._socket.settimeout(self._remaining_s())
        return context.wrap_socket(self._socket, server_hostname=host)


def _anyone() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _connected(host: str, port: int, timeout_s: float) -> socket.socket:
    """To the first of the host's addresses that answers, all of them within the time."""
    ends_s = time.monotonic() + timeout_s
    fault: OSError = OSError(f"no address for {host}")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            made = socket.socket(family, kind, protocol)
        except OSError as error:  # a kernel without IPv6, and a name that has such an address too
            fault = error
            continue
        try:
            made.settimeout(max(0.05, ends_s - time.monotonic()))
            _prepare(made)
            made.connect(address)
        except OSError as error:
            made.close()
            fault = error
        else:
            return made
    raise fault


def _prepare(made: socket.socket) -> None:
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # A fixed size ends the kernel's own growing (to 6 MB as a rule), so it is set only where it may be large.
    if _allowed_receive_bytes() >= _RECEIVE_BYTES:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)


def _allowed_receive_bytes(read: Callable[[], str] = Path("/proc/sys/net/core/rmem_max").read_text) -> int:
    try:
        return int(read())
    except (OSError, ValueError):
        return 0
