"""`sanxun outbox`: what a worker still has to deliver, and what the API refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.cli.options import DataDir, Json, data_dir

if TYPE_CHECKING:
    from streams.delivery.outbox import Outbox, OutboxCounts, SetAside

app = typer.Typer(no_args_is_help=True, help="What a worker still has to deliver, and what the API refused.")


def _open(data: Path) -> Outbox:
    from streams.delivery.outbox import Outbox
    from streams.errors import StreamError
    from streams.evidence.shelf import Shelf

    path = data / "worker.db"
    if not path.is_file():
        raise StreamError(f"there is no outbox in {data}: no worker has run with this --data")
    # Looking must not throw anything away: the bounds are the worker's business.
    return Outbox(path, shelf=Shelf(data / "clips", most_bytes=1 << 62, keep_free_bytes=0, sweep=False))


@app.command("status")
def status(data: DataDir = None, as_json: Json = False) -> None:
    """Events and evidence that wait, what was refused and why, and what caps or a full disk have cost.

    May be asked while the worker runs.
    """
    outbox = _open(data_dir(data))
    try:
        counts, aside = outbox.counts(), outbox.set_aside()
    finally:
        outbox.close()
    if as_json:
        from dataclasses import asdict

        values = asdict(counts) | {"set_aside": [asdict(one) for one in aside], "oldest_at": _oldest(counts)}
        print(json.dumps(values, ensure_ascii=False))
        return
    _print(counts, aside)


def _print(counts: OutboxCounts, aside: list[SetAside]) -> None:
    oldest = _oldest(counts)
    since = f", the oldest since {oldest}" if oldest else ""
    print(f"waiting      {counts.pending} events, {counts.clips} clips, {counts.stills} full-size pictures{since}")
    print(
        f"dropped      {counts.clips_dropped} clips, {counts.stills_dropped} pictures, {counts.events_dropped} EVENTS"
    )
    print(f"refused      {counts.quarantined} events")
    for one in aside:
        print(f"  {one.moved_at}  {one.event_id}  {one.reason}")
    if aside:
        print("Once what made the API refuse them is mended: sanxun outbox release")


def _oldest(counts: OutboxCounts) -> str | None:
    from streams.delivery.events import utc_text

    return utc_text(counts.oldest_at) if counts.oldest_at else None


@app.command("release")
def release(data: DataDir = None) -> None:
    """Let events that the API refused try again, after whatever made it refuse them was mended."""
    outbox = _open(data_dir(data))
    try:
        moved = outbox.release_quarantine()
    finally:
        outbox.close()
    print(f"{moved} events will be sent again{' within seconds, if the worker runs' if moved else ''}")
