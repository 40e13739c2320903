"""What `sanxun doctor` looks at: each check says what it found, whether that will do, and what to do if not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from api.cli.checks import inference, machine, network, software, storage, video
from api.cli.checks.check import MISSING, OK, WARN, Check

__all__ = ["MISSING", "OK", "WARN", "Check", "all_checks"]


def all_checks(data: Path, cameras: int) -> Iterator[Check]:
    """Every check, for so many cameras; one that fails itself is reported as missing, so that the others are made."""
    checks: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("python", software.python),
        ("time zones", software.time_zones),
        ("opencv", software.opencv),
        ("video", video.decoders),
        ("hardware decoders", video.hardware),
        ("h264 encoder", video.h264_encoder),
        ("onnxruntime", inference.onnx_runtime),
        ("providers", inference.providers),
        ("gpu", inference.gpu),
        ("detector", lambda: inference.detector(data)),
        ("cpu", machine.cpu_features),
        ("cores", machine.cores),
        ("memory", lambda: machine.memory(cameras)),
        ("clock", machine.clock),
        ("data folder", lambda: storage.folder(data)),
        ("disk", lambda: storage.sync_speed(data)),
        ("open files", lambda: network.open_files(cameras)),
        ("tcp buffers", network.tcp_buffers),
        ("udp buffers", network.udp_buffers),
    )
    for name, check in checks:
        try:
            yield check()
        except Exception as error:
            yield Check(name, MISSING, f"{type(error).__name__}: {error}", "install Sanxun again: pip install sanxun")
