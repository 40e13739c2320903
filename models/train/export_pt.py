"""`python -m models.train.export_pt`: an Ultralytics checkpoint to ONNX, and the proof that both say the same.

A checkpoint is a pickle: opening one runs what it holds. Only those of people one trusts.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

from models.train import network as net
from models.train.errors import TrainError
from models.train.events import told

# Of boxes in shares of the picture, and of scores. Half precision keeps three digits.
_SAME, _SAME_HALF = 1e-3, 2e-2
_TIE = 1e-6
_OPSET = 17


def export_pt(
    weights: Path, out: Path, input_hw: tuple[int, int], *, half: bool, dynamic: bool, device: str
) -> dict[str, Any]:
    """Writes `out` and returns what is known of it.

    Raises:
        TrainError: not an Ultralytics detector, or the file does not say what the network says.
    """
    yolo = _opened(weights)
    names = {int(key): str(value) for key, value in yolo.names.items()}
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        # Ultralytics writes beside the checkpoint; the original may lie where nothing should be written.
        copy = Path(folder) / f"{out.stem}.pt"
        shutil.copyfile(weights, copy)
        settings = {"imgsz": list(input_hw), "half": half, "dynamic": dynamic, "device": device, "opset": _OPSET}
        file = Path(_opened(copy).export(format="onnx", simplify=False, verbose=False, **settings))
        done_half = _is_half(file)
        difference = _difference(yolo, file, input_hw)
        limit = _SAME_HALF if done_half else _SAME
        if difference > limit:
            raise TrainError(
                f"{file.name} differs from {weights.name} by {difference:g}; at most {limit:g} is rounding"
            )
        shutil.move(file, out)
    return {
        "file": str(out),
        "names": names,
        "input_hw": list(input_hw),
        "difference": difference,
        "half": done_half,
        "half_refused": half and not done_half,
        "sha256_pt": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "ultralytics": _version(),
    }


def _opened(weights: Path) -> Any:
    yolo_class = net.import_yolo()
    if not weights.is_file():
        raise TrainError(f"no file at {weights}")
    try:
        yolo = yolo_class(str(weights))
        task = yolo.task
    except Exception as error:  # torch's and pickle's own, of many kinds
        raise TrainError(f"{weights} is no checkpoint that Ultralytics opens: {error}") from error
    if task != "detect":
        raise TrainError(f"{weights.name} is for {task!r}: a detector is expected")
    return yolo


def _is_half(file: Path) -> bool:
    import onnx

    # Of the weights: what goes in and out may stay float32.
    kinds = [tensor.data_type for tensor in onnx.load(file).graph.initializer]
    return kinds.count(onnx.TensorProto.FLOAT16) > kinds.count(onnx.TensorProto.FLOAT)


def _difference(yolo: Any, file: Path, input_hw: tuple[int, int]) -> float:
    """Largest difference between the file in ONNX Runtime and the network in torch, on one noisy picture."""
    import numpy as np
    import onnxruntime
    import torch

    picture = np.random.default_rng(0).random((1, 3, *input_hw), np.float32)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    wanted = session.get_inputs()[0]
    fed = picture.astype(np.float16 if "16" in wanted.type else np.float32)
    ours = np.asarray(session.run(None, {wanted.name: fed})[0], np.float32)[0]
    network = yolo.model.float().eval()
    end_to_end = session.get_modelmeta().custom_metadata_map.get("end2end") == "True"
    if hasattr(network.model[-1], "one2one_cv3"):
        network.model[-1].end2end = end_to_end
    with torch.no_grad():
        answer = network(torch.from_numpy(picture))
    theirs = (answer[0] if isinstance(answer, (tuple, list)) else answer)[0].numpy()
    if ours.shape != theirs.shape:
        raise TrainError(f"the file answers {ours.shape}, the network {theirs.shape}")
    return _rows(ours, theirs, input_hw) if ours.shape[1] == 6 else _columns(ours, theirs, input_hw)


def _rows(ours: Any, theirs: Any, input_hw: tuple[int, int]) -> float:
    """Rows by rank; those that all but tie may have changed places."""
    import numpy as np

    gap = np.diff(theirs[:, 4], prepend=np.inf, append=-np.inf)
    clear = (np.abs(gap[:-1]) > _TIE) & (np.abs(gap[1:]) > _TIE)
    scale = np.array([input_hw[1], input_hw[0]] * 2 + [1, 1])
    return float(np.abs((ours - theirs) / scale)[clear].max(initial=0.0))


def _columns(ours: Any, theirs: Any, input_hw: tuple[int, int]) -> float:
    """(4 + C, N): centre and size in px, then scores."""
    import numpy as np

    scale = np.ones((len(ours), 1))
    scale[:4, 0] = [input_hw[1], input_hw[0]] * 2
    return float(np.abs((ours - theirs) / scale).max(initial=0.0))


def _version() -> str:
    import ultralytics

    return str(ultralytics.__version__)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.train.export_pt", description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--imgsz", type=int, nargs=2, default=(640, 640), metavar=("H", "W"))
    parser.add_argument("--half", action="store_true")
    parser.add_argument("--dynamic", action="store_true")
    parser.add_argument("--device", default="cpu")
    chosen = parser.parse_args()
    height, width = chosen.imgsz
    told(
        lambda: export_pt(
            chosen.weights,
            chosen.out,
            (height, width),
            half=chosen.half,
            dynamic=chosen.dynamic,
            device=chosen.device,
        )
    )


if __name__ == "__main__":
    main()
