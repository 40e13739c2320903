"""The table of `states` as a picture: every step that leads elsewhere is an arrow, drawn from the table itself.

What may be done in every open state alike is drawn once, from a box of its own.
"""

from __future__ import annotations

from html import escape
from math import hypot

from api.tickets.states import ENDED, OPEN, TRANSITIONS, TicketState

_CHINESE = {
    TicketState.RECEIVED: "受理",
    TicketState.REGISTERED: "立案",
    TicketState.DISPATCHED: "派遣",
    TicketState.WORKING: "处置",
    TicketState.VERIFYING: "核查",
    TicketState.CLOSED: "结案 销号",
    TicketState.REJECTED: "不予立案",
    TicketState.RETURNED: "退回",
    TicketState.SUSPENDED: "挂起",
    TicketState.VOIDED: "作废",
    TicketState.MERGED: "合并",
}
_EVERY = "every open state"
_WIDTH, _HEIGHT, _HALF_W, _HALF_H = 1320, 640, 62, 27
_AT: dict[str, tuple[int, int]] = {
    "received": (90, 280),
    "registered": (300, 280),
    "dispatched": (560, 280),
    "working": (830, 280),
    "verifying": (1060, 280),
    "closed": (1240, 280),
    "rejected": (90, 120),
    "returned": (830, 90),
    "suspended": (560, 480),
    _EVERY: (880, 530),
    "voided": (1130, 480),
    "merged": (1130, 570),
}
# How far an arrow swings out to its left, so that arrows do not lie over each other.
_BENDS: dict[tuple[str, str], int] = {
    ("registered", "working"): 130,
    ("working", "registered"): 110,
    ("dispatched", "working"): 22,
    ("working", "dispatched"): 34,
    ("dispatched", "verifying"): -150,
    ("returned", "verifying"): 30,
    ("returned", "dispatched"): -40,
    ("returned", "working"): 0,
    ("verifying", "returned"): 30,
    ("returned", "suspended"): -170,
    ("registered", "suspended"): -20,
    ("suspended", "registered"): -50,
    ("merged", "registered"): 150,
}


def _arrows() -> dict[tuple[str, str], list[str]]:
    """From and to → the commands that lead there."""
    onwards = [step for step in TRANSITIONS if step.next is not step.state]
    commands_of = {step.command for step in onwards}
    everywhere = {one for one in commands_of if {step.state for step in onwards if step.command is one} == set(OPEN)}
    arrows: dict[tuple[str, str], list[str]] = {}
    for step in onwards:
        start = _EVERY if step.command in everywhere else step.state.value
        there = arrows.setdefault((start, step.next.value), [])
        if step.command.value not in there:
            there.append(step.command.value)
    return arrows


def as_svg() -> str:
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif">',
        "<title>The life of a ticket</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8Z" fill="#52606d"/></marker></defs>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        *(_arrow(start, end, commands) for (start, end), commands in _arrows().items()),
        *(_box(name, x, y) for name, (x, y) in _AT.items()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _box(name: str, x: int, y: int) -> str:
    every = name == _EVERY
    ended = not every and TicketState(name) in ENDED
    fill = "#ffffff" if every else "#e6f4ea" if name == "closed" else "#eceff1" if ended else "#e3f0fb"
    dash = ' stroke-dasharray="5 4"' if every else ""
    lines = [(name, 15)] if every else [(_CHINESE[TicketState(name)], 17), (name, 13)]
    words = "".join(
        f'<text x="{x}" y="{y - 5 + 19 * n + (9 if every else 0)}" font-size="{size}" text-anchor="middle" '
        f'fill="#1f2933">{escape(line)}</text>'
        for n, (line, size) in enumerate(lines)
    )
    left, top = x - _HALF_W, y - _HALF_H
    return (
        f'<rect x="{left}" y="{top}" width="{2 * _HALF_W}" height="{2 * _HALF_H}" rx="9" fill="{fill}" '
        f'stroke="#7b8794"{dash}/>{words}'
    )


def _arrow(start: str, end: str, commands: list[str]) -> str:
    (x1, y1), (x2, y2) = _AT[start], _AT[end]
    length = hypot(x2 - x1, y2 - y1)
    bend = _BENDS.get((start, end), 0)
    # In a picture y grows downwards: the left of the way from 1 to 2 is (dy, -dx).
    middle_x = (x1 + x2) / 2 + (y2 - y1) / length * 2 * bend
    middle_y = (y1 + y2) / 2 - (x2 - x1) / length * 2 * bend
    from_x, from_y = _edge(x1, y1, middle_x, middle_y)
    to_x, to_y = _edge(x2, y2, middle_x, middle_y)
    label_x, label_y = (from_x + 2 * middle_x + to_x) / 4, (from_y + 2 * middle_y + to_y) / 4
    words = "".join(
        f'<text x="{label_x:.0f}" y="{label_y + 4 + 13 * (n - (len(commands) - 1) / 2):.0f}" font-size="12" '
        f'text-anchor="middle" fill="#102a43" stroke="#ffffff" stroke-width="4" paint-order="stroke">{name}</text>'
        for n, name in enumerate(commands)
    )
    return (
        f'<path d="M{from_x:.0f} {from_y:.0f} Q{middle_x:.0f} {middle_y:.0f} {to_x:.0f} {to_y:.0f}" fill="none" '
        f'stroke="#52606d" stroke-width="1.4" marker-end="url(#tip)"/>{words}'
    )


def _edge(x: float, y: float, towards_x: float, towards_y: float) -> tuple[float, float]:
    """Where the way from a box's middle leaves the box."""
    dx, dy = towards_x - x, towards_y - y
    share = min(_HALF_W / abs(dx) if dx else 9e9, _HALF_H / abs(dy) if dy else 9e9)
    return x + dx * share, y + dy * share
