"""``column IN (…)`` for as many values as there are: all of them are one parameter of the statement.

PostgreSQL takes 32,767 parameters in one statement and SQLite 32,766; a city has more units than that.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Dialect, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY, VARCHAR
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

# Up to so many the databases plan better when they see how many there are.
MOST_SINGLE = 200


def among(column: ColumnElement[Any], values: Collection[str]) -> ColumnElement[bool]:
    """Whether the text `column` is one of `values`."""
    if len(values) <= MOST_SINGLE:
        return column.in_(sorted(values))
    return _Among(column, bindparam(None, sorted(values), type_=_Texts()))


class _Texts(TypeDecorator[list[str]]):
    """A list as one parameter: an array for PostgreSQL, JSON text for SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(VARCHAR()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else json.dumps(value)


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


@compiles(_Among, "postgresql")
def _any_of(element: _Among, compiler: SQLCompiler, **parts: Any) -> str:
    column, values = (compiler.process(one, **parts) for one in element.clauses)
    return f"({column} = ANY ({values}))"


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: SQLCompiler, **parts: Any) -> str:
    column, values = (compiler.process(one, **parts) for one in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({values})))"
