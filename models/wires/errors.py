"""WireTrainError
├── BadBackgrounds: no photographs where they should be
└── NoTorch: this environment cannot train
"""

from __future__ import annotations


class WireTrainError(Exception):
    """Training the wire network went wrong."""


class BadBackgrounds(WireTrainError):
    """There are no photographs to draw over."""


class NoTorch(WireTrainError):
    """This environment has no torch."""
