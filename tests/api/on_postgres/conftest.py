"""The servers of these tests stand on PostgreSQL: what both databases must do, and what this one alone can do wrong.

Each of their servers has a database of its own, which takes a second: `make test-postgres` runs all other tests so.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.auth.bootstrap import bootstrap_users
from api.auth.roles import Role
from api.site.offline import write_site
from streams.site import parse_site
from tests.api.conftest import a_postgres
from tests.api.house import SITE, Served, event
from tests.api.postgres import Postgres


@pytest.fixture(scope="session")
def stood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str], Postgres]]:
    folder = tmp_path_factory.mktemp("applied")
    with a_postgres(folder) as server:
        write_site(folder, parse_site(SITE))
        yield folder, bootstrap_users(folder), server


@pytest.fixture(scope="session")
def postgres(stood: tuple[Path, dict[str, str], Postgres]) -> Postgres:
    return stood[2]


# These two in place of the folder's above, each by its name: what that has made once, it gives to whoever asks it.
@pytest.fixture(scope="session")
def applied(stood: tuple[Path, dict[str, str], Postgres]) -> tuple[Path, dict[str, str]]:
    return stood[:2]


@pytest.fixture(scope="session")
def applied_site(stood: tuple[Path, dict[str, str], Postgres]) -> Path:
    return stood[0]


@pytest.fixture(scope="module")
def filled(shared: Served, mp4: bytes) -> Served:
    """A server on PostgreSQL with a little of everything in it."""
    shared.post(*(event(f"i-{n}", captured_at=f"2026-11-22T0{n}:00:00.000Z") for n in range(4)))
    shared.post(event("i-1", "cleared"))
    clip = shared.client(Role.WORKER).put("/worker/events/i-2-raised/clip", content=mp4)
    assert clip.status_code == 204
    opened = shared.client(Role.OFFICER).post("/clips/i-2-raised/open", json={"reason": "to see it back"})
    assert opened.content == mp4
    return shared
