"""Fixtures: a street in simulated time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tickets.street import OFFICE, Street, Tables, street, tables


@pytest.fixture(scope="session")
def database() -> Iterator[Tables]:
    with tables() as made:
        yield made


@pytest.fixture
def town(database: Tables) -> Iterator[Street]:
    with street(database) as made:
        yield made


@pytest.fixture
def office(database: Tables) -> Iterator[Street]:
    """Clocks run on working days from 8:30 to 17:30."""
    with street(database, OFFICE) as made:
        yield made
