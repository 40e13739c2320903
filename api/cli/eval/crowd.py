"""`sanxun eval crowd`: how far off the count of a gathering is where people stand too densely to be told apart."""

from __future__ import annotations

import json
from typing import Any

from api.cli.eval.options import Assets, FirstSeed, Referee, Remember, Seeds, eyes
from api.cli.options import DataDir, Json, Model
from api.cli.say import say

_COLUMNS = ("crowds", "raised", "estimated", "off_by_boxes", "off", "truth_within")


def crowd(
    assets: Assets,
    seeds: Seeds = 150,
    first_seed: FirstSeed = 150,
    remember: Remember = None,
    referee: Referee = None,
    model: Model = None,
    data: DataDir = None,
    as_json: Json = False,
) -> None:
    """Dense crowds: how far off count and estimate are, on people cut out of a clip and set densely on its ground.

    The shipped estimate was fitted on seeds 0 to 149; those from 150 on are the ones to believe.
    """
    from streams.accuracy.crowd_score import score_crowds

    measured, other = eyes(assets, model, referee, data, remember)
    scored = score_crowds(assets, measured, other, range(first_seed, first_seed + seeds), say, _progress)
    print(json.dumps(scored, ensure_ascii=False) if as_json else as_text(scored), flush=True)


def as_text(scored: dict[str, Any]) -> str:
    """A line for each kind of crowd, the curve that these would choose, and where the pictures come from."""
    first, last = scored["seeds"]
    lines = [
        f"crowds, {scored['column']}, seeds {first} to {last}, detector {scored['model']}, "
        f"planted by {scored['planted_by']}",
        "",
        f"{'people':28}" + "".join(f"{name.replace('_', ' '):>14}" for name in _COLUMNS),
    ]
    for name, one in scored.items():
        if isinstance(one, dict) and "crowds" in one:
            lines.append(f"{name:28}" + "".join(f"{_cell(one[column]):>14}" for column in _COLUMNS))
    lines += ["", f"fitted on these: {json.dumps(scored['fitted'])}"]
    return "\n".join(lines + [f"{m['name']}: {m['origin']}; licence {m['licence']}" for m in scored["material"]])


def _cell(value: float | None) -> str:
    return "-" if value is None else str(value)


def _progress(line: dict[str, Any]) -> None:
    """A line on standard error for every crowd, as it is done."""
    told = f"{line['count']:g} counted" if "count" in line else "not raised"
    if "count_about" in line:
        told += f", about {line['count_about']:g} ({line['count_low']:g} to {line['count_high']:g})"
    say(f"seed {line['seed']}: {line['people']} people, {line['per_m2']} a m², {line['away_m']} m away: {told}")
