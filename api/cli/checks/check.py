"""One finding of `sanxun doctor`."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARN, MISSING = "ok", "warn", "missing"
GB = 1e9


@dataclass(frozen=True, slots=True)
class Check:
    """`state` is ok, warn (it runs, but worse than it could) or missing (something will not run)."""

    name: str
    state: str
    found: str
    advice: str = ""
