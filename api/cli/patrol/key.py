"""`sanxun patrol key`: a signing key made, and given to a vehicle over a cable."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.patrol.line import LineOptions, LinkAddress, System, open_line, run

KeyFile = Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, help="Made where there is none.")]


def patrol_key(file: KeyFile, link: LinkAddress = None, system: System = None) -> None:
    """Make a signing key, and with --link serial:DEVICE:BAUD give it to the disarmed vehicle there.

    From then on that vehicle is spoken to with --signing-key FILE. The key is never printed.
    """
    from drone.link.signing import SigningKey

    if not file.exists():
        SigningKey.made(file)
        print(f"made {file}: whoever reads it commands the vehicles that know it")
    else:
        SigningKey.read(file)
        if link is None:
            print(f"{file} holds a key already, and is left as it is: --link serial:DEVICE:BAUD gives it to a vehicle")
    if link is not None:
        options = LineOptions(link, system)
        print(f"given to vehicle {run(_give(file, options), options)}")


async def _give(file: Path, options: LineOptions) -> int:
    import asyncio

    from drone.link.clocks import Clocks
    from drone.link.signing import SigningKey

    clocks = Clocks(file.with_name(file.name + ".clocks"))
    async with open_line(options) as line:
        vehicle = await line.vehicle(options.system)
        line.give_key(vehicle, SigningKey.read(file), clocks)
        await asyncio.sleep(1.0)  # a serial line sends what waits before it is closed
    clocks.close()
    return vehicle.system
