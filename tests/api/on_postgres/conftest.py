"""The servers of these tests stand on PostgreSQL: the same tests as beside this folder, on the other database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.auth.bootstrap import bootstrap_users
from api.site.offline import write_site
from streams.site import parse_site
from tests.api.house import SITE, FakeTime, Served, serving
from tests.api.postgres import Postgres, binaries, running
from tests.conftest import missing

# Each of their servers has a database of its own, which takes a second: `make test-postgres` runs them.
WHOLE = ("test_tickets.py", "test_events.py", "test_roles.py", "test_retention.py", "test_false_alarms.py")
collect_ignore = [] if os.environ.get("SANXUN_TEST_POSTGRES") == "all" else [*WHOLE]


def name_database(data: Path, url: str) -> None:
    """By the configuration file, which commands on the folder follow too."""
    (data / "sanxun.toml").write_text(f'database_url = "{url}"\n')


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    if binaries() is None:
        missing("no PostgreSQL server is installed: apt-get install postgresql")
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def template(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    """A database with `SITE` and the first accounts, to copy, and their passwords."""
    data = tmp_path_factory.mktemp("template")
    name = postgres.new_database()
    name_database(data, postgres.url(name))
    write_site(data, parse_site(SITE))
    return name, bootstrap_users(data)


def _serve(data: Path, postgres: Postgres, template: str) -> Iterator[Served]:
    fake = FakeTime()
    name_database(data, postgres.url(postgres.new_database(template)))
    with serving(data, fake) as url:
        house = Served(url, data, fake)
        try:
            yield house
        finally:
            house.close()


@pytest.fixture
def served(tmp_path: Path, postgres: Postgres, template: tuple[str, dict[str, str]]) -> Iterator[Served]:
    yield from _serve(tmp_path, postgres, template[0])


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, template: tuple[str, dict[str, str]]
) -> Iterator[Served]:
    yield from _serve(tmp_path_factory.mktemp("shared"), postgres, template[0])


@pytest.fixture
def passwords(template: tuple[str, dict[str, str]]) -> dict[str, str]:
    return dict(template[1])
