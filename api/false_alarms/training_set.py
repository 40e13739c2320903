"""Reported false alarms as a folder to train on, in a zip: redacted pictures only, and nothing that names a person.

``images`` and ``labels`` hold, in YOLO's form, the part of a picture that was taken for something and is not:
background, with an empty label file. ``pictures`` hold each whole still, ``false_alarms.jsonl`` what was said of it.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from api.tickets.false_alarm import DETECTOR_WAS_WRONG, FalseAlarm
from models.spec import ObjectClass

# A little of the surroundings, without which an edge would tell what is background.
_MARGIN = 0.1
_LEAST_SIDE_PX = 16
_EPOCH = (2000, 1, 1, 0, 0, 0)
_README = """Pictures of alarms that people on the spot found false. Heads are unrecognisable in all of them.

images/, labels/     background: what a detector took for something where there was nothing (labels are empty)
pictures/            the whole stills
false_alarms.jsonl   for each still: ticket, reason, hazard, camera, zone, box (xyxy, relative, 0 to 1), figures
classes.txt          the names of the classes, in order

sanxun models train YOUR_PICTURES --background THIS_FOLDER --base street-v4
"""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One reported false alarm with its still on disk. `xyxy` is relative to the picture, 0 to 1."""

    name: str
    evidence_id: str
    still: Path
    xyxy: tuple[float, float, float, float]
    reason: FalseAlarm
    facts: dict[str, Any]


def write_zip(path: Path, alarms: Sequence[Alarm]) -> list[Alarm]:
    """Writes the set; returns those whose stills are in it. One that cannot be read any more is left out."""
    written = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        _put(archive, "README.txt", _README.encode())
        _put(archive, "classes.txt", ("\n".join(one.label for one in ObjectClass) + "\n").encode())
        lines = []
        for alarm in alarms:
            still = _read(alarm.still)
            if still is None:
                continue
            written.append(alarm)
            _put(archive, f"pictures/{alarm.name}.jpg", still)
            crop = _background(still, alarm) if alarm.reason in DETECTOR_WAS_WRONG else None
            if crop is not None:
                _put(archive, f"images/{alarm.name}.jpg", crop)
                _put(archive, f"labels/{alarm.name}.txt", b"")
            facts = {**alarm.facts, "picture": f"pictures/{alarm.name}.jpg", "reason": alarm.reason.value}
            lines.append(json.dumps({**facts, "xyxy": alarm.xyxy, "background": crop is not None}, ensure_ascii=False))
        _put(archive, "false_alarms.jsonl", "".join(f"{line}\n" for line in lines).encode())
    return written


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    # A fixed date: the same alarms give the same bytes.
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _background(still: bytes, alarm: Alarm) -> bytes | None:
    """The box with a margin, cut out and as JPEG; None where it is too small to learn from."""
    picture = cv2.imdecode(np.frombuffer(still, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        return None
    high, wide = picture.shape[:2]
    left, top, right, bottom = alarm.xyxy
    by_x, by_y = _MARGIN * (right - left), _MARGIN * (bottom - top)
    x0, x1 = (round(min(max(x, 0.0), 1.0) * wide) for x in (left - by_x, right + by_x))
    y0, y1 = (round(min(max(y, 0.0), 1.0) * high) for y in (top - by_y, bottom + by_y))
    if min(x1 - x0, y1 - y0) < _LEAST_SIDE_PX:
        return None
    return cv2.imencode(".jpg", picture[y0:y1, x0:x1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
