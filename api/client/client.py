"""The client: the generated operations, signing in, and lists read to their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ParamSpec

from api.client.operations import Operations

_P = ParamSpec("_P")


class Client(Operations):
    """See `Transport` for what it is made with. Safe in one thread."""

    def every(self, page: Callable[_P, Any], *args: _P.args, **kwargs: _P.kwargs) -> Iterator[Any]:
        """All items of a paged list, page after page: ``every(client.list_tickets, state=["dispatched"])``."""
        cursor: str | None = None
        while True:
            given: dict[str, Any] = {**kwargs, "cursor": cursor} if cursor else dict(kwargs)
            found = page(*args, **given)
            yield from found["items"]
            cursor = found["next"]
            if cursor is None:
                return
