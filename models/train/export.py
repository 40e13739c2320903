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
_SAME, _TIE = 1e-3, 1e-6
_DESCRIPTION = "Sanxun street detector: YOLO26n shape, trained from random weights"


def export_onnx(
    network: Any,
    path: Path,
    input_hw: tuple[int, int] = INPUT_HW,
    *,
    description: str = _DESCRIPTION,
    most_bytes: int = _MAX_BYTES,
) -> Path:
    """Writes `network` as ONNX: input (1, 3, H, W) RGB 0-1 float32, output (1, 300, 6) x1 y1 x2 y2 confidence class.

    A network without an end-to-end head (YOLOv8, YOLO11) gives (1, 4 + C, N).

    Raises:
        TrainError: the file is larger than may ship.
    """
    import onnx
    import torch

    network = copy.deepcopy(network).cpu().float().to(memory_format=torch.contiguous_format).eval()
    head = network.model[-1]
    end_to_end = hasattr(head, "one2one_cv3")
    if end_to_end:
        # Before fusing: fusing drops whichever of the two heads is not asked for.
        head.end2end = True
    network.fuse(verbose=False)
    head.export, head.format = True, "onnx"
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
    for key, value in _metadata(input_hw, network.names, description, end_to_end).items():
        graph.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(graph)
    onnx.save(graph, path)
    if path.stat().st_size > most_bytes:
        raise TrainError(f"{path} has {path.stat().st_size} bytes; at most {most_bytes} may ship")
    difference = largest_difference(network, path, input_hw)
    if difference > _SAME:
        raise TrainError(f"{path} differs from the network by {difference:g}; at most {_SAME:g} is rounding")
    return path


def largest_difference(network: Any, path: Path, input_hw: tuple[int, int]) -> float:
    """Between the file in ONNX Runtime and the network in torch, on one noisy picture, over rows of equal rank.

    Boxes in shares of the picture, confidences as they are. Rows whose confidences all but tie may swap places, so
    only those clear of their neighbours are compared.
    """
    import numpy as np
    import onnxruntime
    import torch

    picture = np.random.default_rng(0).random((1, 3, *input_hw), np.float32)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    ours = np.asarray(session.run(None, {session.get_inputs()[0].name: picture})[0])[0]
    with torch.no_grad():
        answer = network(torch.from_numpy(picture))
        theirs = (answer[0] if isinstance(answer, (tuple, list)) else answer)[0].numpy()
    if ours.shape[1] != 6:
        per_row = np.ones((len(ours), 1))
        per_row[:4, 0] = [input_hw[1], input_hw[0]] * 2
        return float(np.abs((ours - theirs) / per_row).max())
    gap = np.diff(theirs[:, 4], prepend=np.inf, append=-np.inf)
    clear = (np.abs(gap[:-1]) > _TIE) & (np.abs(gap[1:]) > _TIE)
    scale = np.array([input_hw[1], input_hw[0]] * 2 + [1, 1])
    return float(np.abs((ours - theirs) / scale)[clear].max(initial=0.0))


def _metadata(input_hw: tuple[int, int], names: dict[int, str], description: str, end_to_end: bool) -> dict[str, str]:
    return {
        "names": str(dict(names)),
        "task": "detect",
        "stride": "32",
        "imgsz": str(list(input_hw)),
        "author": "Sanxun",
        "license": "AGPL-3.0-or-later",
        "description": description,
        "end2end": str(end_to_end),
    }


def export_checkpoint(checkpoint: Path, path: Path) -> Path:
    """The averaged weights of a checkpoint, also of a run that is still going on, as ONNX."""
    import torch

    network = net.new_network()
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["average"])
    return export_onnx(network, path)
