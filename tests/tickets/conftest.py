"""Fixtures: a street in simulated time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tickets.street import OFFICE, InMemory, Street, in_memory, street


@pytest.fixture(scope="session")
def database() -> Iterator[InMemory]:
    with in_memory() as made:
        yield made


@pytest.fixture
def town(database: InMemory) -> Iterator[Street]:
    with street(database) as made:
        yield made


@pytest.fixture
def office(database: InMemory) -> Iterator[Street]:
    """Clocks run on working days from 8:30 to 17:30."""
    with street(database, OFFICE) as made:
        yield made
