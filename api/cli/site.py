"""`sanxun site`: the town's cameras, zones and grids as a TOML file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cli.approve_wiring import approve_wiring
from api.cli.options import DataDir, data_dir
from api.cli.suggest import suggest

app = typer.Typer(no_args_is_help=True, help="Cameras, zones and grids: the database's, exchanged as a TOML file.")
app.command("suggest")(suggest)
app.command("approve-wiring")(approve_wiring)
File = Annotated[Path, typer.Argument(metavar="FILE", help="A site file; see `sanxun site schema`.")]


@app.command("apply")
def apply(file: File, data: DataDir = None) -> None:
    """Make the stored site equal to FILE; running workers follow within seconds.

    Cameras, zones and grids that FILE lacks are removed; events and tickets keep naming them.
    """
    from api.site.offline import write_site
    from streams.site import load_site

    changes = write_site(data_dir(data), load_site(file))
    for word, names in (("added", changes.added), ("changed", changes.changed), ("removed", changes.removed)):
        for name in names:
            print(f"{word} {name}")
    if not changes:
        print("nothing to change")


@app.command("export")
def export(
    data: DataDir = None,
    with_credentials: Annotated[
        bool, typer.Option("--with-credentials", help="Write the cameras' passwords too: keep such a file safe.")
    ] = False,
) -> None:
    """Print the stored site as TOML that `apply` takes; *** in a URL means: keep the credentials that are stored."""
    from api.site.credentials import masked_site
    from api.site.offline import read_site
    from api.site.toml import site_toml

    site = read_site(data_dir(data))
    print(site_toml(site if with_credentials else masked_site(site)), end="")


@app.command("check")
def check(file: File) -> None:
    """Print ok, or every fault of FILE with its place and exit status 1. Nothing is stored."""
    from api.site.service import check_site
    from streams.errors import BadSite
    from streams.site import load_site

    try:
        check_site(load_site(file))
    except BadSite as error:
        print(error)
        raise typer.Exit(1) from None
    print("ok")


@app.command("schema")
def schema() -> None:
    """Print the JSON schema of a site file."""
    from streams.site import Site

    print(json.dumps(Site.model_json_schema(), indent=2, ensure_ascii=False))
