"""`sanxun models false-alarms`: what people on the spot found false, as a folder to train on."""

from __future__ import annotations

import json
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Annotated

import httpx
import typer

from api.cli.options import Json
from api.errors import ApiError

_MOST_BYTES = 4 << 30
_AT_ONCE = 2000
_FOLDERS = {"images", "labels", "pictures"}
_FILES = {"README.txt", "classes.txt", "false_alarms.jsonl"}


class NoFalseAlarms(ApiError):
    """The server did not hand them out, or what it handed out is not what it should be."""


def fetch_false_alarms(
    api: Annotated[str, typer.Option("--api", help="The server: http://host:port.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder to write; made where it is missing.")],
    token: Annotated[
        str | None,
        typer.Option("--token", envvar="SANXUN_TOKEN", help="Of an administrator, the command centre or an officer."),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"], help="Reported from then on (UTC)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Fetch reported false alarms: redacted stills, their boxes, and background for `sanxun models train --background`.

    The server puts every such export in its audit trail.
    """
    if not token:
        raise typer.BadParameter("a token is needed in SANXUN_TOKEN: sanxun token create --role command-centre")
    counts = dict.fromkeys(sorted(_FOLDERS), 0)
    cursor: str | None = ""
    while cursor is not None:
        with tempfile.TemporaryFile() as file:
            more = bool(cursor)
            cursor = _download(api.rstrip("/"), token, since, cursor, file)
            for name, count in _unpack(file, out, more=more).items():
                counts[name] += count
    if as_json:
        print(json.dumps({"out": str(out), **counts}))
    else:
        print(f"{counts['pictures']} stills and {counts['images']} pieces of background in {out}")
        if counts["images"]:
            print(f"next: sanxun models train YOUR_PICTURES --background {out} --base street-v4")


def _download(api: str, token: str, since: datetime | None, cursor: str, file: IO[bytes]) -> str | None:
    """The cursor of the next zip; None where this was the last."""
    query = {} if since is None else {"since": since.isoformat() if since.tzinfo else f"{since.isoformat()}+00:00"}
    query |= {"limit": str(_AT_ONCE)} | ({"cursor": cursor} if cursor else {})
    headers = {"Authorization": f"Bearer {token}"}
    received = 0
    try:
        with httpx.stream(
            "GET", f"{api}/api/v1/false-alarms/export", params=query, headers=headers, timeout=120
        ) as answer:
            if answer.status_code != 200:
                answer.read()
                raise NoFalseAlarms(f"{api} answers {answer.status_code}: {_words(answer)}")
            for chunk in answer.iter_bytes():
                received += len(chunk)
                if received > _MOST_BYTES:
                    raise NoFalseAlarms(f"more than {_MOST_BYTES} bytes came: ask for less with --since")
                file.write(chunk)
            following: str | None = answer.headers.get("X-Next")
            return following
    except httpx.HTTPError as error:
        raise NoFalseAlarms(f"{api} cannot be asked: {error}") from None


def _words(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("detail", answer.reason_phrase))
    except (ValueError, AttributeError):
        return answer.reason_phrase


def _unpack(file: IO[bytes], out: Path, *, more: bool = False) -> dict[str, int]:
    """Only the names that such a set has: a path of its own making would be written wherever it says. `more`: after
    others, whose list is gone on with."""
    counts = dict.fromkeys(sorted(_FOLDERS), 0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            strange = [name for name in names if not _expected(PurePosixPath(name))]
            if strange:
                raise NoFalseAlarms(
                    f"the answer holds {strange[0]!r}, which no set of false alarms has: nothing written"
                )
            for name in names:
                path = out / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("ab" if more and path.suffix == ".jsonl" else "wb") as kept:
                    kept.write(archive.read(name))
                if path.parent.name in counts:
                    counts[path.parent.name] += 1
    except zipfile.BadZipFile as error:
        raise NoFalseAlarms(f"the answer is no zip: {error}") from None
    return counts


def _expected(path: PurePosixPath) -> bool:
    if len(path.parts) == 1:
        return path.name in _FILES
    return len(path.parts) == 2 and path.parts[0] in _FOLDERS and path.name not in ("..", ".")
