"""`python -m models.wires`: trains the wire network, exports a checkpoint, or measures it on drawn wires."""

from __future__ import annotations

import argparse
from pathlib import Path

from models.wires.settings import WireSettings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.wires", description=__doc__)
    parser.add_argument("--pictures", type=Path, required=True, help="folder with street/ and atl_traffic/")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    from models.wires.loop import train

    print(train(WireSettings(pictures=chosen.pictures, out=chosen.out, minutes=chosen.minutes, threads=chosen.threads)))


if __name__ == "__main__":
    main()
