"""`sanxun eval illegal_parking | fire_lane | wiring | gathering | all`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli.eval.detector import detector
from api.cli.eval.options import (
    Assets,
    Baseline,
    FirstSeed,
    Pictures,
    Referee,
    Remember,
    Seeds,
    WriteBaseline,
    eyes,
)
from api.cli.eval.report import settle, show
from api.cli.options import DataDir, Json, Model
from api.cli.say import say

if TYPE_CHECKING:
    from streams.accuracy.kinds import Asked

_SEEDS = 300


def illegal_parking(
    assets: Assets,
    seeds: Seeds = _SEEDS,
    first_seed: FirstSeed = 0,
    baseline: Baseline = None,
    write: WriteBaseline = False,
    pictures: Pictures = None,
    remember: Remember = None,
    referee: Referee = None,
    model: Model = None,
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """Parked vehicles: raised once each, in time, through weather, occlusion, queues and restarts."""
    from streams.accuracy.kinds import score_illegal_parking

    asked = _asked(assets, range(first_seed, first_seed + seeds), pictures, remember, referee, model, data)
    _report(score_illegal_parking(asked), as_json, baseline, write)


def fire_lane(
    assets: Assets,
    seeds: Seeds = _SEEDS,
    first_seed: FirstSeed = 0,
    baseline: Baseline = None,
    write: WriteBaseline = False,
    pictures: Pictures = None,
    remember: Remember = None,
    referee: Referee = None,
    model: Model = None,
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """Blocked fire lanes: goods and vehicles; not people, shadows or rain."""
    from streams.accuracy.kinds import score_fire_lane

    asked = _asked(assets, range(first_seed, first_seed + seeds), pictures, remember, referee, model, data)
    _report(score_fire_lane(asked), as_json, baseline, write)


def wiring(assets: Assets, baseline: Baseline = None, write: WriteBaseline = False, as_json: Json = False) -> None:
    """Wires: ODS-F1 on the power-line pictures, beside their authors' own maps; and wires drawn on photographs."""
    from streams.accuracy.kinds import score_wires

    scored = score_wires(assets)
    _report(scored, as_json, baseline, write)
    if not as_json:
        print(json.dumps(scored["wires"], ensure_ascii=False, indent=1), flush=True)


def gathering(
    assets: Assets,
    seeds: Seeds = _SEEDS,
    first_seed: FirstSeed = 0,
    baseline: Baseline = None,
    write: WriteBaseline = False,
    pictures: Pictures = None,
    remember: Remember = None,
    referee: Referee = None,
    model: Model = None,
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """Gatherings: the rule on labelled tracks, and the whole chain on clips and composed groups."""
    from streams.accuracy.kinds import score_gathering

    asked = _asked(assets, range(first_seed, first_seed + seeds), pictures, remember, referee, model, data)
    _report(score_gathering(asked), as_json, baseline, write)


def every(
    assets: Assets,
    seeds: Seeds = _SEEDS,
    pictures: Pictures = None,
    remember: Remember = None,
    referee: Referee = None,
    model: Model = None,
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """All of them, one after the other; clips are looked through once."""
    from dataclasses import replace

    from streams.accuracy import kinds
    from streams.errors import SourceUnusable

    asked = _asked(assets, range(seeds), pictures, remember, referee, model, data)
    asked = replace(asked, found=asked.streets())
    for score in (kinds.score_illegal_parking, kinds.score_fire_lane, kinds.score_gathering):
        show(score(asked), as_json)
    try:
        wiring(assets, as_json=as_json)
    except SourceUnusable as error:
        say(f"wiring is left out: {error}")
    detector(assets, [model] if model else None, data=data, as_json=as_json)


def _asked(
    assets: Path,
    seeds: range,
    pictures: Path | None,
    remember: Path | None,
    referee: str | None,
    model: str | None,
    data: Path | None,
) -> Asked:
    from streams.accuracy.kinds import Asked

    measured, other = eyes(assets, model, referee, data, remember)
    return Asked(assets, measured, other, seeds, say, _progress, pictures)


def _progress(line: dict[str, Any]) -> None:
    """A line on standard error for every material, as it is done."""
    verdict = "right" if line["right"] else "WRONG"
    late = f"  delays {line['delays_s']}" if line["delays_s"] else ""
    wrong = "".join(
        f"  {name.replace('_', ' ')}: {json.dumps(line[name])}"
        for name in ("missed", "false_alarms", "cleared_early", "never_cleared")
        if line[name]
    )
    say(f"{line['column']:8} {verdict}  {line['material']}  {' '.join(line['tags'])}{late}{wrong}")


def _report(scored: dict[str, Any], as_json: bool, baseline: Path | None, write: bool) -> None:
    show(scored, as_json)
    settle(scored, baseline, write)
