"""The mission protocol (mavlink.io, "Mission Protocol"), one list of items in either direction.

Written for lines that lose, double and delay, and for what autopilots do beside the standard; `upload.py` decides what
a transfer was worth by reading back.
"""

from __future__ import annotations

import asyncio
import enum
from typing import Any

from drone.link.dialect import KINDS, mavlink, name_of
from drone.link.errors import NoAnswer, VehicleRefused
from drone.link.items import WireItem
from drone.link.vehicle import Inbox, Vehicle

TRIES = 10
ANSWER_S = 1.5
ITEM_S = 0.6
ITEM_TRIES = 6
LISTINGS = 5
# ArduPilot asks again after 1 s and gives up after 8: who goes after 1.5 s of silence kills a good upload.
SILENCE_S = 9.0
SILENCE_AFTER_LAST_S = 3.5  # every item was asked for: silence means that the final answer was lost
BUSY_S = 1.0

_GOES_ON = mavlink.MAV_MISSION_INVALID_SEQUENCE  # ArduPilot says so of an item out of order, and the upload goes on


class Ended(enum.Enum):
    """How an upload ended as far as was heard. Neither says what the vehicle holds."""

    ACCEPTED = "accepted"
    SILENT = "silent"


async def send_items(vehicle: Vehicle, kind: int, items: tuple[WireItem, ...]) -> Ended:
    """Offer the items and answer what is asked for. Raises `VehicleRefused`, `NoAnswer`."""
    with vehicle.inbox("MISSION_REQUEST", "MISSION_REQUEST_INT", "MISSION_ACK", where=_about(kind)) as inbox:
        return await _Sending(vehicle, kind, items, inbox).run()


class _Sending:
    def __init__(self, vehicle: Vehicle, kind: int, items: tuple[WireItem, ...], inbox: Inbox) -> None:
        self._vehicle = vehicle
        self._kind = kind
        self._items = items
        self._inbox = inbox
        self._asked: set[int] = set()
        self._last = -1

    async def run(self) -> Ended:
        for _ in range(TRIES):
            self._offer()
            message = await self._inbox.next(ANSWER_S)
            while message is not None:
                ended = self._take(message)
                if ended is not None:
                    return ended
                message = await self._inbox.next(self._patience_s())
            if self._asked:
                return Ended.SILENT  # it had begun: offering again would begin anew, reading back tells more
        raise NoAnswer(f"{self._vehicle} does not answer the offer of {KINDS[self._kind]}, made {TRIES} times")

    def _patience_s(self) -> float:
        if not self._asked:
            return ANSWER_S
        return SILENCE_AFTER_LAST_S if len(self._asked) == len(self._items) else SILENCE_S

    def _offer(self) -> None:
        vehicle = self._vehicle
        if self._items:
            offer = mavlink.MAVLink_mission_count_message(
                vehicle.system, vehicle.component, len(self._items), self._kind
            )
        else:
            offer = mavlink.MAVLink_mission_clear_all_message(vehicle.system, vehicle.component, self._kind)
        vehicle.send(offer)

    def _take(self, message: Any) -> Ended | None:
        if message.get_type() != "MISSION_ACK":
            if message.seq < len(self._items):
                # Also to a legacy MISSION_REQUEST an INT item: floats put a place off by up to 0.6 m.
                self._asked.add(message.seq)
                self._last = message.seq
                self._vehicle.send(_item_message(self._vehicle, self._kind, message.seq, self._items[message.seq]))
            return None
        if message.type == mavlink.MAV_MISSION_ACCEPTED:
            # One that comes before all was asked for belongs to an upload before this.
            return Ended.ACCEPTED if len(self._asked) == len(self._items) else None
        if message.type == _GOES_ON:
            return None
        if message.type == mavlink.MAV_MISSION_ERROR:
            # ArduPilot says so of a doubled last item too, after it took the first of them.
            return Ended.SILENT if len(self._asked) == len(self._items) else None
        if message.type == mavlink.MAV_MISSION_OPERATION_CANCELLED:
            return Ended.SILENT if self._asked else None
        if message.type == mavlink.MAV_MISSION_DENIED and not self._asked:
            return None  # somebody else's transfer is under way: offered again when it may be over
        raise VehicleRefused(self._refusal(message.type))

    def _refusal(self, result: int) -> str:
        why = name_of("MAV_MISSION_RESULT", result).removeprefix("MAV_MISSION_")
        at = ""
        if self._last >= 0:
            command = name_of("MAV_CMD", self._items[self._last].command).removeprefix("MAV_CMD_")
            at = f" at item {self._last} ({command})"
        return f"{self._vehicle} refuses the {KINDS[self._kind]}{at}: {why}"


async def fetch_items(vehicle: Vehicle, kind: int) -> tuple[WireItem, ...]:
    """What the vehicle holds. Raises `NoAnswer`."""
    with vehicle.inbox("MISSION_COUNT", "MISSION_ITEM_INT", "MISSION_ACK", where=_about(kind)) as inbox:
        for _ in range(LISTINGS):
            items = await _fetch_all(vehicle, kind, inbox)
            if items is not None:
                break
        else:
            raise NoAnswer(
                f"{vehicle} does not give its {KINDS[kind]} to the end, asked from the start {LISTINGS} times"
            )
    accepted = mavlink.MAV_MISSION_ACCEPTED
    vehicle.send(mavlink.MAVLink_mission_ack_message(vehicle.system, vehicle.component, accepted, kind))
    return items


async def _fetch_all(vehicle: Vehicle, kind: int, inbox: Inbox) -> tuple[WireItem, ...] | None:
    """None where an item does not come: some (MAVSDK) give up a listing in the middle, and answer a new one."""
    items: list[WireItem] = []
    for number in range(await _count(vehicle, kind, inbox)):
        item = await _fetch(vehicle, kind, number, inbox)
        if item is None:
            return None
        items.append(item)
    return tuple(items)


async def _count(vehicle: Vehicle, kind: int, inbox: Inbox) -> int:
    for _ in range(TRIES):
        vehicle.send(mavlink.MAVLink_mission_request_list_message(vehicle.system, vehicle.component, kind))
        message = await inbox.next(ANSWER_S)
        while message is not None:
            if message.get_type() == "MISSION_COUNT":
                return int(message.count)
            if message.get_type() == "MISSION_ACK" and message.type == mavlink.MAV_MISSION_DENIED:
                await asyncio.sleep(BUSY_S)  # it still waits for items of a broken upload, for 8 s at most
                break
            message = await inbox.next(ANSWER_S)
    raise NoAnswer(f"{vehicle} does not say how many {KINDS[kind]} items it holds, asked {TRIES} times")


async def _fetch(vehicle: Vehicle, kind: int, number: int, inbox: Inbox) -> WireItem | None:
    loop = asyncio.get_running_loop()
    for _ in range(ITEM_TRIES):
        vehicle.send(mavlink.MAVLink_mission_request_int_message(vehicle.system, vehicle.component, number, kind))
        until_s = loop.time() + ITEM_S
        while (left_s := until_s - loop.time()) > 0:
            message = await inbox.next(left_s)
            if message is not None and message.get_type() == "MISSION_ITEM_INT" and message.seq == number:
                params = (message.param1, message.param2, message.param3, message.param4)
                return WireItem(message.command, message.frame, params, message.x, message.y, message.z)
    return None


def _about(kind: int) -> Any:
    return lambda message: message.mission_type == kind


def _item_message(vehicle: Vehicle, kind: int, number: int, item: WireItem) -> Any:
    return mavlink.MAVLink_mission_item_int_message(
        vehicle.system,
        vehicle.component,
        number,
        item.frame,
        item.command,
        int(number == 0 and kind == mavlink.MAV_MISSION_TYPE_MISSION),
        1,
        *item.params,
        item.x,
        item.y,
        item.z,
        kind,
    )
