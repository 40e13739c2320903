"""Our kinds of hazard as the services of GeoReport v2."""

from __future__ import annotations

from api.hazards.kinds import Kind

_NAMES: dict[Kind, tuple[str, str, str]] = {
    Kind.ILLEGAL_PARKING: ("违规停车 Illegal parking", "A vehicle where none may stand", "traffic"),
    Kind.FIRE_LANE: ("占用消防通道 Blocked fire lane", "Anything that stands in a fire lane", "fire safety"),
    Kind.WIRING: ("私拉电线 Jumbled private wiring", "Wires strung where none should be", "fire safety"),
    Kind.GATHERING: ("人员聚集 Gathering", "A crowd that blocks a place", "public order"),
    Kind.AGEING_FACILITY: (
        "设施老化 Ageing facility",
        "Pipes, lifts, walls, lamps that have had their time",
        "facilities",
    ),
    Kind.DAMAGED_FACILITY: (
        "设施损坏 Damaged facility",
        "A manhole cover, lamp or railing that is broken",
        "facilities",
    ),
    Kind.CLUTTERED_STAIRS: ("楼道堆物 Cluttered stairs", "Things that stand in stairs and halls", "fire safety"),
    Kind.E_BIKE: (
        "电动自行车违规充电 E-bike indoors",
        "E-bikes in halls, or charged by a hanging cable",
        "fire safety",
    ),
    Kind.RUBBISH: ("垃圾堆放 Rubbish", "Rubbish where it should not lie", "environment"),
    Kind.OTHER: ("其他 Other", "Anything else that may do harm", "other"),
}


def service(kind: Kind) -> dict[str, object]:
    name, description, group = _NAMES[kind]
    return {
        "service_code": kind.value,
        "service_name": name,
        "description": description,
        "metadata": False,
        "type": "realtime",
        "keywords": kind.value.replace("_", ", "),
        "group": group,
    }


def name_of(kind: Kind) -> str:
    return _NAMES[kind][0]
