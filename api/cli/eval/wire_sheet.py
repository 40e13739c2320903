"""`sanxun eval wiring-sheet`: pictures with what the wire segmenter sees in them, for a person to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from api.cli.eval.options import Assets

_COLUMNS, _SIDE_PX = 3, 480


def wiring_sheet(
    out: Annotated[Path, typer.Argument(metavar="OUT.png", help="Where the sheet is written.")],
    assets: Assets,
    pictures: Annotated[
        Path | None, typer.Option("--pictures", help="A folder of pictures; default the held-back street photographs.")
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=200, help="How many, spread evenly by name.")] = 12,
) -> None:
    """Draw the wires found in street photographs in red, beside the photographs."""
    from models.wires.backgrounds import read
    from streams.accuracy.wiring import HELD_BACK, files, open_finder
    from vision.wire_lines import lines_mask, wiring_of

    found = files(pictures or assets / HELD_BACK, "*.jpg")
    finder = open_finder()
    tiles = []
    for path in found[:: max(1, len(found) // most)][:most]:
        picture = read(path)[:_SIDE_PX, :_SIDE_PX]
        side = float(np.sqrt(picture.shape[0] * picture.shape[1]))
        wires = wiring_of(lines_mask(finder(picture), 0.5, 0.04 * side))
        drawn = picture.copy()
        for line in wires.lines:
            cv2.polylines(drawn, [np.rint(line).astype(np.int32)], False, (255, 0, 0), 2)
        tile = np.zeros((_SIDE_PX, 2 * _SIDE_PX, 3), np.uint8)
        tile[: picture.shape[0], : picture.shape[1]] = picture
        tile[: picture.shape[0], _SIDE_PX : _SIDE_PX + picture.shape[1]] = drawn
        tiles.append(tile)
        print(f"{path.name}: {wires.length_px / side:.2f} sides of wire, {wires.crossings} crossings")
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % _COLUMNS)
    rows = [np.hstack(tiles[i : i + _COLUMNS]) for i in range(0, len(tiles), _COLUMNS)]
    if not cv2.imwrite(str(out), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR)):
        raise typer.BadParameter(f"{out} cannot be written: give a .png or .jpg in a folder that is there")
    print(f"drawn: {out}")
