"""A loop that does what Frigate documents: every frame decoded, motion regions, five inferences a second a camera.

Our own code after its documentation and a reading of its design (no code of it): the detect stream is decoded whole and
5 frames a second of it are scaled to 1280x720; motion is looked for in the brightness scaled to 100 lines against a
running average (0.01 a frame); what moved is gathered into one square region of 320 px or more, which is cropped and
scaled to the model's input; regions of all cameras are inferred one at a time by one detector. Frigate may take several
regions of a frame: this loop takes one, the least that it could do. A thread a camera here, a process there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, Full, Queue

import av
import av.error
import cv2
import numpy as np

from vision.detect import Detector
from vision.track import Tracker
from vision.types import Picture

DETECT_FPS = 5
_DETECT_WH = (1280, 720)
_MOTION_HEIGHT = 100
_ALPHA = 0.01
_CHANGED = 30  # grey levels
_LEAST_AREA = 10  # px of the motion picture
_LEAST_REGION = 320
_QUEUE = 2


@dataclass(slots=True)
class Kept:
    """What one camera came to: frames that were due, looked at, given up."""

    due: int = 0
    looked: int = 0
    dropped: int = 0
    inferred: int = 0


class FrigateLike:
    """Watches `urls` with one detector until `stop`."""

    def __init__(self, urls: Sequence[str], detector: Detector, fps: int = 25) -> None:
        self._detector, self._every = detector, max(1, fps // DETECT_FPS)
        self._one_at_a_time = threading.Lock()
        self._stopping = threading.Event()
        self.kept = [Kept() for _ in urls]
        self._threads: list[threading.Thread] = []
        for url, kept in zip(urls, self.kept, strict=True):
            frames: Queue[Picture] = Queue(_QUEUE)
            self._threads.append(threading.Thread(target=self._decode, args=(url, frames, kept), daemon=True))
            self._threads.append(threading.Thread(target=self._watch, args=(frames, kept), daemon=True))

    def run(self, warm_s: float, seconds: float) -> list[Kept]:
        """What each camera came to within `seconds`, after `warm_s`."""
        for thread in self._threads:
            thread.start()
        time.sleep(warm_s)
        before = [Kept(k.due, k.looked, k.dropped, k.inferred) for k in self.kept]
        time.sleep(seconds)
        found = [
            Kept(k.due - b.due, k.looked - b.looked, k.dropped - b.dropped, k.inferred - b.inferred)
            for k, b in zip(self.kept, before, strict=True)
        ]
        self._stopping.set()
        for thread in self._threads:
            thread.join(5)
        return found

    def _decode(self, url: str, frames: Queue[Picture], kept: Kept) -> None:
        number = 0
        try:
            with av.open(url, options={"rtsp_transport": "tcp"}, timeout=10) as container:
                stream = container.streams.video[0]
                stream.codec_context.thread_count = 1
                for frame in container.decode(stream):
                    if self._stopping.is_set():
                        return
                    number += 1
                    if number % self._every:
                        continue
                    kept.due += 1
                    small = frame.reformat(width=_DETECT_WH[0], height=_DETECT_WH[1], format="yuv420p")
                    try:
                        frames.put_nowait(small.to_ndarray())
                    except Full:
                        kept.dropped += 1
        except av.error.FFmpegError:
            return  # its frames go missing, and are counted as such

    def _watch(self, frames: Queue[Picture], kept: Kept) -> None:
        average: np.ndarray | None = None
        tracker = Tracker()
        while not self._stopping.is_set():
            try:
                yuv = frames.get(timeout=0.5)
            except Empty:
                continue
            luma = yuv[: _DETECT_WH[1]]
            width = round(_DETECT_WH[0] * _MOTION_HEIGHT / _DETECT_WH[1])
            small = cv2.resize(luma, (width, _MOTION_HEIGHT), interpolation=cv2.INTER_LINEAR).astype(np.float32)
            average = small.copy() if average is None else average
            region = _region(small, average, _DETECT_WH[1] / _MOTION_HEIGHT)
            cv2.accumulateWeighted(small, average, _ALPHA)
            if region is not None:
                x, y, side = region
                rgb = cv2.cvtColor(yuv, cv2.COLOR_YUV2RGB_I420)[y : y + side, x : x + side]
                with self._one_at_a_time:
                    detections = self._detector(np.ascontiguousarray(rgb), (rgb.shape[1], rgb.shape[0]))
                tracker.update(detections, time.time())
                kept.inferred += 1
            kept.looked += 1


def _region(small: np.ndarray, average: np.ndarray, scale: float) -> tuple[int, int, int] | None:
    """The square (left, top, side; px of the detect picture) around all that moved; None where nothing did."""
    changed = (cv2.absdiff(small, average) > _CHANGED).astype(np.uint8)
    contours, _ = cv2.findContours(cv2.dilate(changed, None, iterations=2), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [cv2.boundingRect(contour) for contour in contours if cv2.contourArea(contour) > _LEAST_AREA]
    if not boxes:
        return None
    left, top = min(b[0] for b in boxes) * scale, min(b[1] for b in boxes) * scale
    right, bottom = max(b[0] + b[2] for b in boxes) * scale, max(b[1] + b[3] for b in boxes) * scale
    side = round(min(max(right - left, bottom - top, _LEAST_REGION), *_DETECT_WH))
    x = round(min(max(0, (left + right - side) / 2), _DETECT_WH[0] - side))
    y = round(min(max(0, (top + bottom - side) / 2), _DETECT_WH[1] - side))
    return x, y, side
