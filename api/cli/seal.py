"""`sanxun seal`: the keys of sealed originals."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from api.cli.options import DataDir, data_dir

if TYPE_CHECKING:
    from api.db.engine import Database
    from api.sealed.store import SealedStore

app = typer.Typer(no_args_is_help=True, help="Sealed originals: their keys, and encrypting older ones.")
T = TypeVar("T")


def _with(data: Path | None, work: Callable[[Database, SealedStore], Awaitable[T]]) -> T:
    from api.house import offline
    from api.sealed.keys import KeyFile
    from api.sealed.store import SealedStore
    from api.settings import Settings

    settings = Settings(data=data_dir(data))

    async def run() -> T:
        async with offline(settings.data) as database:
            return await work(database, SealedStore(settings.data / "sealed", KeyFile(settings.seal_keys)))

    return asyncio.run(run())


@app.command("status")
def status(data: DataDir = None) -> None:
    """How many originals lie under which key, and where the key file is."""
    from api.sealed.custody import Custody, custody
    from api.sealed.keys import Key

    async def work(database: Database, store: SealedStore) -> tuple[Path, tuple[Key, ...], Custody]:
        return store.keys.path, store.keys.all(), await custody(database)

    path, keys, found = _with(data, work)
    print(f"key file {path}{'' if keys else ' (not there yet: made when the first original comes)'}")
    for key in keys:
        print(f"  {key.id}  made {key.made_at}  {found.by_key.get(key.id, 0)} originals")
    for key_id in sorted(filter(None, set(found.by_key) - {key.id for key in keys})):
        print(f"  {key_id}  MISSING  {found.by_key[key_id]} originals cannot be opened")
    if plain := found.by_key.get(None):
        print(f"  not encrypted: {plain} originals; `sanxun seal encrypt` does it")


@app.command("rotate")
def rotate(
    data: DataDir = None,
    forget: Annotated[
        bool, typer.Option("--forget-old", help="Drop the older keys: backups from before do not open any more.")
    ] = False,
) -> None:
    """Make a new key and put every original under it; running servers follow by themselves."""
    from api.sealed.custody import rotate

    print(f"{_with(data, lambda db, store: rotate(db, store.keys, datetime.now(UTC), forget))} originals are under it")


@app.command("encrypt")
def encrypt(data: DataDir = None) -> None:
    """Encrypt originals from before there was encryption."""
    from api.sealed.custody import encrypt_plain

    print(f"{_with(data, lambda db, store: encrypt_plain(db, store, datetime.now(UTC)))} originals encrypted")


@app.command("decrypt")
def decrypt(data: DataDir = None, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """The way back to an older Sanxun: all originals as plain files again. Stop all servers first."""
    from api.sealed.custody import decrypt_all

    if not yes:
        typer.confirm("Originals show people unredacted. Let them lie on the disk unencrypted?", abort=True)
    print(f"{_with(data, lambda db, store: decrypt_all(db, store, datetime.now(UTC)))} originals decrypted")
