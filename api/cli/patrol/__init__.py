"""`sanxun patrol`: air patrols from the command line. One module per command; each adds its own to `app`."""

from __future__ import annotations

import typer

from api.cli.patrol import check, export, fly, follow_up, key, plan, resume, schedule, status, upload

app = typer.Typer(no_args_is_help=True, help="Air patrols: plan, check, export, upload, fly, resume.")


@app.callback()
def patrol() -> None:
    """Keeps sub-commands sub-commands, however few there are."""


app.command("plan")(plan.plan_patrol)
app.command("check")(check.check_patrol)
app.command("export")(export.export_patrol)
app.command("upload")(upload.upload_patrol)
app.command("fly")(fly.fly_patrol)
app.command("status")(status.patrol_status)
app.command("resume")(resume.resume_patrol)
app.command("key")(key.patrol_key)
app.command("follow-up")(follow_up.follow_up)
app.add_typer(schedule.app, name="schedule")
