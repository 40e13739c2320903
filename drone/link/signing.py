"""Signatures of MAVLink 2 (mavlink.io, "Message Signing"): who sent this, and was it sent before?

A packet is judged by its signature first and by its time second, and nothing is kept of one that fails either. In the
other order a single forged packet with a time far ahead makes every genuine one after it look old.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import secrets
from pathlib import Path
from typing import NoReturn

from drone.link.clocks import Clocks
from drone.link.dialect import mavlink
from drone.link.errors import BadKey
from drone.link.frames import Frame, marked_signed

KEY_BYTES = 32
NEW_STREAM_BEHIND = 60 * 100_000  # a minute, in 10 µs: how old the first packet of a stream may be
UNSIGNED_ALLOWED = frozenset({mavlink.MAVLINK_MSG_ID_RADIO_STATUS})  # made by the radio, which has no key


class SigningKey:
    """A shared secret of 32 bytes. It shows itself in no text, no log and no pickle."""

    __slots__ = ("__secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise BadKey(f"a signing key has {KEY_BYTES} bytes, this one {len(secret)}")
        self.__secret = secret

    @classmethod
    def made(cls, path: Path) -> SigningKey:
        """A new key, kept in `path` for its owner alone. Raises `FileExistsError`."""
        secret = secrets.token_bytes(KEY_BYTES)
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(secret.hex() + "\n")
        return cls(secret)

    @classmethod
    def read(cls, path: Path) -> SigningKey:
        """The key in `path`, 64 hexadecimal digits. Raises `BadKey`, also where others may read the file."""
        try:
            if path.stat().st_mode & 0o077:
                raise BadKey(f"{path} can be read by others: chmod 600 {path}")
            secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
        except OSError as error:
            raise BadKey(f"the signing key {path} cannot be read: {error.strerror}") from None
        except ValueError:
            raise BadKey(f"{path} must hold {2 * KEY_BYTES} hexadecimal digits") from None
        return cls(secret)

    def signature(self, covered: bytes) -> bytes:
        """The 6 bytes for a frame up to and including its timestamp."""
        return hashlib.sha256(self.__secret + covered).digest()[:6]

    def told_to(self, system: int, component: int, at: int) -> object:
        """SETUP_SIGNING, the one message that carries the key: for a wired link only (see `Link.give_key`)."""
        return mavlink.MAVLink_setup_signing_message(system, component, list(self.__secret), at)

    def __repr__(self) -> str:
        return "SigningKey(not shown)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signing key is not to be copied")


class Verdict(enum.Enum):
    """What a frame is worth."""

    GENUINE = "genuine"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    REPLAYED = "replayed"  # genuine once: this very packet, or an older one of its stream


class Guard:
    """Signs what goes out on one link, and judges what comes in on it."""

    def __init__(self, key: SigningKey, clocks: Clocks, *, link_id: int = 0) -> None:
        self.key = key
        self._clocks = clocks
        self._link_id = link_id

    def sign(self, raw: bytes) -> bytes:
        """An unsigned version-2 frame, signed."""
        covered = marked_signed(raw) + bytes([self._link_id]) + self._clocks.next().to_bytes(6, "little")
        return covered + self.key.signature(covered)

    def judge(self, frame: Frame) -> Verdict:
        """The verdict; only a genuine frame moves a clock."""
        if not frame.signed:
            return Verdict.UNSIGNED
        if not hmac.compare_digest(self.key.signature(frame.raw[:-6]), frame.raw[-6:]):
            return Verdict.FORGED
        at = int.from_bytes(frame.raw[-12:-6], "little")
        stream = (frame.system, frame.component, frame.raw[-13])
        before = self._clocks.heard(stream)
        if at <= before if before is not None else at + NEW_STREAM_BEHIND < self._clocks.now():
            return Verdict.REPLAYED
        self._clocks.hear(stream, at)
        return Verdict.GENUINE

    def close(self) -> None:
        self._clocks.close()
