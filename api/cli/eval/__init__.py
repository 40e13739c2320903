"""`sanxun eval`: how right the detector and each hazard are, on material with a known truth."""

from __future__ import annotations

import typer

from api.cli.eval import crowd, detector, false_alarms, hazards, wire_sheet

app = typer.Typer(no_args_is_help=True, help="Measure accuracy: real, composed and rendered material, never mixed.")
app.command("detector")(detector.detector)
app.command("illegal_parking")(hazards.illegal_parking)
app.command("fire_lane")(hazards.fire_lane)
app.command("wiring")(hazards.wiring)
app.command("wiring-sheet")(wire_sheet.wiring_sheet)
app.command("gathering")(hazards.gathering)
app.command("crowd")(crowd.crowd)
app.command("all")(hazards.every)
app.command("false_alarms")(false_alarms.false_alarms)
