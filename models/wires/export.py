"""Trained weights to ONNX, and the proof that the file says what the network says."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from models.wires.errors import WireTrainError
from models.wires.network import WireNetwork

INPUT_HW = (384, 544)
_MOST_BYTES = 4_000_000
_SAME = 1e-3


class _Probability(nn.Module):  # type: ignore[misc]  # torch is not where mypy runs
    """Logits moved so that `threshold` becomes 0.5, as probabilities."""

    def __init__(self, network: WireNetwork, threshold: float) -> None:
        super().__init__()
        self.network, self.shift = network, math.log(threshold / (1 - threshold))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.network(x) - self.shift)


def export_checkpoint(checkpoint: Path, path: Path, threshold: float = 0.5) -> Path:
    """The averaged weights of a checkpoint as ONNX: input (1, 3, 384, 544) RGB 0 to 1, output (1, 1, 384, 544), the
    probability that a pixel is a wire. `threshold`, the best one on drawn wires, is what 0.5 stands for in the file.

    Raises:
        WireTrainError: the file is larger than may ship, or does not say what the network says.
    """
    network = WireNetwork()
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["average"])
    whole = _Probability(network, threshold).eval()
    blank = torch.zeros(1, 3, *INPUT_HW)
    path.parent.mkdir(parents=True, exist_ok=True)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            whole, (blank,), str(path), opset_version=17, input_names=["images"], output_names=["wires"], dynamo=False
        )
    _describe(path)
    if path.stat().st_size > _MOST_BYTES:
        raise WireTrainError(f"{path} has {path.stat().st_size} bytes; at most {_MOST_BYTES} may ship")
    difference = largest_difference(whole, path)
    if difference > _SAME:
        raise WireTrainError(f"{path} differs from the network by {difference:g}; at most {_SAME:g} is rounding")
    return path


def largest_difference(whole: Any, path: Path) -> float:
    """Between the file in ONNX Runtime and the network in torch, on one noisy picture."""
    import onnxruntime

    picture = np.random.default_rng(0).random((1, 3, *INPUT_HW), np.float32)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        theirs = whole(torch.from_numpy(picture)).numpy()
    return float(np.abs(np.asarray(session.run(None, {"images": picture})[0]) - theirs).max())


def _describe(path: Path) -> None:
    import onnx

    graph = onnx.load(path)
    described = {
        "names": str({0: "wire"}),
        "task": "wires",
        "stride": "16",
        "imgsz": str(list(INPUT_HW)),
        "author": "Sanxun",
        "license": "AGPL-3.0-or-later",
        "description": "Sanxun wire segmenter v1: trained on wires drawn over photographs",
    }
    for key, value in described.items():
        graph.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(graph)
    onnx.save(graph, path)
