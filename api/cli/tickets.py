"""`sanxun tickets`: the life of tickets, as the program has it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.tickets.picture import as_svg
from api.tickets.table import BEGIN, END, as_markdown

app = typer.Typer(no_args_is_help=True, help="The life of tickets: states, commands, clocks.")


@app.callback()
def group() -> None:
    """Keeps `table` a command of its own while it is the only one."""


@app.command("table")
def table(
    write: Annotated[
        Path | None, typer.Option(help="A docs folder: its tickets.md and tickets.svg are brought up to date.")
    ] = None,
) -> None:
    """Print the table of transitions and clocks, or write it and its picture into the documentation."""
    if write is None:
        typer.echo(as_markdown())
        return
    page = write / "tickets.md"
    page.write_text(with_table(page.read_text(encoding="utf-8")), encoding="utf-8")
    (write / "tickets.svg").write_text(as_svg(), encoding="utf-8")


def with_table(text: str) -> str:
    """A page with the table between its marks made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + as_markdown() + after
