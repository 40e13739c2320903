"""Trained weights to ONNX, and the proof that the file says what the network says."""

from __future__ import annotations

import copy
import warnings
from pathlib import Path
from typing import Any

from models.train import network as net
from models.train.errors import TrainError

INPUT_HW = (384, 640)  # a 16:9 frame at 640x360, letterboxed to the network's stride of 32
_MAX_BYTES = 12 * 1024 * 1024


def export_onnx(network: Any, path: Path, input_hw: tuple[int, int] = INPUT_HW) -> Path:
    """Writes `network` as ONNX: input (1, 3, H, W) RGB 0-1 float32, output (1, 300, 6) x1 y1 x2 y2 confidence class.

    Raises:
        TrainError: the file is larger than may ship.
    """
    import onnx
    import torch

    network = copy.deepcopy(network).cpu().float().to(memory_format=torch.contiguous_format).eval()
    network.fuse(verbose=False)
    head = network.model[-1]
    head.export, head.format, head.end2end = True, "onnx", True
    blank = torch.zeros(1, 3, *input_hw)
    path.parent.mkdir(parents=True, exist_ok=True)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network(blank)  # fixes the anchors of this input size
        torch.onnx.export(
            network,
            (blank,),
            str(path),
            opset_version=17,
            input_names=["images"],
            output_names=["output0"],
            dynamo=False,
        )
    graph = onnx.load(path)
    for key, value in _metadata(input_hw).items():
        graph.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(graph)
    onnx.save(graph, path)
    if path.stat().st_size > _MAX_BYTES:
        raise TrainError(f"{path} has {path.stat().st_size} bytes; at most {_MAX_BYTES} may ship")
    return path


def _metadata(input_hw: tuple[int, int]) -> dict[str, str]:
    return {
        "names": str(dict(enumerate(net.CLASS_NAMES))),
        "task": "detect",
        "stride": "32",
        "imgsz": str(list(input_hw)),
        "author": "Sanxun",
        "license": "AGPL-3.0-or-later",
        "description": "Sanxun street detector v0: YOLO26n shape, trained from random weights",
    }


def export_checkpoint(checkpoint: Path, path: Path) -> Path:
    """The averaged weights of a checkpoint, also of a run that is still going on, as ONNX."""
    import torch

    network = net.new_network()
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["average"])
    return export_onnx(network, path)
