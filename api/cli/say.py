"""What a command tells while it works."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """To standard error: what goes on is no result."""
    print(text, file=sys.stderr, flush=True)
