"""Fixtures: a server whose site is `SITE`, and its first accounts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.auth.bootstrap import bootstrap_users
from api.site.offline import write_site
from streams.site import parse_site
from tests.api.house import SITE, FakeTime, Served, serving


@pytest.fixture(scope="session")
def applied_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with `SITE` in it, to copy: migrating anew for every test would take most of the time."""
    folder = tmp_path_factory.mktemp("applied")
    write_site(folder, parse_site(SITE))
    return folder


@pytest.fixture
def served(tmp_path: Path, applied_site: Path) -> Iterator[Served]:
    """A server whose site is `SITE`; no accounts, tokens on demand."""
    fake = FakeTime()
    shutil.copytree(applied_site, tmp_path, dirs_exist_ok=True)
    with serving(tmp_path, fake) as url:
        house = Served(url, tmp_path, fake)
        try:
            yield house
        finally:
            house.close()


@pytest.fixture
def passwords(served: Served) -> dict[str, str]:
    """The four first accounts."""
    return bootstrap_users(served.data)
