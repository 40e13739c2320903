"""Weights part of the way from one run to one that went on from it.

Between the two ends of a fine-tuning the middle is often as good as the end on what the tuning was for, and keeps what
the beginning was good at (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.train.errors import BadTrainSettings


def between(first: Path, last: Path, share: float, path: Path) -> Path:
    """Writes an ONNX file to `path`, its weights `share` (0-1) of the way from those of `first` to those of `last`.

    All else, its metadata too, is `last`'s.

    Raises:
        BadTrainSettings: `share` is none, or the two files are not of one network.
    """
    import onnx
    from onnx import numpy_helper

    if not 0 <= share <= 1:
        raise BadTrainSettings(f"share must lie between 0 and 1, got {share}")
    before = {one.name: numpy_helper.to_array(one) for one in onnx.load(first).graph.initializer}
    model = onnx.load(last)
    after = {one.name: one for one in model.graph.initializer}
    shapes = {name: value.shape for name, value in before.items()}
    if shapes != {name: tuple(one.dims) for name, one in after.items()}:
        raise BadTrainSettings(
            f"{first} and {last} are not of one network: give two files of which one went on from the other"
        )
    for name, one in after.items():
        value = numpy_helper.to_array(one)
        if value.dtype == np.float32:
            mixed = ((1 - share) * before[name] + share * value).astype(np.float32)
            one.CopyFrom(numpy_helper.from_array(mixed, name))
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path
