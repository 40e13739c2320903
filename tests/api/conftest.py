"""Fixtures: a server whose site is `SITE`, and its first accounts."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from api.auth.bootstrap import bootstrap_users
from api.site.offline import write_site
from streams.decoding.encode import write_mp4
from streams.site import parse_site
from tests.api.corner import Corner
from tests.api.house import SITE, FakeTime, Served, event, serving
from tests.api.postgres import Postgres, binaries, running
from tests.api.stored import copied, name_database
from tests.conftest import missing
from tests.streams.builders import pictures


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """A data folder with `SITE` and the four first accounts, to copy, and their passwords.

    Migrating and hashing anew for every test would take most of the time. `make test-postgres` has it on PostgreSQL.
    """
    folder = tmp_path_factory.mktemp("applied")
    with a_postgres(folder) if os.environ.get("SANXUN_TEST_DATABASE") == "postgres" else nullcontext():
        write_site(folder, parse_site(SITE))
        yield folder, bootstrap_users(folder)


@contextmanager
def a_postgres(folder: Path) -> Iterator[Postgres]:
    """A server whose first database is this data folder's."""
    if binaries() is None:
        missing("no PostgreSQL server is installed: apt-get install postgresql")
    with running() as server:
        name_database(folder, server.url(server.new_database()))
        yield server


@pytest.fixture(scope="session")
def applied_site(applied: tuple[Path, dict[str, str]]) -> Path:
    return applied[0]


def _serve(data: Path, applied_site: Path) -> Iterator[Served]:
    fake = FakeTime()
    copied(applied_site, data)
    with serving(data, fake) as url:
        house = Served(url, data, fake)
        try:
            yield house
        finally:
            house.close()


@pytest.fixture
def served(tmp_path: Path, applied_site: Path) -> Iterator[Served]:
    """A server whose site is `SITE`, with the four first accounts."""
    yield from _serve(tmp_path, applied_site)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, applied_site: Path) -> Iterator[Served]:
    """The same for a whole module: for tests that leave nothing behind which another would see."""
    yield from _serve(tmp_path_factory.mktemp("shared"), applied_site)


@pytest.fixture
def passwords(applied: tuple[Path, dict[str, str]]) -> dict[str, str]:
    """Those of the four first accounts."""
    return dict(applied[1])


@pytest.fixture(scope="session")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A clip of two seconds whose 50 pictures carry their numbers."""
    path = tmp_path_factory.mktemp("mp4") / "clip.mp4"
    write_mp4(path, pictures(50), fps=25, gop=25)
    return path.read_bytes()


_corners = itertools.count()


@pytest.fixture
def corner(shared: Served) -> Corner:
    return Corner(shared, next(_corners))


@pytest.fixture
def ticket(served: Served) -> dict[str, Any]:
    """The one ticket of a server of its own, dispatched just now."""
    served.post(event())
    [found] = served.tickets()
    return found
