"""A query that a route does not know is refused: a misspelt filter would otherwise be none, and show everything."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, TypeVar

from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection

from api.errors import Unprocessable

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
_OPEN: set[Callable[..., Any]] = set()
_KNOWN: dict[Callable[..., Any], tuple[str, ...]] = {}
_MOST_NAMED, _MOST_LETTERS = 20, 40


def any_query(endpoint: Endpoint) -> Endpoint:
    """For a route whose query others write: it takes what it knows of it."""
    _OPEN.add(endpoint)
    return endpoint


def _known_to(route: APIRoute) -> tuple[str, ...]:
    if route.endpoint not in _KNOWN:
        params = get_flat_params(route.dependant)
        found = (param.alias for param in params if isinstance(param.field_info, Query))
        _KNOWN[route.endpoint] = tuple(dict.fromkeys(found))
    return _KNOWN[route.endpoint]


async def known_query(connection: HTTPConnection) -> None:
    """Raises `Unprocessable` naming each parameter of the query that the route does not have."""
    if connection.scope["type"] != "http" or not connection.query_params:
        return
    route = connection.scope["route"]
    if route.endpoint in _OPEN:
        return
    known = _known_to(route)
    wrong = [name for name in connection.query_params if name not in known]
    if not wrong:
        return
    expected = f"one of {', '.join(known)}" if known else "no query at all"
    like = get_close_matches(wrong[0], known, 1)
    hint = f"; did you mean {like[0]}?" if like else ""
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    errors = [{"at": name[:_MOST_LETTERS], "expected": expected, "got": "unknown"} for name in wrong[:_MOST_NAMED]]
    told = f"the query has {wrong[0][:_MOST_LETTERS]!r}, which is not known here: expected {expected}{hint}{more}"
    raise Unprocessable(told, errors)
