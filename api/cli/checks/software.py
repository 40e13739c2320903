"""The interpreter and the libraries that are not about video or inference."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from importlib import metadata

from api.cli.checks.check import MISSING, OK, WARN, Check


def python() -> Check:
    found = f"{platform.python_version()} at {sys.executable}"
    enough = sys.version_info >= (3, 11)
    return Check("python", OK if enough else MISSING, found, "" if enough else "Python 3.11 or later is needed")


def time_zones() -> Check:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        zone = ZoneInfo("Asia/Shanghai")
    except ZoneInfoNotFoundError:
        return Check("time zones", MISSING, "no data", "pip install tzdata")
    return Check("time zones", OK, f"there ({zone.key})")


def opencv() -> Check:
    import cv2

    names = [f"opencv-{middle}python{tail}" for middle in ("", "contrib-") for tail in ("", "-headless")]
    return one_variant("opencv", names, str(cv2.__version__))


def one_variant(name: str, distributions: Sequence[str], version: str) -> Check:
    """Variants of one library overwrite each other's files: an environment holds exactly one."""
    there = [distribution for distribution in distributions if installed(distribution)]
    if len(there) > 1:
        advice = f"they install the same files: pip uninstall -y {' '.join(there)}, then install one of them again"
        return Check(name, WARN, f"{version}, of {' and '.join(there)}", advice)
    return Check(name, OK, f"{version} ({', '.join(there) or 'not from a package index'})")


def installed(distribution: str) -> bool:
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True
