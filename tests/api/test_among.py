"""A city's worker of many units: what they may see is asked for in one parameter."""

from __future__ import annotations

import pytest
from sqlalchemy import column, create_engine, select, table
from sqlalchemy.dialects import postgresql

from api.kit.scope import Scope

UNITS = frozenset(f"m{n}" for n in range(40_000))
_THINGS = table("thing", column("grid"))


@pytest.mark.parametrize("units", [frozenset({"m2"}), UNITS], ids=["one", "a city's"])
def test_a_scope_of_any_size_can_be_asked(units: frozenset[str]) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE thing (grid TEXT)")
        connection.exec_driver_sql("INSERT INTO thing VALUES ('m2'), ('elsewhere'), (NULL)")
        seen = connection.scalars(select(_THINGS.c.grid).where(Scope(units).where(_THINGS.c.grid))).all()
    engine.dispose()
    assert seen == ["m2"]


def test_it_is_one_parameter_on_postgresql() -> None:
    compiled = _THINGS.select().where(Scope(UNITS).where(_THINGS.c.grid)).compile(dialect=postgresql.dialect())
    assert "= ANY (" in str(compiled)
    assert [len(value) for value in compiled.params.values()] == [40_000]
