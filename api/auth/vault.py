"""What must be read again and yet not lie open in the database: enciphered with a key that is a file beside it."""

from __future__ import annotations

import hashlib
import hmac
import os
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from api.errors import Unavailable

KEY_NAME = "sign-in.key"


class Vault:
    """The key is made on first use, readable by the server's user only. Several servers of one database share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key: bytes | None = None

    def seal(self, plain: str) -> str:
        return Fernet(self._read()).encrypt(plain.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises `Unavailable` where the key is not the one that it was sealed with."""
        try:
            return Fernet(self._read()).decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Unavailable(
                f"{self._path.name} is not the key that this server's second factors were sealed with; "
                "put the right file back, or have an administrator remove the account's second factor"
            ) from None

    def digest(self, text: str) -> str:
        """A keyed hash: short codes cannot be guessed from a copy of the database alone."""
        return hmac.new(b"recovery" + self._read(), text.encode(), hashlib.sha256).hexdigest()

    def _read(self) -> bytes:
        if self._key is None:
            with suppress(FileExistsError):
                self._make()
            self._key = self._path.read_bytes().strip()
        return self._key

    def _make(self) -> None:
        # Written whole before it has its name: a server that starts at the same moment never reads half a key.
        draft = self._path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, self._path)
        finally:
            draft.unlink()
