"""The wall's socket: many live tiles over one connection, no faster than the page draws them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Annotated

from fastapi import WebSocket
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.websockets import WebSocketDisconnect

from api.wall.tiles import MOST_OPEN, TileHub, Wall

_RECHECK_S = 30.0
BAD_MESSAGE, SIGNED_OUT = 4400, 4401


class ClientMessage(BaseModel):
    """``{"open": ["cam-1"]}`` chooses the tiles, in order; ``{"ack": 0}`` says that tile 0 has been drawn."""

    model_config = ConfigDict(extra="forbid")

    open: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=MOST_OPEN)] | None = None
    ack: Annotated[int, Field(ge=0, lt=MOST_OPEN)] | None = None


async def serve_wall(
    socket: WebSocket,
    hub: TileHub,
    known_cameras: Callable[[], Awaitable[set[str]]],
    write_down: Callable[[Sequence[str]], Awaitable[None]],
    still_allowed: Callable[[], Awaitable[bool]],
) -> None:
    """Run until the page goes, or may no longer look. `write_down` is told of each camera that is opened, before any
    picture of it leaves."""
    with hub.wall() as wall:
        jobs = {
            asyncio.create_task(_receive(socket, hub, wall, known_cameras, write_down)),
            asyncio.create_task(_send(socket, hub, wall)),
            asyncio.create_task(_recheck(socket, still_allowed)),
        }
        try:
            done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
        for job in done:
            # A page that has gone is how this ends; anything else is a fault of ours.
            with suppress(WebSocketDisconnect, RuntimeError):
                job.result()


async def _receive(
    socket: WebSocket,
    hub: TileHub,
    wall: Wall,
    known_cameras: Callable[[], Awaitable[set[str]]],
    write_down: Callable[[Sequence[str]], Awaitable[None]],
) -> None:
    while True:
        try:
            message = ClientMessage.model_validate_json(await socket.receive_text())
        except (ValidationError, KeyError):
            await socket.close(BAD_MESSAGE, 'expected {"open": [camera, ...]} or {"ack": tile}')
            return
        if message.open is not None:
            known = await known_cameras()
            # A layout is sent whole with every change: what stays open has been written down already.
            if opened := sorted(known & set(message.open) - {tile.camera for tile in wall.tiles}):
                await write_down(opened)
            # An unknown camera keeps its place, so that the page's tile numbers stay right; it never gets a frame.
            hub.open(wall, [camera if camera in known else "" for camera in message.open])
        if message.ack is not None:
            wall.acknowledge(message.ack)


async def _send(socket: WebSocket, hub: TileHub, wall: Wall) -> None:
    while True:
        await wall.wake.wait()
        wall.wake.clear()
        for index, tile in hub.due(wall):
            await socket.send_text(json.dumps(tile.overlay(index), separators=(",", ":")))
            await socket.send_bytes(tile.frame(index))


async def _recheck(socket: WebSocket, still_allowed: Callable[[], Awaitable[bool]]) -> None:
    while True:
        await asyncio.sleep(_RECHECK_S)
        if not await still_allowed():
            await socket.close(SIGNED_OUT, "the session has ended")
            return
