"""One entry of a catalogue file: read, checked and written. The form is described at the head of `catalog.toml`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import CorruptModel
from models.labels import COCO_80
from models.spec import Head, ModelSpec, Task

_HEADER = "The weights in this folder: written by `sanxun models add`, checked by `sanxun models verify`."
_Label = Literal["person", "two_wheeler", "car", "bus", "truck"]
Side = Annotated[int, Field(gt=0, le=8192)]


class _Record(BaseModel):
    """The fields of an entry; `classes` may be the word coco80 for COCO's eighty."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    file: str = Field(min_length=1, pattern=r"^[^/\\]+$")
    task: Task = Task.DETECT
    head: Head
    classes: tuple[str, ...] | Literal["coco80"]
    input_hw: tuple[Side, Side]
    channel_order: Literal["rgb", "bgr"]
    scale: float = Field(gt=0)
    calibration: dict[_Label, tuple[Annotated[float, Field(gt=0)], float]] = {}
    bytes: int = Field(gt=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    licence: str = "unknown"
    provenance: str = "unknown"
    accuracy: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}


def read_entries(file: Path, table: str, folder: Path) -> list[ModelSpec]:
    """The models of one table (``model`` or ``known``), whose files may be absent; none where there is no such file.

    Raises:
        CorruptModel: not TOML, or an entry that is not in the form.
    """
    try:
        status = file.stat()
    except FileNotFoundError:
        return []
    return list(_entries(file, table, folder, status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=32)
def _entries(file: Path, table: str, folder: Path, _mtime_ns: int, _size: int) -> tuple[ModelSpec, ...]:
    records = _document(file).unwrap().get(table, [])
    return tuple(_spec(file, record, folder) for record in records)


def write_entry(file: Path, spec: ModelSpec) -> None:
    """Put `spec` under its name into a catalogue file, replacing the entry of that name; whole or not at all."""
    document = _document(file) if file.is_file() else _new_document()
    tables = document.get("model")
    if tables is None:
        tables = tomlkit.aot()
        document["model"] = tables
    for index in reversed(range(len(tables))):
        if tables[index]["name"] == spec.name:
            del tables[index]
    tables.append(tomlkit.item(entry_of(spec)))
    _write_whole(file, tomlkit.dumps(document))


def entry_of(spec: ModelSpec) -> dict[str, Any]:
    """The entry's fields, as they stand in a catalogue file."""
    return {
        "name": spec.name,
        "file": spec.path.name,
        "task": spec.task.value,
        "head": spec.head.value,
        "classes": "coco80" if spec.classes == COCO_80 else list(spec.classes),
        "input_hw": list(spec.input_hw),
        "channel_order": spec.channel_order,
        "scale": spec.scale,
        "calibration": {label: list(figures) for label, figures in spec.calibration.items()},
        "bytes": spec.bytes,
        "sha256": spec.sha256,
        "licence": spec.licence,
        "provenance": spec.provenance,
        "accuracy": dict(spec.accuracy),
    }


def _spec(file: Path, record: Mapping[str, Any], folder: Path) -> ModelSpec:
    try:
        found = _Record.model_validate(record)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise CorruptModel(f"{file}: the entry {record.get('name', '?')!r} is not in its form: {faults}") from error
    classes = COCO_80 if isinstance(found.classes, str) else found.classes
    fields = found.model_dump(exclude={"file", "classes"})
    return ModelSpec(**fields, path=folder / found.file, classes=classes)


def _document(file: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(file.read_text(encoding="utf-8"))
    except ValueError as error:  # tomlkit's ParseError and UnicodeDecodeError are ValueErrors
        raise CorruptModel(f"{file} is not a catalogue: {error}") from error


def _new_document() -> tomlkit.TOMLDocument:
    document = tomlkit.document()
    document.add(tomlkit.comment(_HEADER))
    return document


def _write_whole(file: Path, text: str) -> None:
    # Not tempfile: its files are readable by their owner alone, and the service may run as somebody else.
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(file)
