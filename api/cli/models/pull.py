"""`sanxun models pull`: weights from a url."""

from __future__ import annotations

import json
import sys
import time
from typing import Annotated

import typer

from api.cli.models.describe import facts, paragraph
from api.cli.options import DataDir, Json, data_dir

_MIB = 1024 * 1024
_EVERY_S = 0.2  # between two sights of the line on a terminal
_EVERY_SHARE = 0.1  # and elsewhere, where each sight is a line of its own


def pull_model(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where an ONNX file lies: https://… or http://…")],
    data: DataDir = None,
    name: Annotated[str | None, typer.Option(help="What to call it. Default: its known name or the file's.")] = None,
    sha256: Annotated[
        str | None,
        typer.Option(help="What its bytes must hash to. Default: what this url gave when it was first pulled."),
    ] = None,
    classes: Annotated[
        str | None, typer.Option(metavar="A,B,C", help="Class names in order, where the file does not name them.")
    ] = None,
    most_mb: Annotated[int, typer.Option("--most-mb", min=1, help="Larger files are refused.")] = 512,
    as_json: Json = False,
) -> None:
    """Fetch weights into the data folder: resumed where it broke off, checked, recognised, entered in the catalogue.

    The first pull of a url keeps its sha256; whoever changes the file there is found out at the next.
    """
    from models.pull import pull

    given = tuple(part.strip() for part in classes.split(",")) if classes else None
    shown = _Line()
    try:
        got = pull(
            url,
            data_dir(data),
            name=name,
            sha256=sha256,
            classes=given,
            most_bytes=most_mb * _MIB,
            progress=shown.show,
        )
    finally:
        shown.end()
    if as_json:
        more = {"received_bytes": got.received_bytes, "pinned_now": got.pinned_now, "notes": got.reading.notes}
        print(json.dumps({**facts(got.reading.spec), **more}, ensure_ascii=False, indent=1))
        return
    print(paragraph(got.reading.spec, default=False))
    for note in got.reading.notes:
        print(f"  note       {note}")
    if got.received_bytes == 0:
        print("  nothing was fetched: these bytes were here")
    if got.pinned_now:
        print(f"  pinned     sha256 {got.sha256}: another file at this url will be refused")


class _Line:
    """How far it is, on standard error: one line that is written over on a terminal, a line each tenth elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._began_s = time.monotonic()
        self._shown_s, self._shown_share, self._open = 0.0, -1.0, False

    def show(self, done: int, total: int | None) -> None:
        now_s = time.monotonic()
        share = done / total if total else 0.0
        if self._terminal:
            if now_s - self._shown_s < _EVERY_S and done != total:
                return
        elif share - self._shown_share < _EVERY_SHARE and done != total:
            return
        self._shown_s, self._shown_share, self._open = now_s, share, self._terminal
        speed = done / _MIB / max(now_s - self._began_s, 1e-3)
        of = f"of {total / _MIB:.1f} MiB, {share:4.0%}" if total else "MiB of an unknown number"
        text = f"{done / _MIB:.1f} {of}, {speed:.1f} MiB/s"
        print(
            f"\r{text}\033[K" if self._terminal else text,
            end="" if self._terminal else "\n",
            file=sys.stderr,
            flush=True,
        )

    def end(self) -> None:
        if self._open:
            print(file=sys.stderr)
