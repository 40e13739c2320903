"""Go or no-go: what must be answered with yes before a vehicle may be told to start."""

from __future__ import annotations

from enum import StrEnum


class Item(StrEnum):
    AIRFRAME = "airframe"  # 机体 propellers, arms, screws
    BATTERY = "battery"  # 电池 charged, fastened, no damage
    POSITION = "position"  # 定位 satellites, compass, home
    LINK = "link"  # 链路 link and its loss behaviour looked at on the map
    PAYLOAD = "payload"  # 载荷 camera, gimbal, card
    WEATHER = "weather"  # 天气 wind, rain, sight
    AIRSPACE = "airspace"  # 空域 permit, notices, other traffic
    GROUND = "ground"  # 地面 take-off place free, people away
    PLAN = "plan"  # 航线 the plan on the vehicle is this one, cautions read


ITEMS = tuple(Item)

# What each of them asks, for whoever is asked without the page.
ASKED: dict[Item, str] = {
    Item.AIRFRAME: "propellers, arms and screws are sound",
    Item.BATTERY: "the battery is charged, fastened and without damage",
    Item.POSITION: "satellites, compass and home are right",
    Item.LINK: "the link is good, and what the vehicle does without it is known",
    Item.PAYLOAD: "camera, gimbal and card are ready",
    Item.WEATHER: "wind, rain and sight allow it",
    Item.AIRSPACE: "permit and notices are there, other traffic is known",
    Item.GROUND: "the take-off place is free, people are away",
    Item.PLAN: "the plan on the vehicle is this one, and its cautions are read",
}
