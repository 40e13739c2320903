"""The town as it is organised: four levels, teams, rosters, departments. The site's grids become micro-grids."""

from __future__ import annotations

import json
import secrets

import sqlalchemy as sa
from alembic import op
from shapely import to_wkb
from shapely.geometry import MultiPolygon, Polygon

from api.kit.gcj02 import to_wgs84

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    town = op.create_table(
        "town",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.String(length=32), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_town")),
    )
    unit = op.create_table(
        "unit",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("parent", sa.String(length=64), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("calendar", sa.String(length=64), nullable=True),
        sa.Column("shape_wkb", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
    )
    op.create_index(op.f("ix_unit_parent"), "unit", ["parent"], unique=False)
    op.create_index(op.f("ix_unit_path"), "unit", ["path"], unique=False)
    op.create_table(
        "team_member",
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("unit", "username", name=op.f("pk_team_member")),
    )
    op.create_table(
        "roster_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("shift", sa.String(length=32), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=True),
        sa.Column("days", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_entry")),
        sa.UniqueConstraint(
            "unit",
            "shift",
            "username",
            "on_date",
            "days",
            name=op.f("uq_roster_entry_unit_shift_username_on_date_days"),
        ),
    )
    op.create_index(op.f("ix_roster_entry_unit"), "roster_entry", ["unit"], unique=False)
    op.create_table(
        "department",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("units", sa.JSON(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("answer_minutes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
    )
    account_unit = op.create_table(
        "account_unit",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("username", "unit", name=op.f("pk_account_unit")),
    )
    op.create_index(op.f("ix_account_unit_unit"), "account_unit", ["unit"], unique=False)
    op.bulk_insert(town, [{"id": 1, "stamp": secrets.token_hex(8), "settings": {}}])
    op.bulk_insert(unit, _units_of_the_site())
    op.bulk_insert(account_unit, _units_of_accounts())


def _units_of_the_site() -> list[dict[str, object]]:
    found = op.get_bind().execute(sa.text("SELECT id, name, datum, polygon FROM grid ORDER BY position"))
    rows: list[dict[str, object]] = []
    for n, (grid, name, datum, polygon) in enumerate(found):
        corners = json.loads(polygon) if isinstance(polygon, str) else polygon
        shape = MultiPolygon([Polygon([to_wgs84(lon, lat, datum) for lon, lat in corners])])
        rows.append(
            {
                "id": grid,
                "position": 10_000_000 + n,
                "level": "micro_grid",
                "parent": None,
                "name": name,
                "path": f"/{grid}",
                "source": "site",
                "calendar": None,
                "shape_wkb": to_wkb(shape),
            }
        )
    return rows


def _units_of_accounts() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for username, grids in op.get_bind().execute(sa.text("SELECT username, grids FROM account")):
        given = json.loads(grids) if isinstance(grids, str) else grids
        rows += [{"username": username, "unit": unit} for unit in sorted(set(given)) or [""]]
    return rows


def downgrade() -> None:
    op.drop_index(op.f("ix_account_unit_unit"), table_name="account_unit")
    op.drop_table("account_unit")
    op.drop_table("department")
    op.drop_index(op.f("ix_roster_entry_unit"), table_name="roster_entry")
    op.drop_table("roster_entry")
    op.drop_table("team_member")
    op.drop_index(op.f("ix_unit_path"), table_name="unit")
    op.drop_index(op.f("ix_unit_parent"), table_name="unit")
    op.drop_table("unit")
    op.drop_table("town")
