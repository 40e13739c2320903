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
    role: Annotated[str, typer.Option("--role", help="worker, metrics, or a person's role; see docs/sign-in.md.")],
    data: DataDir = None,
    name: Annotated[str, typer.Option("--name", help="What histories call it. Default: the role.")] = "",
    grid: Annotated[
        list[str] | None, typer.Option("--grid", help="Limit it to this unit and all below; may be repeated.")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="Allow only this, such as tickets:read; may be repeated.")
    ] = None,
    days: Annotated[
        float | None,
        typer.Option("--days", help="It expires after so many, 0.001 at the least. Default: never.", min=0.001),
    ] = None,
    department: Annotated[str | None, typer.Option("--department", help="The department that it speaks for.")] = None,
) -> None:
    """Print a new token, this once; only its hash is kept."""
    from api.auth.roles import parse_role
    from api.auth.scopes import parse_scopes
    from api.auth.tokens import make_token

    try:
        wanted, scopes = parse_role(role), parse_scopes(scope or (), _known() if scope else None)
        folder, units = data_dir(data), grid or ()
        print(make_token(folder, wanted, name=name, grids=units, scopes=scopes, days=days, department=department))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command("list")
def show(data: DataDir = None) -> None:
    """Print number, name, role, scopes, units and state of every token; never its secret."""
    from api.auth.roles import WHOLE_SITE
    from api.auth.tokens import list_tokens

    for row in list_tokens(data_dir(data)):
        state = f"revoked {row.revoked_at:%Y-%m-%d}" if row.revoked_at else "in force"
        if row.expires_at and not row.revoked_at:
            state = f"until {row.expires_at:%Y-%m-%d %H:%M} UTC"
        if row.role in WHOLE_SITE and row.grids and not row.revoked_at:
            state = "refused: it has units, which its role does not keep to; make it anew without"
        scopes, units = " ".join(row.scopes) or "all scopes", ",".join(row.grids) or "-"
        print(f"{row.id:<5} {row.name:<24} {row.role:<16} {scopes:<24} {units:<16} {state}")


@app.command("revoke")
def revoke(number: Annotated[int, typer.Argument(metavar="NUMBER")], data: DataDir = None) -> None:
    """Revoke the token of this number in `sanxun token list`; a server stops taking it within 5 s."""
    from api.auth.tokens import revoke_token

    if not revoke_token(data_dir(data), number):
        raise typer.BadParameter(f"there is no token {number}; `sanxun token list` shows those there are")


def _known() -> frozenset[str]:
    from api.app import create_app
    from api.openapi import scopes_of
    from api.settings import Settings

    return scopes_of(create_app(Settings()))
