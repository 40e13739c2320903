"""Codes of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 s), and codes for the day the phone is lost."""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime

import pyotp

STEP_S = 30
RECOVERY_CODES = 10
# No 0/O or 1/l/I: they are written down on paper.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    """160 bits, base32, as authenticator apps take it."""
    return pyotp.random_base32(32)


def enrolment_uri(secret: str, username: str, site: str) -> str:
    """The ``otpauth://`` address that an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=f"Sanxun {site}".strip())


def fitting_step(secret: str, code: str, now: datetime, used: int | None) -> int | None:
    """The step whose code this is: the current one or a neighbour, for clocks that differ, and newer than `used`."""
    current = int(now.timestamp()) // STEP_S
    totp = pyotp.TOTP(secret)
    for step in (current, current - 1, current + 1):
        if hmac.compare_digest(totp.generate_otp(step), code) and (used is None or step > used):
            return step
    return None


def cleaned(code: str) -> str:
    """As it was meant: without the spaces that people type between the digits."""
    return re.sub(r"\s", "", code).lower()


def is_totp(code: str) -> bool:
    return re.fullmatch(r"[0-9]{6}", code) is not None


def new_recovery_codes() -> list[str]:
    """Ten codes of 49 bits."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(2)) for _ in range(RECOVERY_CODES)
    ]
