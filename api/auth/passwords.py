"""Passwords and secrets: hashing, checking, making."""

from __future__ import annotations

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
_hasher = PasswordHasher()
# Checked for a name that does not exist, so that its absence does not show in the time taken.
_decoy: list[str] = []
# No 0/O or 1/l/I: these are read off a screen and typed into a phone.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def hash_password(password: str) -> str:
    """Argon2id with the library's parameters. Raises ValueError for one that is too short."""
    if len(password) < MIN_LENGTH:
        raise ValueError(f"a password needs at least {MIN_LENGTH} characters, got {len(password)}")
    return _hasher.hash(password)


def password_fits(password: str, stored_hash: str | None) -> bool:
    """Takes some 50 ms of a core by design: call it off the event loop."""
    if stored_hash is None:
        if not _decoy:
            _decoy.append(_hasher.hash(secrets.token_hex(16)))
        stored_hash, known = _decoy[0], False
    else:
        known = True
    try:
        return _hasher.verify(stored_hash, password) and known
    except (VerificationError, InvalidHashError):
        return False


def generate_password() -> str:
    """Four groups of four: 79 bits."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def new_secret(prefix: str) -> str:
    """256 random bits; the prefix says to a person and to a secret scanner what it is."""
    return prefix + secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """A plain hash suffices for 256 random bits: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()
