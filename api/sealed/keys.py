"""The key file: keys that encrypt the keys of sealed files. Its lines are ``ID BASE64 MADE_AT``, the newest last.

Each sealed file has a key of its own, kept in the database, encrypted with one of these. So neither the database nor
the files tell anything without the key file, and changing the key rewrites rows instead of gigabytes.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.errors import Unavailable
from api.evidence.store import sync_folder

if sys.platform != "win32":
    import fcntl

_HEAD = "# Sanxun: keys of sealed originals. Without this file they cannot be opened: keep a copy elsewhere.\n"
_KEY_BYTES, _NONCE_BYTES = 32, 12


class NoKey(Unavailable):
    """A key file that is missing, unreadable, or lacks a key."""


class Busy(Unavailable):
    """Another command is at work on the originals."""


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    secret: bytes
    made_at: str

    def __repr__(self) -> str:
        return f"Key({self.id})"


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A file's own key as the database keeps it: base64 of nonce, encrypted key and tag; `key_id` opens it."""

    key_id: str
    text: str


class KeyFile:
    """Read anew whenever it has changed: a running server follows a rotation."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}

    def wrap(self, file_key: bytes, file_id: str, now: datetime) -> WrappedKey:
        """With the newest key; the first one is made where there is no file yet. Raises `NoKey`."""
        key = self.newest() or self.add(now, first=True)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(key.secret).encrypt(nonce, file_key, file_id.encode())
        return WrappedKey(key.id, base64.b64encode(nonce + sealed).decode())

    def unwrap(self, wrapped: WrappedKey, file_id: str) -> bytes:
        """Raises `NoKey`."""
        key = self._read().get(wrapped.key_id)
        if key is None:
            raise NoKey(f"the key {wrapped.key_id} is not in {self.path}; put the copy of that file back that has it")
        data = base64.b64decode(wrapped.text)
        try:
            return AESGCM(key.secret).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], file_id.encode())
        except InvalidTag:
            raise NoKey(f"the key {wrapped.key_id} of {self.path} does not open this original's own key") from None

    def newest(self) -> Key | None:
        """Raises `NoKey` for a file that cannot be read."""
        return next(reversed(self._read().values()), None)

    def all(self) -> tuple[Key, ...]:
        return tuple(self._read().values())

    def add(self, now: datetime, *, first: bool = False) -> Key:
        """A new key, from now on the one in use. `first`: only where there is none yet. Raises `NoKey`."""
        key = Key(secrets.token_hex(8), secrets.token_bytes(_KEY_BYTES), now.isoformat(timespec="seconds"))
        try:
            with self._alone():
                if first and (known := self.newest()):
                    return known
                self._write([*self._read().values(), key], first=not self.path.exists())
        except FileExistsError:  # another server has just made the first one
            return self.newest() or self.add(now)
        return key

    def forget(self, key_ids: set[str]) -> None:
        with self._alone():
            self._write([key for key in self._read().values() if key.id not in key_ids], first=False)

    @contextmanager
    def one_command(self) -> Iterator[None]:
        """For whoever changes how all originals lie on the disk: of two at once, the second is refused. Ends with the
        program, however that ends. Windows has no such lock. Raises `Busy`, `NoKey`."""
        if sys.platform == "win32":
            yield
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise NoKey(f"the folder of the key file {self.path} cannot be used: {error.strerror}") from None
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy("another `sanxun seal` command is at work; give this one when that is done") from None
            yield
        finally:
            os.close(file)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Of two programs that read the file and then write it, the later would drop the other's key. Windows has no
        such lock: one at a time there. Raises `NoKey`."""
        if sys.platform == "win32":
            yield
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder = os.open(self.path.parent, os.O_RDONLY)
        except OSError as error:
            raise NoKey(f"the folder of the key file {self.path} cannot be used: {error.strerror}") from None
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _write(self, keys: list[Key], first: bool) -> None:
        lines = [f"{key.id} {base64.b64encode(key.secret).decode()} {key.made_at}\n" for key in keys]
        part = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}.part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(_HEAD + "".join(lines))
                file.flush()
                os.fsync(file.fileno())
            # A link refuses where there is a file already: of two servers that make the first key, one does.
            os.link(part, self.path) if first else part.replace(self.path)
        except FileExistsError:
            raise
        except OSError as error:
            raise NoKey(f"the key file {self.path} cannot be written: {error.strerror}") from None
        finally:
            part.unlink(missing_ok=True)
        sync_folder(self.path.parent)

    def _read(self) -> dict[str, Key]:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            self._seen, self._keys = None, {}
            return self._keys
        seen = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        if seen != self._seen:
            if os.name != "nt" and stat.st_mode & 0o077:
                raise NoKey(f"others may read the key file {self.path}: chmod 600 {self.path}")
            self._keys, self._seen = self._parsed(), seen
        return self._keys

    def _parsed(self) -> dict[str, Key]:
        try:
            lines = self.path.read_text("ascii").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise NoKey(f"the key file {self.path} cannot be read: {error}") from None
        keys: dict[str, Key] = {}
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                continue
            parts = line.split()
            try:
                secret = base64.b64decode(parts[1], validate=True)
            except (IndexError, binascii.Error):
                secret = b""
            if len(parts) != 3 or len(secret) != _KEY_BYTES:
                raise NoKey(f"line {number} of the key file {self.path} is damaged; expected ID, BASE64 and a time")
            keys[parts[0]] = Key(parts[0], secret, parts[2])
        return keys
