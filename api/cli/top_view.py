"""`sanxun top` on the screen: a header, and as many cameras as fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from api.cli.top_board import Board, Row

# From so many columns on there is room to say why in words.
_WIDE = 110
_COLOURS = {"live": "green", "stalled": "yellow", "connecting": "yellow", "disabled": "dim"}
_BAD = "bold red"
_SHORT = {"key frames": "key", "every frame": "all", "references only": "ref", "waiting for a key frame": "wait"}
_STAGES = ("receive", "queue", "decode", "dense", "gate", "infer", "rules", "store", "acknowledge")
_WHOLE = {"capture_to_event": "capture→event", "capture_to_acknowledged": "capture→acknowledged"}


@dataclass(frozen=True, slots=True)
class Page:
    """Which cameras are shown: from row `first` (0 is the worst), `count` of them."""

    first: int
    count: int

    def turned(self, by: int, rows: int) -> Page:
        """The next page or the one before, never beyond the ends."""
        last = max(0, (rows - 1) // self.count * self.count) if self.count else 0
        return Page(min(max(0, self.first + by * self.count), last), self.count)


def header(shown: Board, source: str, fault: str | None = None) -> RenderableType:
    """Who the worker is, how it does, and how long things take."""
    lines = [_identity(shown, source), _load(shown), _latencies(shown)]
    if fault:
        lines.append(Text(fault, style=_BAD))
    return Group(*(line for line in lines if line.plain))


def cameras(rows: Sequence[Row], width: int) -> Table:
    """One line each, in the order given."""
    wide = width >= _WIDE
    table = Table(box=None, pad_edge=False, expand=True, header_style="bold", padding=(0, 1, 0, 0))
    for column in _COLUMNS:
        table.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=True,
            overflow="ellipsis",
            ratio=column.ratio or None,
            max_width=None if wide or column.ratio else column.most,
        )
    for row in rows:
        table.add_row(*(column.cell(row, wide) for column in _COLUMNS))
    return table


def room(console: Console, head: RenderableType) -> int:
    """How many cameras fit under the header: a line for the columns' names and one for the keys go off."""
    return max(1, console.height - len(console.render_lines(head)) - 2)


def footer(page: Page, rows: int) -> Text:
    end = min(page.first + page.count, rows)
    where = f"{page.first + 1}–{end} of {rows}" if rows else "no cameras"
    return Text(f"{where}, the worst first   n next   p back   q quit", style="dim")


def _identity(shown: Board, source: str) -> Text:
    on = " ".join(part for part in (shown.provider, shown.precision) if part)
    runs = f"{shown.model} on {on}" if shown.model and on else shown.model or on
    return Text("   ".join(part for part in (shown.worker or "?", runs, source) if part), style="bold")


def _load(shown: Board) -> Text:
    states = ", ".join(f"{count} {state}" for state, count in shown.states.items())
    many = "1 camera" if len(shown.rows) == 1 else f"{len(shown.rows)} cameras"
    parts = [f"{many} ({states})" if states else "no cameras"]
    if shown.cpu_percent is not None:
        parts.append(f"CPU {shown.cpu_percent:.0f} %")
    if shown.rss_mb is not None:
        parts.append(f"RSS {shown.rss_mb:.0f} MB")
    if shown.looks_per_s is not None and shown.inferences_per_s is not None:
        parts.append(f"{shown.looks_per_s:.1f} looks/s, {shown.inferences_per_s:.1f} inferred/s")
    if shown.gated_share is not None:
        parts.append(f"gated {shown.gated_share:.0%}")
    if shown.outbox:
        parts.append(f"outbox {shown.outbox.get('pending', 0)} waiting, {shown.outbox.get('quarantined', 0)} set aside")
    text = Text("   ".join(parts))
    if shown.pressure is not None:
        text.append(f"   pressure {shown.pressure:g}", style=_BAD if shown.pressure > 0 else "")
    return text


def _latencies(shown: Board) -> Text:
    named = [(stage, stage) for stage in _STAGES] + list(_WHOLE.items())
    parts = [f"{name} {_ms(shown.stages_s[stage])}" for stage, name in named if stage in shown.stages_s]
    return Text("ms, median/95 %:  " + "  ".join(parts)) if parts else Text()


def _ms(pair: tuple[float, float]) -> str:
    return "/".join(f"{1000 * seconds:.3g}" for seconds in pair)


@dataclass(frozen=True, slots=True)
class _Column:
    """`most`: its width where there is little room; `ratio`: it takes what is left."""

    title: str
    cell: Callable[[Row, bool], Text | str]
    most: int = 0
    right: bool = False
    ratio: int = 0


def _state(row: Row, _wide: bool) -> Text:
    return Text(row.state, style=_COLOURS.get(row.state, _BAD))


def _stream(row: Row, wide: bool) -> str:
    """h264 1920×1080 25, or h264 1080p25 where there is little room."""
    fps = "" if row.fps is None else f"{row.fps:.3g}"
    if row.resolution_wh is None:
        size = fps
    elif wide:
        size = f"{row.resolution_wh[0]}×{row.resolution_wh[1]} {fps}"
    else:
        size = f"{row.resolution_wh[1]}p{fps}"
    return " ".join(part for part in (row.codec, size.strip()) if part)


def _how(row: Row, wide: bool) -> str:
    if row.decoding is None:
        return ""
    return row.decoding if wide else _SHORT.get(row.decoding, row.decoding[:4])


def _looks(row: Row, _wide: bool) -> str:
    made = "–" if row.looks_per_s is None else f"{row.looks_per_s:.2g}"
    return made if row.looks_wanted_per_s is None else f"{made}/{row.looks_wanted_per_s:.2g}"


def _gated(row: Row, _wide: bool) -> str:
    return "" if row.gated_share is None else f"{row.gated_share:.0%}"


def _unknown(row: Row, _wide: bool) -> Text:
    return Text(f"{row.unknown_s:.0f} s", style=_BAD if row.unknown_share else "")


def _why(row: Row, _wide: bool) -> Text:
    return Text(row.fault, style="red") if row.fault else Text(row.because or "")


_COLUMNS = (
    _Column("CAMERA", lambda row, _wide: row.camera, most=14),
    _Column("STATE", _state, most=7),
    _Column("STREAM", _stream, most=13),
    _Column("HOW", _how, most=4),
    _Column("LOOKS/S", _looks, most=8, right=True),
    _Column("GATED", _gated, most=5, right=True),
    _Column("DROPS", lambda row, _wide: str(row.dropped or ""), most=5, right=True),
    _Column("UNKNOWN", _unknown, most=7, right=True),
    _Column("WHY", _why, ratio=1),
)
