"""The table in the documentation is the program's."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from api.cli.tickets import with_table
from api.tickets.picture import as_svg
from api.tickets.states import TRANSITIONS, TicketState
from api.tickets.table import BEGIN, END, as_markdown

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_documented_table_is_fresh() -> None:
    page = (DOCS / "tickets.md").read_text(encoding="utf-8")
    assert with_table(page) == page, "run: sanxun tickets table --write docs"


def test_the_picture_is_fresh() -> None:
    assert (DOCS / "tickets.svg").read_text(encoding="utf-8") == as_svg(), "run: sanxun tickets table --write docs"


def test_the_table_names_every_step() -> None:
    rows = [line for line in as_markdown().split("\n") if line.startswith("| ") and "`" in line]
    assert len(rows) == len(TRANSITIONS)


def test_the_picture_has_every_state_and_every_command_that_leads_elsewhere() -> None:
    words = {text for element in ElementTree.fromstring(as_svg()).iter() if (text := element.text)}
    assert {state.value for state in TicketState} <= words
    assert {step.command.value for step in TRANSITIONS if step.next is not step.state} <= words


def test_only_what_is_between_the_marks_is_made_anew() -> None:
    assert with_table(f"a\n{BEGIN}\nold\n{END}\nb") == f"a\n{as_markdown()}\nb"
