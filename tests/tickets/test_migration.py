"""Tickets that lived before the chain keep their lives, up and down."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Connection, text

from api.db.engine import Database
from api.db.migrate import alembic_config, upgrade_connection

_TICKET = (
    "INSERT INTO ticket (number, id, hazard_id, kind, camera, camera_name, zone, zone_name, grid, state, assignee, "
    "created_at, changed_at, respond_by, rectify_by, version) VALUES (:n, :id, :id, 'illegal_parking', 'c', 'C', 'z', "
    "'Z', 'g', :state, 'ann', '2026-01-01 08:00:00', :changed, '2026-01-01 08:05:00', '2026-01-01 09:00:00', 1)"
)
_HAZARD = (
    "INSERT INTO hazard (id, kind, camera, zone, state, raised_at, began_at, xyxy, source_wh, confidence, why) VALUES "
    "(:id, 'illegal_parking', 'c', 'z', 'open', '2026-01-01 08:00:00', '2026-01-01 08:00:00', '[]', '[]', 1, '{}')"
)
_STEP = (
    'INSERT INTO ticket_step (ticket_number, at, "by", command, from_state, to_state, note) '
    "VALUES (:n, :at, 'x', :command, :before, :after, :note)"
)


def _old(connection: Connection) -> None:
    for n, state in enumerate(("dispatched", "working", "closed"), 1):
        connection.execute(text(_HAZARD), {"id": f"h{n}"})
        connection.execute(text(_TICKET), {"n": n, "id": f"h{n}", "state": state, "changed": "2026-01-01 09:30:00"})
        steps = [
            ("dispatch", "registered", "dispatched", "08:00", "to micro-grid g"),
            ("accept", "dispatched", "working", "08:04", ""),
        ]
        steps += [("close", "working", "verifying", "08:50", ""), ("clear", "verifying", "closed", "09:30", "")]
        for name, before, after, at, note in steps[: {"dispatched": 1, "working": 2, "closed": 4}[state]]:
            given = {
                "n": n,
                "at": f"2026-01-01 {at}:00",
                "command": name,
                "before": before,
                "after": after,
                "note": note,
            }
            connection.execute(text(_STEP), given)


def _rows(connection: Connection, what: str) -> list[Any]:
    return [tuple(row) for row in connection.execute(text(what))]


def test_old_tickets_keep_their_lives(tmp_path: Path) -> None:
    def walk(connection: Connection) -> None:
        upgrade_connection(connection, "0005")
        _old(connection)
        upgrade_connection(connection, "0006")
        found = _rows(
            connection,
            "SELECT responded_at, rectified_at, closed_at, respond_overdue, rectify_overdue, due_at FROM ticket "
            "ORDER BY number",
        )
        day = "2026-01-01 "
        assert found == [
            (None, None, None, 1, 1, f"{day}08:05:00"),
            (f"{day}08:04:00", None, None, 0, 1, f"{day}09:00:00"),
            (f"{day}08:04:00", f"{day}08:50:00", f"{day}09:30:00", 0, 0, None),
        ]
        assert _rows(connection, "SELECT DISTINCT cause, source FROM ticket") == [("to micro-grid g", "camera")]
        assert _rows(connection, "SELECT count(*) FROM ticket_step") == [(7,)], "no step was lost"
        for n, state in enumerate(("suspended", "returned", "voided"), 1):
            connection.execute(text("UPDATE ticket SET state = :s WHERE number = :n"), {"s": state, "n": n})
            given = {
                "n": n,
                "at": "2026-01-02 08:00:00",
                "command": "suspend",
                "before": "working",
                "after": state,
                "note": "",
            }
            connection.execute(text(_STEP), given)
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0005")
        assert [row[0] for row in _rows(connection, "SELECT state FROM ticket ORDER BY number")] == [
            "dispatched",
            "working",
            "closed",
        ]
        assert _rows(connection, "SELECT count(*) FROM ticket_step") == [(10,)]
        assert _rows(connection, "SELECT count(*) FROM ticket_step WHERE to_state IN ('suspended', 'voided')") == [(0,)]

    async def run() -> None:
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'old.db'}")
        try:
            async with database.writing_engine.begin() as connection:
                await connection.run_sync(walk)
        finally:
            await database.close()

    asyncio.run(run())
