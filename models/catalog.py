"""The catalogue: which weights are here, what is known of them, and which one is used when nobody says.

Two files of the same form: the package's own `catalog.toml` (weights beside it in `weights/`), and the user's in
`DATA/weights/`. An entry is written only from a file whose bytes were hashed. The package's file also holds `[[known]]`
entries: weights of others that are not shipped, but recognised by their hash when a user adds or points to them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from models.champions import Champions
from models.entry import read_entries, write_entry
from models.errors import CorruptModel, ModelError, UnknownModel
from models.graph import Reading, read
from models.int8 import with_int8
from models.onnx_file import sha256_of
from models.spec import ModelSpec, Task

PACKAGED = Path(__file__).with_name("catalog.toml")
PACKAGED_WEIGHTS = Path(__file__).with_name("weights")

# Accuracy keys that models are ranked by, the first that counts first: mean AP50 over our classes on held-back
# pictures of streets, then on the COCO pictures. Whatever was not measured by a key comes after all that was.
RANKED_BY = ("ap50_street", "ap50_coco_val128")

Verdict = tuple[str, bool, str]
_DETECTORS = frozenset({Task.DETECT, Task.AERIAL})


def catalogue(data_dir: Path | None) -> tuple[ModelSpec, ...]:
    """What can be used by name: the package's models and the user's own whose file is there, best first.

    Raises:
        CorruptModel: a catalogue file that is not in its form.
    """
    figures = {spec.sha256: spec.accuracy for spec in _known()}
    own = [replace(spec, accuracy={**figures.get(spec.sha256, {}), **spec.accuracy}) for spec in _own(data_dir)]
    listed = [*_packaged(), *own]
    return tuple(sorted((spec for spec in listed if spec.path.is_file()), key=_rank))


def find(name_or_file: str | None, data_dir: Path | None, task: Task = Task.DETECT) -> ModelSpec:
    """The model of that name or in that file; without either, the one promoted for the task, else the best present.
    With its eight-bit version, where one was made.

    Best for ``detect``: one that sees people or vehicles. For ``aerial``: what is for that, else what ``detect`` gives.
    Whoever names a detector gets it for either.

    Raises:
        UnknownModel: neither, or it is for another task; the message lists what there is.
        UnsupportedModel: a file that holds no detector that Sanxun reads.
        CorruptModel: the catalogue's file is not the one that its entry was written for.
    """
    return with_int8(_found(name_or_file, data_dir, task), data_dir)


def _found(name_or_file: str | None, data_dir: Path | None, task: Task) -> ModelSpec:
    present = catalogue(data_dir)
    if name_or_file is None:
        return _intact(_default(present, data_dir, task))
    for spec in present:
        if spec.name == name_or_file:
            return _intact(_for_task(spec, task))
    path = Path(name_or_file).expanduser()
    if path.is_file():
        return _for_task(identify(path).spec, task)
    raise UnknownModel(_unknown(name_or_file, present))


def _default(present: tuple[ModelSpec, ...], data_dir: Path | None, task: Task) -> ModelSpec:
    champion = Champions(data_dir).current(task) if data_dir is not None else None
    if champion is not None:
        for spec in present:
            if (spec.name, spec.sha256) == (champion.name, champion.sha256):
                return spec
        # Never silently another: whoever promoted it counts on what it sees.
        raise UnknownModel(
            f"{champion.name} was promoted, but its file is not here (sha256 {champion.sha256[:12]}…): bring it back, "
            "or take the promotion back with `sanxun models rollback`"
        )
    best = next((spec for spec in present if serves(spec, task)), None)
    if best is None and task is Task.AERIAL:
        return _default(present, data_dir, Task.DETECT)
    if best is None:
        raise UnknownModel(f"no weights for {task.value!r} are here: `sanxun models add FILE.onnx` takes your own")
    return best


def serves(spec: ModelSpec, task: Task) -> bool:
    """Whether it may be used by default for the task: a detector must know a person or a vehicle."""
    return spec.task is task and (task not in _DETECTORS or sees_anything(spec))


def sees_anything(spec: ModelSpec) -> bool:
    """Whether a person or a vehicle is among its classes: without, it is never used by default."""
    return spec.task in _DETECTORS and any(found is not None for found in spec.object_classes())


def _for_task(spec: ModelSpec, task: Task) -> ModelSpec:
    if spec.task is not task and not {spec.task, task} <= _DETECTORS:
        raise UnknownModel(f"{spec.name} is for {spec.task.value!r}, not for {task.value!r}: name another model")
    return spec


def identify(path: Path, *, name: str | None = None, classes: tuple[str, ...] | None = None) -> Reading:
    """What a file holds: from the known files where its hash is one of theirs, else from its graph.

    Raises:
        UnknownModel, UnsupportedModel: as `models.graph.read`.
    """
    digest = sha256_of(path) if path.is_file() else ""
    for spec in (*_packaged(), *_known()):
        if spec.sha256 == digest and classes in (None, spec.classes):
            return Reading(replace(spec, path=path, name=name or spec.name), ())
    return read(path, name=name, classes=classes)


def add(path: Path, data_dir: Path, name: str | None = None, classes: tuple[str, ...] | None = None) -> ModelSpec:
    """Take a user's own weights into DATA/weights. Doing it twice is doing it once.

    Raises:
        UnknownModel, UnsupportedModel: as `models.graph.read`; nothing is kept then.
        ModelError: the name is taken by other weights, or is none.
    """
    return add_reading(path, data_dir, name, classes).spec


def add_reading(
    path: Path,
    data_dir: Path,
    name: str | None = None,
    classes: tuple[str, ...] | None = None,
    *,
    licence: str | None = None,
    provenance: str | None = None,
) -> Reading:
    """As `add`, with what had to be assumed; `licence` and `provenance` stand for what the file says of itself."""
    if not path.is_file():
        raise UnknownModel(f"no file at {path}")
    said = {key: value for key, value in (("licence", licence), ("provenance", provenance)) if value}
    try:
        return _taken_in(path, data_dir, name, classes, said)
    except OSError as error:
        raise ModelError(f"{path.name} cannot be kept in {data_dir}: {error.strerror}") from error


def _taken_in(
    path: Path, data_dir: Path, name: str | None, classes: tuple[str, ...] | None, said: dict[str, str]
) -> Reading:
    weights = data_dir / "weights"
    weights.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".adding-", dir=weights) as folder:
        # The copy is read, not the original: what a second file beside the original held would be missing later.
        copy = Path(folder) / path.name
        shutil.copyfile(path, copy)
        reading = identify(copy, name=name or None, classes=classes)
        spec = reading.spec
        _check_name(spec, data_dir)
        target = weights / f"{spec.name}.onnx"
        with copy.open("rb") as stream:
            os.fsync(stream.fileno())
        copy.replace(target)
    spec = replace(spec, path=target, **said)  # type: ignore[arg-type]
    write_entry(weights / "catalog.toml", spec)
    return Reading(spec, reading.notes)


def verify(data_dir: Path | None) -> list[Verdict]:
    """(name, whether it is whole, why) for every entry of both catalogues, the file's graph compared too."""
    return [(spec.name, *_verdict(spec)) for spec in (*_packaged(), *_own(data_dir))]


def _verdict(spec: ModelSpec) -> tuple[bool, str]:
    if not spec.path.is_file():
        return False, f"the file is missing: {spec.path}"
    try:
        _intact(spec)
        found = read(spec.path, classes=spec.classes).spec
    except ModelError as error:
        return False, str(error)
    if (found.head, found.input_hw) != (spec.head, spec.input_hw):
        return False, f"the entry says {spec.head} at {spec.input_hw}, the graph {found.head} at {found.input_hw}"
    return True, f"{spec.bytes} bytes, sha256 {spec.sha256[:12]}…"


def _intact(spec: ModelSpec) -> ModelSpec:
    size = spec.path.stat().st_size
    if size != spec.bytes:
        raise CorruptModel(f"{spec.path}: expected {spec.bytes} bytes, found {size}: get the file again")
    digest = sha256_of(spec.path)
    if digest != spec.sha256:
        raise CorruptModel(f"{spec.path}: expected sha256 {spec.sha256}, found {digest}: get the file again")
    return spec


def _packaged() -> list[ModelSpec]:
    return read_entries(PACKAGED, "model", PACKAGED_WEIGHTS)


def _known() -> list[ModelSpec]:
    return read_entries(PACKAGED, "known", PACKAGED_WEIGHTS)


def _own(data_dir: Path | None) -> list[ModelSpec]:
    if data_dir is None:
        return []
    weights = data_dir / "weights"
    return read_entries(weights / "catalog.toml", "model", weights)


def _rank(spec: ModelSpec) -> tuple[float | str, ...]:
    return (*(-spec.accuracy.get(key, -1.0) for key in RANKED_BY), spec.name)


def _check_name(spec: ModelSpec, data_dir: Path) -> None:
    if not spec.name or not all(letter.isalnum() or letter in "-_." for letter in spec.name) or spec.name[0] in "-.":
        raise ModelError(f"{spec.name!r} is no name for a model: letters, digits, - _ . only; give one with --name")
    for other in (*_packaged(), *_own(data_dir)):
        if other.name == spec.name and other.sha256 != spec.sha256:
            raise ModelError(f"{spec.name!r} is the name of other weights here: give another with --name")


def _unknown(name: str, present: tuple[ModelSpec, ...]) -> str:
    here = ", ".join(spec.name for spec in present) or "none"
    for spec in _known():
        if spec.name == name:
            return (
                f"{name} is known, but its file is not here ({spec.bytes} bytes, {spec.licence}): get it, "
                f"then `sanxun models add FILE.onnx`. Models here: {here}"
            )
    return f"no model and no file {name!r}. Models here: {here}"


__all__ = [
    "RANKED_BY",
    "Verdict",
    "add",
    "add_reading",
    "catalogue",
    "find",
    "identify",
    "sees_anything",
    "serves",
    "verify",
]
