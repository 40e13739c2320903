"""The week by place: what counts as found, cleared, overdue and re-found."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from api.auth.roles import Role
from api.auth.tokens import make_token
from api.cli.app import app as cli
from api.errors import Unprocessable
from api.ledger.weeks import Week
from api.tickets.models import TicketRow
from api.whistles.models import WhistleRow, WhistleState
from tests.api.house import Served, overwrite
from tests.ledger.tickets import FALSE_ALARM, SENT_BACK, at, ticket, write

runner = CliRunner()
# The server's clock stands at 2026-11-22 16:00 in Shanghai: the Sunday of 2026-W47.
WEEK = "2026-W47"


@pytest.fixture(scope="module")
def town(shared: Served) -> Served:
    write(
        shared.data,
        [
            ticket("w1", "west", "16 00:00", closed="16 00:40"),
            ticket("w2", "west", "17 09:00", source="manual"),
            ticket("w3", "west", "18 09:00", closed="18 11:00", recurrence_of="w1"),
            ticket("before", "west", "13 09:00", closed="16 09:00", rectify_by=at("20 09:00")),
            ticket("long ago", "west", "02 09:00", closed="03 09:00"),
            ticket("voided", "west", "18 09:00", state="voided", closed_at=at("18 10:00")),
            ticket("false", "west", "19 09:00", closed="19 10:00", steps=[FALSE_ALARM]),
            ticket("real after all", "east", "19 09:00", closed="19 09:50", steps=[FALSE_ALARM, SENT_BACK]),
            ticket("held", "east", "21 09:00", dispatched_at=None),
            ticket("stopped", "east", "21 09:00", state="suspended", rectify_left_s=60.0),
            ticket("next", "east", "23 00:00"),
            ticket("nowhere", None, "20 09:00", closed="20 09:30"),
        ],
    )
    return shared


def rows(served: Served, **query: str) -> dict[str | None, dict[str, Any]]:
    answer = served.client(Role.COMMAND_CENTRE).get("/ledger", params={"week": WEEK, **query}).json()
    return {row["unit"]: row for row in answer["items"]}


def test_each_place_has_what_was_found_cleared_overdue_and_refound_in_the_week(town: Served) -> None:
    found = rows(town)
    assert found["west"]["counts"] == {
        "found": 3,  # w1, w2, w3
        "on_foot": 1,
        "cleared": 3,  # w1, w3, and the one found the week before
        "cleared_of_found": 2,
        "overdue": 2,  # w2 never done, w3 an hour late
        "refound": 1,
        "open": 1,
        "dismissed": 2,
    }
    assert found["east"]["counts"] == {
        "found": 3,
        "on_foot": 0,
        "cleared": 1,
        "cleared_of_found": 1,
        "overdue": 0,  # held and suspended clocks stand still
        "refound": 0,
        "open": 2,
        "dismissed": 0,
    }
    assert found[None]["counts"]["found"] == 1
    total = town.client(Role.COMMAND_CENTRE).get("/ledger", params={"week": WEEK, "limit": 1}).json()
    assert (total["total"]["found"], len(total["items"])) == (7, 1)
    assert total["next"]


def test_each_grid_looks_for_at_least_three_hazards_a_week(town: Served) -> None:
    assert {unit: row["enough"] for unit, row in rows(town).items()} == {"west": True, "east": True, None: None}
    admin = town.client(Role.ADMINISTRATOR)
    settings = admin.get("/town/settings").json()
    overwrite(admin, "/town/settings", json=settings | {"ledger": {"least_found": 4}})
    assert {unit: row["enough"] for unit, row in rows(town).items()} == {"west": False, "east": False, None: None}
    overwrite(admin, "/town/settings", json=settings)


def test_a_worker_sees_the_ledger_of_its_own_units(town: Served) -> None:
    answer = town.client(Role.GRID_WORKER, "west").get("/ledger", params={"week": WEEK}).json()
    assert [row["unit"] for row in answer["items"]] == ["west"]
    assert answer["total"]["found"] == 3
    lines = town.client(Role.GRID_WORKER, "east").get("/ledger/lines", params={"week": WEEK}).json()["items"]
    assert {line["unit"] for line in lines} == {"east"}


@pytest.mark.parametrize(
    "path", ["/ledger", "/ledger/lines", "/ledger/export", "/ledger/export?format=csv&sheet=lines", "/town/units"]
)
def test_a_unit_that_is_not_there_is_told_and_has_no_empty_ledger(town: Served, path: str) -> None:
    name = "parent" if path == "/town/units" else "under"
    query = f"{path}{'&' if '?' in path else '?'}{name}="
    assert town.client(Role.COMMAND_CENTRE).get(f"{query}nowhere").status_code == 404
    assert town.client(Role.GRID_WORKER, "east").get(f"{query}west").status_code == 404
    assert town.client(Role.GRID_WORKER, "east").get(f"{query}east").status_code == 200


def test_screen_csv_and_workbook_say_the_same(town: Served) -> None:
    centre = town.client(Role.COMMAND_CENTRE)
    screen = rows(town)
    text = centre.get("/ledger/export", params={"week": WEEK, "format": "csv", "lang": "en"}).content.decode(
        "utf-8-sig"
    )
    table = list(csv.DictReader(io.StringIO(text)))
    assert {row["Id"] or None: int(row["Found"]) for row in table[:-1]} == {
        unit: row["counts"]["found"] for unit, row in screen.items()
    }
    assert (table[-1]["Micro-grid"], table[-1]["Overdue"]) == ("Total", "2")
    answer = centre.get("/ledger/export", params={"week": WEEK})
    assert answer.headers["content-disposition"] == 'attachment; filename="sanxun-ledger-2026-W47.xlsx"'
    values = load_workbook(io.BytesIO(answer.content), data_only=True)
    formulas = load_workbook(io.BytesIO(answer.content))
    assert values.sheetnames == ["汇总", "明细", "签核"]
    sheet = values["汇总"]
    heads = [cell.value for cell in sheet[4]]
    assert heads[:4] == ["编号", "所属", "微网格", "发现"]
    body = {row[0].value: row[3].value for row in sheet.iter_rows(min_row=5, max_row=7)}
    assert body == {"west": 3, "east": 3, "": 1} or body == {"west": 3, "east": 3, None: 1}
    assert (sheet["D8"].value, formulas["汇总"]["D8"].value) == (7, "=SUM(D5:D7)")
    assert values["明细"].max_row == 1 + 8
    assert "签字" in values["签核"]["A6"].value


def test_a_name_that_looks_like_a_formula_is_text() -> None:
    from api.ledger.table import csv_bytes

    assert csv_bytes([["=1+1", "-x", 3, "fine"]]).decode() == "'=1+1,'-x,3,fine\r\n"


def test_lines_go_page_by_page(town: Served) -> None:
    centre = town.client(Role.COMMAND_CENTRE)
    first = centre.get("/ledger/lines", params={"week": WEEK, "limit": 5}).json()
    rest = centre.get("/ledger/lines", params={"week": WEEK, "limit": 5, "cursor": first["next"]}).json()
    numbers = [line["number"] for line in first["items"] + rest["items"]]
    assert numbers == sorted(numbers, reverse=True)
    assert (len(numbers), rest["next"]) == (8, None)
    assert first["items"][0]["place"] == "East gate / The aisle"


def test_an_export_is_whole_however_many_lines_come_at_a_time(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.ledger.repository._AT_ONCE", 3)
    centre = town.client(Role.COMMAND_CENTRE)
    numbers = [line["number"] for line in centre.get("/ledger/lines", params={"week": WEEK}).json()["items"]]
    asked = {"week": WEEK, "lang": "en"}
    answer = centre.get("/ledger/export", params=asked | {"format": "csv", "sheet": "lines"})
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert [int(row["Number"]) for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))] == numbers
    sheet = load_workbook(io.BytesIO(centre.get("/ledger/export", params=asked).content))["Lines"]
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == numbers
    monkeypatch.setattr("api.ledger.workbook._MOST_ROWS", 8)
    refused = centre.get("/ledger/export", params=asked)
    assert (refused.status_code, "take the lines as CSV" in refused.json()["detail"]) == (422, True)


def test_the_loops_rows_go_page_by_page(town: Served) -> None:
    centre, window = (
        town.client(Role.COMMAND_CENTRE),
        {"since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"},
    )
    whole = centre.get("/ledger/loop", params=window).json()
    assert (len(whole["items"]), whole["next"]) == (3, None)
    found, cursor = [], None
    for _ in whole["items"]:
        page = centre.get("/ledger/loop", params=window | {"limit": 1} | ({"cursor": cursor} if cursor else {})).json()
        found, cursor = found + page["items"], page["next"]
        assert page["total"] == whole["total"]
    assert (found, cursor) == (whole["items"], None)


def test_the_command_writes_what_the_server_says(town: Served, tmp_path: Path) -> None:
    out = tmp_path / "week.xlsx"
    found = runner.invoke(cli, ["ledger", "--week", WEEK, "--out", str(out), "--data", str(town.data), "--lang", "en"])
    assert found.stdout.startswith("2026-W47: 3 rows, 7 found, 8 lines")
    assert load_workbook(out)["Summary"]["D8"].value == "=SUM(D5:D7)"
    shown = runner.invoke(cli, ["ledger", "--week", WEEK, "--data", str(town.data), "--lang", "en"]).stdout
    assert "west,,west,3,1,3,2,2,1,1,2,yes" in shown


@pytest.mark.parametrize(
    ("name", "monday"),
    [("2026-W47", date(2026, 11, 16)), ("2026-W53", date(2026, 12, 28)), ("2027-W01", date(2027, 1, 4))],
)
def test_weeks_are_those_of_iso_8601_in_the_sites_zone(name: str, monday: date) -> None:
    week = Week.named(name, "Asia/Shanghai")
    assert week.monday == monday
    assert week.starts == datetime(monday.year, monday.month, monday.day, tzinfo=at("01 00:00").tzinfo)
    assert Week.holding(week.starts, "Asia/Shanghai").name == name
    assert Week.holding(week.ends, "Asia/Shanghai").name != name


def test_a_week_that_no_year_has_is_refused() -> None:
    for name in ("2027-W53", "2026-W00", "2026-47", "0000-W01"):
        with pytest.raises(Unprocessable, match="2026-W47"):
            Week.named(name, "UTC")


def whistle(row: TicketRow, called: datetime, answered_s: float | None) -> WhistleRow:
    return WhistleRow(
        id=f"whistle-{row.id}",
        ticket=row,
        department="fire",
        reason="",
        state=WhistleState.WITHDRAWN.value if answered_s is None else WhistleState.REPORTED.value,
        called_by="centre",
        called_at=called,
        answer_by=called + timedelta(minutes=30),
        answered_at=None if answered_s is None else called + timedelta(seconds=answered_s),
    )


def test_the_loop_by_place_kind_and_department(town: Served) -> None:
    began = datetime(2026, 10, 5, 8, tzinfo=UTC)
    took = [60, 120, 240, 301, None]
    made = []
    for n, seconds in enumerate(took):
        row = ticket(f"loop-{n}", "west", "01 00:00", kind="gathering", department="fire" if n < 2 else None)
        row.created_at = row.dispatched_at = began
        row.closed_at = began.replace(hour=12)
        row.state = "closed"
        row.responded_at = None if seconds is None else began.fromtimestamp(began.timestamp() + seconds, UTC)
        made.append(row)
    write(town.data, [*made, *(whistle(made[n], began, answered_s) for n, answered_s in enumerate((600, 2400, None)))])
    centre = town.client(Role.COMMAND_CENTRE)
    window = {"since": "2026-10-05T00:00:00Z", "until": "2026-10-06T00:00:00Z"}
    expected = {"count": 5, "decided": 5, "in_time": 3, "share_in_time": 0.6, "p50_s": 180.0, "p95_s": 291.85}
    answer = centre.get("/ledger/loop", params=window | {"by": "unit"}).json()
    [row] = answer["items"]
    assert (row["key"], row["loop"] | {"p95_s": round(row["loop"]["p95_s"], 2)}) == ("west", expected)
    assert answer["total"] == row["loop"]
    assert [row["key"] for row in centre.get("/ledger/loop", params=window | {"by": "kind"}).json()["items"]] == [
        "gathering"
    ]
    by = {row["key"]: row for row in centre.get("/ledger/loop", params=window | {"by": "department"}).json()["items"]}
    # Of three whistles one was answered in its half hour, one late, and one was taken back.
    answers = by["fire"]["answers"]
    assert (answers["count"], answers["in_time"], answers["share_in_time"], answers["p50_s"]) == (2, 1, 0.5, 1500.0)
    assert (by["fire"]["loop"]["p50_s"], by["fire"]["loop"]["share_in_time"], by[None]["loop"]["count"]) == (
        90.0,
        1.0,
        3,
    )
    assert centre.get("/ledger/loop", params={"since": "2026-01-01T00:00:00Z"}).status_code == 422
    # A department reads of the tickets that it was called to, of that which was taken back too.
    secret = make_token(town.data, Role.DEPARTMENT, name="brigade", department="fire")
    answer = town.client().get(
        "/ledger/loop", params=window | {"by": "department"}, headers={"Authorization": f"Bearer {secret}"}
    )
    assert answer.status_code == 200, answer.text
    own = {row["key"]: row for row in answer.json()["items"]}
    assert (own["fire"]["answers"]["count"], own["fire"]["loop"]["count"], own[None]["loop"]["count"]) == (2, 2, 1)
