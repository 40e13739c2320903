"""What a process of the training environment tells the one that started it: a line of JSON each."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from models.errors import ModelError


def tell(event: str, **values: Any) -> None:
    print(json.dumps({"event": event, **values}), flush=True)


def told(work: Callable[[], dict[str, Any]]) -> None:
    """Runs `work` and tells its result, or in a sentence why there is none (exit status 1)."""
    try:
        tell("done", **work())
    except (ModelError, OSError) as error:
        tell("failed", error=str(error))
        sys.exit(1)
