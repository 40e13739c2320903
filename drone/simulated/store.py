"""Missions as ArduCopter 4.7 keeps them, with the habits that surprise ground stations."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from drone.link.dialect import MISSION, mavlink
from drone.link.items import WireItem

ASK_AGAIN_S = 1.0
GIVE_UP_S = 8.0
# Where NaN is taken, and then only as parameter 4 (ArduPilot's sanity_check_params).
NAN_IN_FOURTH = frozenset({16, 17, 21, 22, 84, 85})
FRAMES = {0, 2, 3, 5, 6, 10, 11}

Ground = tuple[int, int]  # system and component of a ground station
Say = Callable[[Any], None]


@dataclass(slots=True)
class _Receiving:
    kind: int
    count: int
    who: Ground
    next: int = 0
    asked_at_s: float = 0.0
    heard_at_s: float = 0.0


@dataclass
class Store:
    """Not atomic: the offer of a mission truncates the old one, and items count as they come."""

    home: WireItem
    items: dict[int, list[WireItem]] = field(default_factory=lambda: {0: [], 1: [], 2: []})
    receiving: _Receiving | None = None
    refuse_command: int | None = None
    uploads: int = 0
    offers: int = 0

    def take(self, message: Any, who: Ground, now_s: float, say: Say) -> bool:
        """Whether the message was the mission protocol's."""
        handler = _HANDLERS.get(message.get_type())
        if handler is not None:
            handler(self, message, who, now_s, say)
        return handler is not None

    def tick(self, now_s: float, say: Say) -> None:
        """Ask again, and give up: what came so far stays."""
        receiving = self.receiving
        if receiving is None:
            return
        if now_s - receiving.heard_at_s > GIVE_UP_S:
            self.receiving = None
            say(_ack(receiving.who, receiving.kind, mavlink.MAV_MISSION_OPERATION_CANCELLED))
        elif now_s - receiving.asked_at_s > ASK_AGAIN_S:
            self._ask(now_s, say)

    def _ask(self, now_s: float, say: Say) -> None:
        receiving = self.receiving
        assert receiving is not None
        receiving.asked_at_s = now_s
        # The legacy request, also on MAVLink 2.
        say(mavlink.MAVLink_mission_request_message(*receiving.who, receiving.next, receiving.kind))

    def _offer(self, message: Any, who: Ground, now_s: float, say: Say) -> None:
        if self.receiving is not None and self.receiving.who != who:
            say(_ack(who, message.mission_type, mavlink.MAV_MISSION_DENIED))
            return
        self.offers += 1
        kept = self.items[message.mission_type]
        del kept[message.count :]
        if message.count == 0:
            say(_ack(who, message.mission_type, mavlink.MAV_MISSION_ACCEPTED))
            return
        self.receiving = _Receiving(message.mission_type, message.count, who, heard_at_s=now_s)
        self._ask(now_s, say)

    def _item(self, message: Any, who: Ground, now_s: float, say: Say) -> None:
        receiving = self.receiving
        kind = message.mission_type
        if receiving is None or receiving.kind != kind or receiving.who != who:
            say(_ack(who, kind, mavlink.MAV_MISSION_DENIED if receiving else mavlink.MAV_MISSION_ERROR))
            return
        if message.seq != receiving.next:
            say(_ack(who, kind, mavlink.MAV_MISSION_INVALID_SEQUENCE))  # and the upload goes on
            return
        receiving.heard_at_s = now_s
        fault = self._fault(message)
        if fault is not None:
            self.receiving = None
            say(_ack(who, kind, fault))
            return
        self._keep(kind, receiving.next, message)
        receiving.next += 1
        if receiving.next < receiving.count:
            self._ask(now_s, say)
            return
        self.receiving = None
        self.uploads += 1
        say(_ack(who, kind, mavlink.MAV_MISSION_ACCEPTED))

    def _fault(self, message: Any) -> int | None:
        if message.frame not in FRAMES:
            return int(mavlink.MAV_MISSION_UNSUPPORTED_FRAME)
        if message.command == self.refuse_command:
            return int(mavlink.MAV_MISSION_UNSUPPORTED)
        for number in range(1, 5):
            allowed = number == 4 and message.command in NAN_IN_FOURTH
            if math.isnan(getattr(message, f"param{number}")) and not allowed:
                return int(mavlink.MAV_MISSION_INVALID_PARAM1) + number - 1
        return None

    def _keep(self, kind: int, number: int, message: Any) -> None:
        params = (message.param1, message.param2, message.param3, message.param4)
        item = WireItem(message.command, message.frame, params, message.x, message.y, message.z)
        kept = self.items[kind]
        stored = self.home if kind == MISSION and number == 0 else _as_stored(item)
        if number < len(kept):
            kept[number] = stored
        else:
            kept.append(stored)

    def _clear(self, message: Any, who: Ground, now_s: float, say: Say) -> None:
        self.items[message.mission_type].clear()
        say(_ack(who, message.mission_type, mavlink.MAV_MISSION_ACCEPTED))

    def _list(self, message: Any, who: Ground, now_s: float, say: Say) -> None:
        if self.receiving is not None:
            say(_ack(who, message.mission_type, mavlink.MAV_MISSION_DENIED))
            return
        count = len(self.items[message.mission_type])
        say(mavlink.MAVLink_mission_count_message(*who, count, message.mission_type))

    def _give(self, message: Any, who: Ground, now_s: float, say: Say) -> None:
        kind, number = message.mission_type, message.seq
        if self.receiving is not None:
            say(_ack(who, kind, mavlink.MAV_MISSION_DENIED))
        elif number >= len(self.items[kind]):
            say(_ack(who, kind, mavlink.MAV_MISSION_INVALID_SEQUENCE))
        else:
            item = self.items[kind][number]
            place = (item.x, item.y, item.z)
            say(
                mavlink.MAVLink_mission_item_int_message(
                    *who, number, item.frame, item.command, 0, 1, *item.params, *place, kind
                )
            )


def _as_stored(item: WireItem) -> WireItem:
    """Rounded and renamed as ArduPilot stores it: whole seconds and degrees, frames 3 for 6 and 0 for 2 and 5."""
    frame = {2: 0, 5: 0, 6: 3, 11: 10}.get(item.frame, item.frame)
    one, two, three, four = (0.0 if math.isnan(value) else value for value in item.params)
    if item.command == mavlink.MAV_CMD_NAV_WAYPOINT:
        one, four = float(round(one)), 0.0
    if item.command == mavlink.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW:
        one, two = float(round(one)), float(round(two))
    height = round(item.z * 100) / 100 if item.has_place else item.z
    return replace(item, frame=frame, params=(one, two, three, four), z=height)


def _ack(who: Ground, kind: int, result: int) -> Any:
    return mavlink.MAVLink_mission_ack_message(*who, result, kind)


_HANDLERS: dict[str, Callable[[Store, Any, Ground, float, Say], None]] = {
    "MISSION_COUNT": Store._offer,
    "MISSION_ITEM_INT": Store._item,
    "MISSION_CLEAR_ALL": Store._clear,
    "MISSION_REQUEST_LIST": Store._list,
    "MISSION_REQUEST_INT": Store._give,
    "MISSION_REQUEST": Store._give,
    "MISSION_ACK": lambda store, message, who, now_s, say: None,
}
