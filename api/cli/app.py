"""The command `sanxun`. One module per command; each imports what it needs when it runs, so that --help is quick."""

from __future__ import annotations

import os
import sys

import typer

from api.cli import (
    audit,
    bench,
    db,
    demo,
    doctor,
    ledger,
    models,
    notify,
    openapi,
    outbox,
    patrol,
    replay,
    seal,
    serve,
    site,
    tickets,
    token,
    top,
    town,
    user,
    watch,
)
from api.cli.eval import app as eval_app
from api.errors import ApiError
from drone.errors import DroneError
from models.errors import ModelError
from streams.errors import StreamError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Sanxun (三巡): street-level hazards from cameras and drones, as tickets that people close.",
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("watch")(watch.watch)
app.command("replay")(replay.replay)
app.command("doctor")(doctor.doctor)
app.command("top")(top.top)
app.command("openapi")(openapi.openapi)
app.command("ledger")(ledger.ledger)
app.add_typer(site.app, name="site")
app.add_typer(town.app, name="town")
app.add_typer(tickets.app, name="tickets")
app.add_typer(models.app, name="models")
app.add_typer(patrol.app, name="patrol")
app.add_typer(token.app, name="token")
app.add_typer(eval_app, name="eval")
app.add_typer(bench.app, name="bench")
app.add_typer(user.app, name="user")
app.add_typer(outbox.app, name="outbox")
app.add_typer(notify.app, name="notify")
app.add_typer(audit.app, name="audit")
app.add_typer(db.app, name="db")
app.add_typer(seal.app, name="seal")


def main() -> None:
    """Run the command; an error that the user can act on is one sentence on standard error and exit status 1."""
    os.umask(0o077)  # what is written may hold cameras' passwords and pictures of the street
    try:
        app()
    except (ApiError, DroneError, ModelError, StreamError) as error:
        print(f"sanxun: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
