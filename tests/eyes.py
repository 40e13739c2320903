"""Detectors of tests, which say what they see of an RGB picture, seeing whole frames as real ones do."""

from __future__ import annotations

from abc import ABC, abstractmethod

from vision.types import Detections, Frame, Picture


class Eyes(ABC):
    @abstractmethod
    def __call__(self, rgb: Picture, source_wh: tuple[int, int]) -> Detections: ...

    def take_left_out(self) -> int:
        return 0

    def see(self, frame: Frame) -> Detections:
        return self(frame.rgb, frame.source_wh)
