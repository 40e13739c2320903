"""The score of one kind of hazard: every column, each with its material, by one command."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streams.accuracy import fire_lane, group, parking
from streams.accuracy.album import Album
from streams.accuracy.clips import told_clips
from streams.accuracy.compose import Say, composed, streets
from streams.accuracy.material import Column, Material
from streams.accuracy.places import Goods, vehicle_cuts
from streams.accuracy.plot import Plot
from streams.accuracy.real import bare_materials
from streams.accuracy.rendered import rendered_clips
from streams.accuracy.score import Outcome, by_tag, outcome, summary
from streams.accuracy.street import Street
from streams.errors import SourceUnusable
from streams.settings.gathering import GatheringSettings
from streams.site import ZoneSpec
from vision.detect import Detector
from vision.types import HazardKind

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What to measure with. `referee` looks for what can be cut out of clips and says whether it can be told for what
    it is: another set of weights than `detector`, wherever there is one. `seeds` are those of the composed material.
    `pictures` is a folder for a sheet of every material that was not judged right."""

    assets: Path
    detector: Detector
    referee: Detector
    seeds: Sequence[int]
    say: Say = lambda line: None
    each: Callable[[Facts], None] = lambda line: None
    pictures: Path | None = None
    found: Sequence[Street] = ()

    def streets(self) -> Sequence[Street]:
        return self.found or streets(self.assets, self.referee, self.say)


def score_illegal_parking(asked: Asked) -> Facts:
    """Columns real, composed and rendered; see `summary` for the figures. Raises `SourceUnusable`."""
    found = asked.streets()
    kind = HazardKind.ILLEGAL_PARKING
    with_vehicles = [street for street in found if vehicle_cuts(street)]
    made = composed(
        asked.assets, with_vehicles, asked.seeds, asked.referee, parking.plot_of, _zone(parking.ZONE), asked.say
    )
    return _scored(asked, kind, found, made)


def score_fire_lane(asked: Asked) -> Facts:
    """The same for blocked fire lanes, goods among them that no detector has a class for."""
    found, goods = asked.streets(), Goods.of(asked.assets)

    def plot_of(seed: int, street: Street, referee: Detector) -> Plot:
        return fire_lane.plot_of(seed, street, referee, goods)

    made = composed(asked.assets, found, asked.seeds, asked.referee, plot_of, _zone(fire_lane.ZONE), asked.say)
    return _scored(asked, HazardKind.FIRE_LANE, found, made)


def score_gathering(asked: Asked) -> Facts:
    """The same for gatherings, and under `tracks` the rule alone on labelled tracks."""
    from streams.accuracy.gathering import score_tracks

    found = asked.streets()
    with_people = [street for street in found if group.has_people(street)]
    made: Iterable[Material] = ()
    if with_people:
        made = composed(asked.assets, with_people, asked.seeds, asked.referee, group.plot_of, _square, asked.say)
    scored = _scored(asked, HazardKind.GATHERING, found, made)
    try:
        tracks = score_tracks(asked.assets)
    except SourceUnusable as error:
        asked.say(f"the rule alone is left out: {error}")
        return scored
    groups = tracks["second_half"]["group_level"]  # the half that nothing was chosen on
    return {**scored, "tracks": tracks, "figures": {"tracks_group_f1": groups["f1"]}}


def score_wires(assets: Path) -> Facts:
    """Thin lines on labelled pictures: ODS-F1 and the rule's events, in the columns of all other kinds. Raises
    `SourceUnusable`, `ModelError`."""
    from streams.accuracy.wiring import score_wiring

    told = score_wiring(assets)
    drawn = told["composed"]
    return {
        "kind": str(HazardKind.WIRING),
        "model": told["model"],
        "columns": {
            "real": _lines(told["real"], told["real"]["ours"]),
            "composed": _lines(drawn, drawn["pixels"]["best"]),
            "rendered": {"materials": 0},
        },
        "wires": told,
    }


def _lines(told: Facts, best: Facts) -> Facts:
    source = {"name": told["material"], "origin": told["origin"], "licence": told["licence"]}
    return {"materials": 1, **{key: best[key] for key in ("precision", "recall", "f1")}, "material": [source]}


def _square(plot: Plot) -> ZoneSpec:
    gathering = GatheringSettings(people=group.PEOPLE, radius_m=group.RADIUS_M)
    return ZoneSpec(
        id=group.ZONE, hazards=(plot.kind,), polygon=plot.polygon, dwell_s=plot.dwell_s, gathering=gathering
    )


def _zone(zone_id: str) -> Callable[[Plot], ZoneSpec]:
    return lambda plot: ZoneSpec(id=zone_id, hazards=(plot.kind,), polygon=plot.polygon, dwell_s=plot.dwell_s)


def _scored(asked: Asked, kind: HazardKind, found: Sequence[Street], made: Iterable[Material]) -> Facts:
    real = _played(asked, bare_materials(asked.assets, found, kind, asked.say))
    mixed = [*_played(asked, told_clips(asked.assets, kind, asked.say)), *_played(asked, made)]
    drawn = _played(asked, rendered_clips(kind))
    return {
        "kind": str(kind),
        "model": asked.detector.spec.name,
        "precision": asked.detector.precision,
        "planted_by": asked.referee.spec.name,
        "seeds": len(asked.seeds),
        "columns": {column: _column(ran) for column, ran in zip(Column, (real, mixed, drawn), strict=True)},
    }


def _played(asked: Asked, materials: Iterable[Material]) -> list[Outcome]:
    ran = []
    for material in materials:
        album = Album(material) if asked.pictures is not None else None
        one = outcome(material, asked.detector, watch=album.see if album else None)
        asked.each({"column": str(material.column), **one.line()})
        if album is not None and asked.pictures is not None and not one.is_right:
            name = "".join(c if c.isalnum() else "-" for c in f"{material.camera.zone[0].hazards[0]}-{material.name}")
            album.write(asked.pictures / f"{name}.png")
        ran.append(one)
    return ran


def _column(ran: Sequence[Outcome]) -> Facts:
    """The figures, by what is laid over, and what they were measured on."""
    sources = sorted({(_clip(one.material.name), one.material.origin, one.material.licence) for one in ran})
    return {
        **summary(ran),
        "by_tag": by_tag(ran),
        "material": [{"name": name, "origin": origin, "licence": licence} for name, origin, licence in sources],
    }


def _clip(name: str) -> str:
    """Seeds of one clip are one source."""
    return name.rpartition(" on ")[2]
