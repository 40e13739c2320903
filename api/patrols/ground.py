"""The ground that the server knows: the tiles of its `terrain` setting, for the place that is asked about."""

from __future__ import annotations

from pathlib import Path

from api.errors import Unprocessable
from api.patrols.schemas import RulesBody
from drone.terrain import Terrain, read_terrain
from drone.types import Place


def ground_of(folder: Path | None, rules: RulesBody, home: Place) -> Terrain | None:
    """What the rules ask for: without a word, the server's ground where it has one.

    Raises:
        Unprocessable: ground is asked for and this server has none.
        BadArea: its files cannot be read.
    """
    if rules.terrain is False or (rules.terrain is None and folder is None):
        return None
    if folder is None:
        raise Unprocessable(
            "`rules.terrain` asks for the ground, and this server knows none: its setting `terrain` names a folder of "
            ".hgt files. Without `rules.terrain` heights count above home"
        )
    return read_terrain(folder, home)
