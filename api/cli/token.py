"""`sanxun token`: bearer tokens for programs."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.options import DataDir, data_dir

app = typer.Typer(no_args_is_help=True, help="Bearer tokens for programs.")


@app.callback()
def tokens() -> None:
    """Bearer tokens for programs."""


@app.command("create")
def create(
    role: Annotated[
        str,
        typer.Option(
            "--role", help="administrator, command-centre, drone-operator, grid-worker, officer, worker, metrics."
        ),
    ],
    data: DataDir = None,
    name: Annotated[str, typer.Option("--name", help="What histories call it. Default: the role.")] = "",
    grid: Annotated[
        list[str] | None, typer.Option("--grid", help="Limit a grid worker to this grid; may be repeated.")
    ] = None,
) -> None:
    """Print a new token, this once; only its hash is kept."""
    from api.auth.roles import parse_role
    from api.auth.tokens import make_token

    try:
        wanted = parse_role(role)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--role") from None
    print(make_token(data_dir(data), wanted, name=name, grids=grid or ()))
