"""What the commands that speak to vehicles take, and the link that they open."""

from __future__ import annotations

import asyncio
import fcntl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drone.link.link import Link
    from drone.link.signing import Guard
    from drone.types import PatrolPlan, Place

LinkAddress = Annotated[
    str | None,
    typer.Option(
        "--link",
        metavar="ADDRESS",
        help="udp:HOST:PORT waits for vehicles, udpout:, tcp:HOST:PORT, serial:DEVICE:BAUD.",
    ),
]
System = Annotated[
    int | None, typer.Option("--system", min=1, max=254, help="The vehicle's MAVLink system id; default: the only one.")
]
Key = Annotated[
    Path | None,
    typer.Option("--signing-key", metavar="FILE", help="Sign, and believe only who signs: 64 hexadecimal digits."),
]
Tlog = Annotated[Path | None, typer.Option("--tlog", metavar="FILE.tlog", help="Write everything said here.")]
Simulate = Annotated[bool, typer.Option("--simulate", help="A simulated vehicle instead of a link; nobody signs in.")]
SpeedUp = Annotated[float, typer.Option("--speed-up", min=1, help="How much faster simulated time goes.")]
Plan = Annotated[Path, typer.Argument(metavar="PLAN", exists=True, dir_okay=False, help="A .plan, .waypoints or .kmz.")]

SIMULATED_SYSTEM = 1


@dataclass(frozen=True, slots=True)
class LineOptions:
    """As given; `simulated_home` says where a simulated vehicle stands."""

    address: str | None
    system: int | None = None
    key: Path | None = None
    tlog: Path | None = None
    simulate: bool = False
    simulated_home: Place = (0.0, 0.0)


def read_plan(path: Path) -> PatrolPlan:
    from drone.errors import DroneError
    from drone.formats.files import read

    try:
        return read(path.read_bytes(), str(path))
    except OSError as error:
        raise DroneError(f"{path} cannot be read: {error.strerror}") from error


def run(main: Any, options: LineOptions, speed_up: float = 1.0) -> Any:
    """In the clock of the wall, or of the simulation."""
    if not options.simulate:
        return asyncio.run(main)
    from drone.simulated.time import run_virtually

    return run_virtually(main, speed_up)


@asynccontextmanager
async def open_line(options: LineOptions) -> AsyncIterator[Link]:
    """The link, its log and signatures, closed in order. Raises `BadAddress`, `BadKey`, `NoVehicle`."""
    from drone.link.errors import BadAddress
    from drone.link.link import Link
    from drone.link.tlog import TLog
    from drone.link.transports import transport_at

    if options.simulate:
        async with _simulated(options) as link:
            yield link
        return
    if options.address is None:
        raise BadAddress("say where the vehicle is: --link udp:0.0.0.0:14550, for instance, or --simulate")
    transport = transport_at(options.address)
    with _guard(options.key) as guard:
        tlog = TLog(options.tlog) if options.tlog else None
        async with Link(transport, guard=guard, tlog=tlog) as link:
            yield link


@asynccontextmanager
async def _simulated(options: LineOptions) -> AsyncIterator[Link]:
    from drone.link.lease import Lease
    from drone.link.link import Link
    from drone.link.tlog import TLog
    from drone.simulated.air import Air, Weather
    from drone.simulated.copter import SimulatedCopter

    loop = asyncio.get_running_loop()
    before_s = time.time() - loop.time()

    def wall_s() -> float:
        """From now on, as fast as the simulation goes: one flight's log lies after another's."""
        return before_s + loop.time()

    air = Air(Weather(loss=0.02, duplicates=0.01))
    tlog = TLog(options.tlog, wall_s) if options.tlog else None
    lease = Lease(now_s=loop.time)
    async with (
        SimulatedCopter(air, options.system or SIMULATED_SYSTEM, options.simulated_home),
        Link(air, tlog=tlog, lease=lease, wall_s=wall_s) as link,
    ):
        yield link


@contextmanager
def _guard(key: Path | None) -> Iterator[Guard | None]:
    """The key's clocks lie beside it; one process at a time signs with it, or its packets would seem replayed."""
    if key is None:
        yield None
        return
    from drone.link.clocks import Clocks
    from drone.link.errors import BadKey
    from drone.link.signing import Guard, SigningKey

    secret = SigningKey.read(key)
    with key.open(encoding="ascii") as file:
        if not _locked(file):
            raise BadKey(f"another process signs with {key}: end it, or give this one its own vehicle and key")
        yield Guard(secret, Clocks(key.with_name(key.name + ".clocks")))


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
