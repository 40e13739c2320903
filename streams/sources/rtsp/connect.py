"""From an address to a session, by way of redirects; and what goes wrong on the way, in plain words."""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import replace

from streams.errors import SourceUnusable
from streams.sources.rtsp.address import Address, parse
from streams.sources.rtsp.dialogue import NOT_RTSP, Dialogue, Session
from streams.sources.rtsp.errors import Redirected
from streams.sources.rtsp.wire import Ended, Wire

_MOST_REDIRECTS = 3


def begin(url: str, timeout_s: float, transport: str = "tcp") -> Session:
    """Connect and play, following the camera where it sends us. Raises `SourceUnusable`, `NotOurs`."""
    try:
        address = parse(url)
    except ValueError as error:
        raise SourceUnusable(str(error)) from None
    deadline_s = time.monotonic() + timeout_s
    first = address
    for _ in range(_MOST_REDIRECTS + 1):
        try:
            return _begin(address, deadline_s, timeout_s, _withheld(first, address), transport)
        except Redirected as moved:
            address = _moved(address, str(moved))
    raise SourceUnusable(f"the camera sends us elsewhere more than {_MOST_REDIRECTS} times")


def _withheld(typed: Address, moved: Address) -> frozenset[str]:
    """The ways of answering that stay unused. A password is for the host that it was typed for, not for one that this
    names: who chooses the challenge can try passwords against the answer to it. Nor is it said in clear after TLS."""
    if moved.credentials != typed.credentials:
        return frozenset()  # the redirect brought its own
    if moved.host != typed.host:
        return frozenset({"basic", "digest"})
    return frozenset({"basic"}) if typed.tls and not moved.tls else frozenset()


def _begin(address: Address, deadline_s: float, timeout_s: float, withheld: frozenset[str], transport: str) -> Session:
    wire: Wire | None = None
    dialogue: Dialogue | None = None
    try:
        wire = Wire(address.host, address.port, tls=address.tls, pin=address.pin, deadline_s=deadline_s)
        dialogue = Dialogue(address, wire, withheld, transport)
        return dialogue.open()
    except BaseException as error:
        if dialogue is not None:
            dialogue.close()
        if wire is not None:
            wire.close()
        if not isinstance(error, (OSError, UnicodeError)):
            raise
        fault = _fault(error, connected=wire is not None, timeout_s=timeout_s)
    # Raised out here: the error of the network would carry the address into every traceback.
    raise SourceUnusable(fault)


def _moved(address: Address, location: str) -> Address:
    try:
        target = parse(location)
    except ValueError:
        raise SourceUnusable("the camera sends us to an address that is not RTSP") from None
    return replace(
        target,
        credentials=target.credentials or address.credentials,
        pin=target.pin or address.pin,
        typed=address.typed,
    )


def _fault(error: OSError | UnicodeError, *, connected: bool, timeout_s: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {timeout_s:g} s"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused: is the camera on, and the port right?"
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return "no such host: check the name in the address, and the DNS server"
    if isinstance(error, ssl.SSLError):
        return f"no TLS with it ({error.reason or 'handshake failed'}): is this the port for rtsps?"
    if isinstance(error, (Ended, ConnectionError)) and connected:
        return f"{NOT_RTSP}: it closed the connection"
    return error.strerror or type(error).__name__
