"""Which pictures weights were trained on, kept as fingerprints: a held-back set must hold none of them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.errors import CorruptModel
from models.spec import ModelSpec


def fingerprint(rgb: npt.NDArray[np.uint8]) -> str:
    """Of a picture's pixels, RGB uint8 (H, W, 3): a renamed copy is found out, a re-encoded one is not."""
    digest = hashlib.sha256(repr(rgb.shape).encode())
    digest.update(np.ascontiguousarray(rgb).tobytes())
    return digest.hexdigest()[:32]


def record(data_dir: Path, spec: ModelSpec, pictures: Iterable[str]) -> None:
    """Keep the fingerprints of what `spec` was trained on."""
    file = _file(data_dir, spec)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.write_text(json.dumps(sorted(set(pictures))), encoding="utf-8")
    beside.replace(file)


def trained_on(data_dir: Path, spec: ModelSpec) -> frozenset[str]:
    """Fingerprints of the pictures; none where nothing is known of its training.

    Raises:
        CorruptModel: the record is torn.
    """
    file = _file(data_dir, spec)
    try:
        return frozenset(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, TypeError) as error:
        raise CorruptModel(f"{file} cannot be read: {error}") from error


def _file(data_dir: Path, spec: ModelSpec) -> Path:
    return data_dir / "weights" / f"{spec.name}.{spec.sha256[:12]}.trained-on.json"
