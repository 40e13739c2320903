"""Live pictures for the wall: the newest of each camera, sent beside the looking, never in its way."""

from __future__ import annotations

import logging
import threading

from models.spec import ObjectClass
from streams.delivery.link import ApiLink
from streams.errors import LinkError
from streams.evidence.still import tile
from vision.types import Detections, Frame

log = logging.getLogger("sanxun.tiles")


class TileSender:
    """A thread that redacts, encodes and sends; a picture that waits is replaced by a newer one."""

    def __init__(self, link: ApiLink) -> None:
        self._link = link
        self._waiting: dict[str, tuple[Frame, Detections]] = {}  # guarded by _some
        self._some = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="tiles", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._some:
            self._stopping = True
            self._some.notify()
        self._thread.join(timeout=5)

    def offer(self, frame: Frame, detections: Detections) -> None:
        with self._some:
            self._waiting[frame.camera] = (frame, detections)
            self._some.notify()

    def _run(self) -> None:
        while True:
            with self._some:
                self._some.wait_for(lambda: self._stopping or bool(self._waiting))
                if self._stopping:
                    return
                frame, detections = self._waiting.pop(next(iter(self._waiting)))
            try:
                self._link.put_tile(frame.camera, tile(frame, detections), frame.captured_at, boxes(frame, detections))
            except LinkError as error:
                log.debug("a live picture of %s was not taken: %s", frame.camera, error)
            except Exception:  # one bad picture must not end the live pictures of every camera
                log.exception("a live picture of %s could not be made", frame.camera)


def boxes(frame: Frame, detections: Detections, floor: float = 0.3) -> list[list[float | str]]:
    """The detections worth showing, as the wall takes them: x1, y1, x2, y2 in 0..1, class, confidence."""
    w, h = frame.source_wh
    shown = detections[detections.confidence >= floor]
    return [
        [
            round(float(x1) / w, 4),
            round(float(y1) / h, 4),
            round(float(x2) / w, 4),
            round(float(y2) / h, 4),
            ObjectClass(int(kind)).label,
            round(float(sure), 2),
        ]
        for (x1, y1, x2, y2), sure, kind in zip(shown.xyxy, shown.confidence, shown.class_id, strict=True)
    ]
