"""What a running server holds: opened at start, closed at the end, given to routes by `house_of`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from api.auth.elsewhere import SignInThere
from api.auth.service import Auth
from api.cameras.health import HealthBoard
from api.cameras.workers import WorkerBoard
from api.db.engine import Database
from api.db.migrate import migrate, require_newest
from api.evidence.marks import Marks
from api.evidence.photos import LoadRedactor, PhotoCleaner, clean_still
from api.evidence.store import EvidenceStore
from api.kit.clock import Clock
from api.kit.known_polls import KnownPolls
from api.kit.newest import Newest
from api.kit.together import Together
from api.metrics.figures import ApiMetrics
from api.notify.opened import Channels
from api.notify.settings import FILE_NAME, read_notify
from api.reports.eye import LoadEye, PhotoEye, load_eye
from api.reports.limits import ReportLimit
from api.sealed.keys import KeyFile
from api.sealed.store import SealedStore
from api.settings import Settings
from api.site.repository import ensure_site
from api.town.index import TownIndex
from api.town.repository import ensure_town
from api.wall.bus import Bus
from api.wall.tiles import TileHub

if TYPE_CHECKING:
    from api.events.service import Sent, Taken

_TICKETS_TOLD = 40_000  # of some 1.5 KB
_REQUESTS_AT_ONCE = 32  # with events, in one transaction


@dataclass(frozen=True, slots=True)
class House:
    settings: Settings
    clock: Clock
    database: Database
    auth: Auth
    elsewhere: SignInThere
    evidence: EvidenceStore
    sealed: SealedStore
    photos: PhotoCleaner
    eye: PhotoEye
    report_limit: ReportLimit
    bus: Bus
    tiles: TileHub
    health: HealthBoard
    workers: WorkerBoard
    metrics: ApiMetrics
    town: TownIndex
    channels: Channels
    polls: KnownPolls
    told: Newest[Hashable, bytes]  # tickets as JSON: see `api.tickets.listing`
    intake: Together[Sent, Taken]

    @property
    def terrain(self) -> Path | None:
        return self.settings.terrain


async def _open_database(settings: Settings) -> Database:
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.url)
    await (migrate(database) if settings.migrate_on_start else require_newest(database))
    async with database.writing() as session:
        await ensure_site(session)
        await ensure_town(session)
    return database


@asynccontextmanager
async def open_house(
    settings: Settings, clock: Clock, load: LoadRedactor, look: LoadEye = load_eye
) -> AsyncIterator[House]:
    channels = Channels.open(read_notify(settings.data / FILE_NAME))
    database = await _open_database(settings)
    town = TownIndex()
    auth = Auth(database, clock, settings, town)
    marks = Marks(settings.plate_weights, settings.face_weights)
    try:
        yield House(
            settings=settings,
            clock=clock,
            database=database,
            auth=auth,
            elsewhere=SignInThere(database, clock, settings, auth),
            evidence=EvidenceStore(settings.data / "evidence", partial(clean_still, marks)),
            sealed=SealedStore(settings.data / "sealed", KeyFile(settings.seal_keys)),
            photos=PhotoCleaner(partial(load, settings.data), marks),
            eye=PhotoEye(partial(look, settings.data)),
            report_limit=ReportLimit(clock),
            bus=Bus(),
            tiles=TileHub(clock),
            health=HealthBoard(clock, settings.health_silence_s),
            workers=WorkerBoard(clock),
            metrics=ApiMetrics(),
            town=town,
            channels=channels,
            polls=KnownPolls(database, clock),
            told=Newest(_TICKETS_TOLD),
            intake=Together(_REQUESTS_AT_ONCE),
        )
    finally:
        await database.close()


@asynccontextmanager
async def offline(data_dir: Path) -> AsyncIterator[Database]:
    """The database of a data folder for a command: brought up to date, usable while a server runs on it."""
    database = await _open_database(Settings(data=data_dir))
    try:
        yield database
    finally:
        await database.close()


def house_of(connection: HTTPConnection) -> House:
    house = connection.app.state.house
    assert isinstance(house, House)
    return house
