"""Weights from a URL into the catalogue: whole, of the right bytes, or not at all."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from models.catalog import add_reading, catalogue
from models.errors import ChecksumDiffers, ModelError, PullFailed
from models.fetch import Fetched, fetch
from models.graph import Reading
from models.onnx_file import sha256_of
from models.pins import Pin, Pins
from models.urls import file_name, scrubbed

MOST_BYTES = 512 * 1024 * 1024
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came of a pull: the model, how many bytes came over the network, and whether a checksum was set just now."""

    reading: Reading
    sha256: str
    received_bytes: int
    pinned_now: bool


def new_client() -> httpx.Client:
    """For pulls: proxies as the environment says, patient in reading, not in connecting."""
    return httpx.Client(timeout=httpx.Timeout(30, connect=15), follow_redirects=False)


def pull(
    url: str,
    data_dir: Path,
    *,
    name: str | None = None,
    sha256: str | None = None,
    classes: tuple[str, ...] | None = None,
    most_bytes: int = MOST_BYTES,
    client: httpx.Client | None = None,
    progress: Progress = lambda done, total: None,
    pause: Callable[[float], None] = time.sleep,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Pulled:
    """The weights at `url`, recognised and entered in DATA's catalogue.

    What was left over of a broken pull is gone on with. The bytes must hash to `sha256`; where none is given, to what
    this url gave when it was first pulled here, which is then kept (a
    pin). Pulling what is here already fetches nothing.

    Raises:
        PullFailed: the server, the network or the disk; what arrived is kept for another try where it can be used.
        ChecksumDiffers: other bytes than expected; they are thrown away.
        UnknownModel, UnsupportedModel, ModelError: as `catalog.add_reading`.
    """
    wanted = _as_digest(sha256)
    weights = data_dir / "weights"
    pins = Pins(weights / "pins.json")
    pin = pins.of(url)
    here = _here(wanted, pin, name, data_dir)
    if here is not None and wanted is not None:
        return Pulled(here, wanted, 0, pinned_now=False)
    part = weights / f".pulling-{pins.key(url)[:16]}"
    with client or new_client() as http:
        # The known tag is sent only where the model is still here: else "unchanged" would leave nothing.
        known_tag = pin.etag if pin is not None and here is not None else None
        fetched = fetch(http, url, part, most_bytes=most_bytes, known_tag=known_tag, progress=progress, pause=pause)
    if fetched is None:
        assert here is not None
        assert pin is not None
        return Pulled(here, pin.sha256, 0, pinned_now=False)
    digest = _checked(fetched, url, wanted, pin)
    reading = _taken_in(fetched, url, data_dir, name, classes)
    pinned_now = pin is None or pin.sha256 != digest
    pins.keep(url, Pin(digest, fetched.path.stat().st_size, fetched.etag, now().isoformat(timespec="seconds")))
    fetched.discard()
    return Pulled(reading, digest, fetched.received_bytes, pinned_now)


def _as_digest(sha256: str | None) -> str | None:
    if sha256 is None:
        return None
    digest = sha256.strip().lower().removeprefix("sha256:")
    if len(digest) != 64 or not all(letter in "0123456789abcdef" for letter in digest):
        raise PullFailed(f"--sha256 must be 64 hexadecimal digits, got {sha256!r}")
    return digest


def _here(wanted: str | None, pin: Pin | None, name: str | None, data_dir: Path) -> Reading | None:
    """The model of these bytes (and of this name, if one is asked for), where it is in the catalogue."""
    digest = wanted or (pin.sha256 if pin is not None else None)
    for spec in catalogue(data_dir):
        if spec.sha256 == digest and name in (None, spec.name):
            return Reading(spec, ()) if sha256_of(spec.path) == digest else None
    return None


def _checked(fetched: Fetched, url: str, wanted: str | None, pin: Pin | None) -> str:
    digest = sha256_of(fetched.path)
    expected = wanted or (pin.sha256 if pin is not None else digest)
    if digest == expected:
        return digest
    size = fetched.path.stat().st_size
    fetched.discard()
    if wanted is not None or pin is None:
        raise ChecksumDiffers(
            f"{scrubbed(url)}: expected sha256 {expected}, got {digest} ({size} bytes): nothing was kept"
        )
    raise ChecksumDiffers(
        f"{scrubbed(url)} gives other weights than when it was first pulled ({pin.at}): expected sha256 {expected} "
        f"({pin.bytes} bytes), got {digest} ({size} bytes). Nothing was kept. Where the change is wanted, give "
        f"--sha256 {digest} and another --name"
    )


def _taken_in(fetched: Fetched, url: str, data_dir: Path, name: str | None, classes: tuple[str, ...] | None) -> Reading:
    """Under its own file name, since a file that names nothing itself is called by that."""
    called = file_name(fetched.url) or file_name(url) or "pulled.onnx"
    if called.endswith((".pt", ".pth")):
        fetched.discard()
        raise ModelError(
            f"{called} is a checkpoint: save it and `sanxun models export {called}` makes an ONNX file of it"
        )
    beside = fetched.path.with_name(f"{fetched.path.name}-{os.getpid()}")
    beside.mkdir(mode=0o700)
    try:
        named = beside / called
        try:
            os.link(fetched.path, named)
        except OSError:  # a file system without hard links
            shutil.copyfile(fetched.path, named)
        return add_reading(named, data_dir, name, classes)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
