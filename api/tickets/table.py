"""The table of `states` in words, for docs/tickets.md: made from the code, so that it is never another."""

from __future__ import annotations

from datetime import timedelta

from api.tickets.kinds import RULES
from api.tickets.states import TRANSITIONS, Clocks

BEGIN, END = "<!-- made by: sanxun tickets table -->", "<!-- end of what sanxun tickets table makes -->"
_EFFECTS = {
    Clocks.RUN_ON: "",
    Clocks.DECIDE: "the command centre's deadline starts",
    Clocks.START: "both start, or go on from where they stopped",
    Clocks.RESPOND_ANEW: "respond starts anew, rectify runs on",
    Clocks.RESPOND_MET: "respond is met; the acceptance counts for a while",
    Clocks.KEEP: "the acceptance counts for a while longer",
    Clocks.RECTIFY_MET: "rectify is met and stands still; the command centre's deadline starts",
    Clocks.STOP: "both stand still",
    Clocks.END: "all end",
}


def as_markdown() -> str:
    """Both tables, between the two marks."""
    return "\n".join([BEGIN, "", *_transitions(), "", *_kinds(), "", END])


def _transitions() -> list[str]:
    rows = ["| state | command | leads to | who | note | clocks |", "|---|---|---|---|---|---|"]
    for step in TRANSITIONS:
        who = ", ".join(step.roles) or "the system"
        to = "(stays)" if step.next is step.state else step.next.value
        note = "why" if step.note else ""
        rows.append(f"| {step.state} | `{step.command}` | {to} | {who} | {note} | {_EFFECTS[step.clocks]} |")
    return rows


def _kinds() -> list[str]:
    rows = [
        "| kind | respond | an acceptance counts | rectify | the command centre decides | photo to close |",
        "|---|---|---|---|---|---|",
    ]
    for kind, rule in RULES.items():
        times = (rule.respond, rule.acknowledged, rule.rectify, rule.decide)
        rows.append(f"| {kind} | {' | '.join(map(_words, times))} | {rule.closing_photo} |")
    return rows


def _words(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    if minutes % 1440 == 0:
        return f"{minutes // 1440} d"
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
