"""`sanxun models`: the weights that are here, taking in others, checking and timing them, training one's own."""

from __future__ import annotations

import typer

from api.cli.models import add, bench, export, false_alarms, promote, pull, train, verify
from api.cli.models import list as listing

app = typer.Typer(no_args_is_help=True, help="Weights: list, pull, add, verify, bench, export, train, promote.")
app.command("list")(listing.list_models)
app.command("pull")(pull.pull_model)
app.command("add")(add.add_model)
app.command("verify")(verify.verify_models)
app.command("bench")(bench.bench_model)
app.command("export")(export.export_model)
app.command("train")(train.train_model)
app.command("false-alarms")(false_alarms.fetch_false_alarms)
app.command("promote")(promote.promote_model)
app.command("rollback")(promote.roll_back)
app.command("history")(promote.show_history)
