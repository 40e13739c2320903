"""What is wrong with lines that were given, each named: so many at a time, and the others by a cursor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import Depends, Query

from api.errors import Unprocessable
from api.kit.cursor import decode_cursor, encode_cursor

MOST_AT_ONCE = 1000


class Faults(Unprocessable):
    """`lines` say each to a person. The problem's `count` is of all, its `errors` those from `first` on, and its `next`
    the cursor of what follows them."""

    def __init__(self, lines: Sequence[str], errors: list[dict[str, Any]], first: int = 0) -> None:
        more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
        super().__init__(f"{len(lines)} fault(s): {lines[0]}{more}", errors[first : first + MOST_AT_ONCE])
        self.lines, self._all = lines, errors
        following = encode_cursor(first + MOST_AT_ONCE) if len(errors) > first + MOST_AT_ONCE else None
        self.members |= {"count": len(errors), "next": following}

    def after(self, first: int) -> Faults:
        return Faults(self.lines, self._all, first)


async def told_from_cursor(
    cursor: Annotated[
        str | None,
        Query(max_length=64, description="`next` of the 422 before, with the same body: the faults that follow."),
    ] = None,
) -> AsyncIterator[None]:
    """For routes that raise `Faults`. Raises `BadRequest` for a cursor that was never given."""
    first = decode_cursor(cursor) or 0
    try:
        yield
    except Faults as faults:
        raise faults.after(first) from None


told_by_pages = Depends(told_from_cursor)
