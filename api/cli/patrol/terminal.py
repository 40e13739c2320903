"""What an operator types while the link goes on."""

from __future__ import annotations

import asyncio
import sys


async def next_line() -> str:
    """The next line of standard input, empty at its end, without stopping the event loop where it is a terminal."""
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[str] = loop.create_future()

    def read() -> None:
        if not typed.done():
            typed.set_result(sys.stdin.readline())

    loop.add_reader(sys.stdin.fileno(), read)
    try:
        return await typed
    finally:
        loop.remove_reader(sys.stdin.fileno())
