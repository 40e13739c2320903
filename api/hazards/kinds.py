"""Every kind of hazard that has a ticket: those that the detectors find, and those that people report."""

from __future__ import annotations

from enum import StrEnum

from vision.types import HazardKind


class Kind(StrEnum):
    """The first four are `HazardKind`, by the same words; a machine raises no other."""

    ILLEGAL_PARKING = "illegal_parking"  # 违停
    FIRE_LANE = "fire_lane"  # 占用消防通道
    WIRING = "wiring"  # 私拉电线
    GATHERING = "gathering"  # 聚集
    AGEING_FACILITY = "ageing_facility"  # 设施老化
    DAMAGED_FACILITY = "damaged_facility"  # 公共设施损坏: manhole covers, lamps, railings
    CLUTTERED_STAIRS = "cluttered_stairs"  # 楼道堆物
    E_BIKE = "e_bike"  # 电动自行车进楼、飞线充电
    RUBBISH = "rubbish"  # 垃圾堆放
    OTHER = "other"  # 其他


class Source(StrEnum):
    """Who says that it is there."""

    CAMERA = "camera"  # a fixed camera: it watches all the time
    DRONE = "drone"
    VEHICLE = "vehicle"
    REPORT = "report"  # a resident, or another system
    MANUAL = "manual"  # somebody on foot patrol, signed in


MACHINE_KINDS = tuple(Kind(kind.value) for kind in HazardKind)
MANUAL_KINDS = tuple(kind for kind in Kind if kind not in MACHINE_KINDS)
# Of these a look of the same camera tells whether it is gone; wires that were cut look like wires that stay.
SEEN_GONE = (Kind.ILLEGAL_PARKING, Kind.FIRE_LANE, Kind.GATHERING)
WATCHING = (Source.CAMERA,)
PASSING = (Source.DRONE, Source.VEHICLE)
PEOPLES = (Source.REPORT, Source.MANUAL)
