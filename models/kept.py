"""What was measured here before, in `providers.json`: how fast each provider is, and what a faster precision loses."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import onnxruntime as ort

from models import machine, providers
from models.accuracy import Accuracy
from models.spec import ModelSpec

_FILE = "providers.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """One provider's measurement. `difference` is relative to the CPU provider in float32; `error` says why none."""

    provider: str
    precision: str
    load_s: float | None = None
    median_ms: float | None = None
    fastest_ms: float | None = None
    runs: int = 0
    difference: float | None = None
    error: str | None = None


def cache_dir(data_dir: Path | None) -> Path:
    """Where what was found out about this machine is kept: the data folder, or the user's cache where there is none."""
    return data_dir or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sanxun"


class Kept:
    """The record of one data folder, or of the user's cache where there is none.

    Both kinds of figure hold for these weights, this ONNX Runtime, this CPU and these GPUs; speed for one number of
    threads.
    """

    def __init__(self, data_dir: Path | None) -> None:
        self.file = cache_dir(data_dir) / _FILE

    def speed(self, spec: ModelSpec, threads: int) -> tuple[Figure, ...] | None:
        """None where nothing was measured or the record cannot be used: it is measured again then."""
        try:
            return tuple(Figure(**figure) for figure in self._read()["speed"][_speed_key(spec, threads)])
        except (KeyError, TypeError):
            return None

    def accuracy(self, spec: ModelSpec) -> tuple[Accuracy, ...]:
        try:
            return tuple(Accuracy(**one) for one in self._read()["accuracy"][_key(spec)])
        except (KeyError, TypeError):
            return ()

    def keep_speed(self, spec: ModelSpec, threads: int, figures: tuple[Figure, ...]) -> None:
        self._write("speed", _speed_key(spec, threads), [asdict(figure) for figure in figures])

    def keep_accuracy(self, spec: ModelSpec, found: tuple[Accuracy, ...]) -> None:
        self._write("accuracy", _key(spec), [asdict(one) for one in found])

    def _read(self) -> dict[str, Any]:
        try:
            entries = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return entries if isinstance(entries, dict) else {}

    def _write(self, table: str, key: str, value: list[dict[str, Any]]) -> None:
        """Best effort: a folder that cannot be written costs only the next measurement."""
        old = self._read()
        entries = {name: dict(old[name]) if isinstance(old.get(name), dict) else {} for name in ("speed", "accuracy")}
        entries[table][key] = value
        beside = self.file.with_name(f".{self.file.name}.{os.getpid()}")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(entries, indent=1), encoding="utf-8")
            beside.replace(self.file)
        except OSError:
            return


def _key(spec: ModelSpec) -> str:
    runtime = f"onnxruntime {ort.__version__} {'+'.join(providers.available())}"
    return " | ".join((spec.sha256, runtime, machine.cpu().identity, *machine.gpus()))


def _speed_key(spec: ModelSpec, threads: int) -> str:
    return f"{_key(spec)} | {threads} threads"
