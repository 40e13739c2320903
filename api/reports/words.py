"""A resident's words without what names a person: telephone and identity numbers, and addresses of mail."""

from __future__ import annotations

import re

MOST_WORDS = 500
_NUMBER = re.compile(r"(?<!\d)\d(?:[\s-]?\d){6,18}[Xx]?(?!\d)")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
GONE = "•••"


def without_persons(words: str) -> str:
    """What is kept: seven digits or more in a row, mail addresses and control characters are taken out."""
    plain = _CONTROL.sub(" ", words).strip()[:MOST_WORDS]
    return _NUMBER.sub(GONE, _MAIL.sub(GONE, plain))
