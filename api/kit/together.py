"""Requests that would wait for one another are carried out together: one lock and one commit for all that waited."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
# Answers several in their order: all of them or, where it raises, none.
Serve = Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]]


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Asked, Answer]):
    asked: Asked
    answered: asyncio.Future[Answer]

    def tell(self, said: Answer | Exception) -> None:
        if self.answered.done():  # whoever asked has gone
            return
        if isinstance(said, Exception):
            self.answered.set_exception(said)
        else:
            self.answered.set_result(said)


class Together(Generic[Asked, Answer]):
    """Whoever comes while others are being served is served with the next, at most `most` at a time, in their order.

    Where serving several fails each of them is served alone, so that the fault of one is not another's.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: list[_Waiting[Asked, Answer]] = []
        self._serving: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked, serve: Serve[Asked, Answer]) -> Answer:
        """The answer to `asked`, or what serving it alone raises. Who stops waiting is served all the same."""
        mine: _Waiting[Asked, Answer] = _Waiting(asked, asyncio.get_running_loop().create_future())
        self._waiting.append(mine)
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve_all(serve))
        return await mine.answered

    async def _serve_all(self, serve: Serve[Asked, Answer]) -> None:
        while self._waiting:
            some, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                await _serve_some(some, serve)
            except asyncio.CancelledError:
                for one in (*some, *self._waiting):
                    one.answered.cancel()
                raise


async def _serve_some(some: Sequence[_Waiting[Asked, Answer]], serve: Serve[Asked, Answer]) -> None:
    try:
        answers = await serve([one.asked for one in some])
    except Exception as error:
        if len(some) == 1:
            some[0].tell(error)
            return
        for one in some:
            await _serve_some([one], serve)
    else:
        for one, answer in zip(some, answers, strict=True):
            one.tell(answer)
