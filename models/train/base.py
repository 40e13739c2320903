"""The weights that a run goes on from: a checkpoint, or an ONNX file of our own making turned back into a network."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from models.spec import ObjectClass, object_class
from models.train import network as net
from models.train.errors import TrainError

# What a label of ours becomes where a network tells bicycles from motorcycles.
_PREFERRED = {ObjectClass.TWO_WHEELER: ("two_wheeler", "motorcycle", "motorbike", "motor", "bicycle", "bike")}


def open_base(path: Path) -> Any:
    """A network that can be trained on.

    Raises:
        TrainError: neither a checkpoint nor an ONNX file whose weights can be told apart.
    """
    if path.suffix == ".onnx":
        return _from_onnx(path)
    yolo = net.import_yolo()(str(path))
    if yolo.task != "detect":
        raise TrainError(f"{path.name} is for {yolo.task!r}: a detector is expected")
    network = yolo.model.float()
    network.args = net.loss_gains()
    for parameter in network.parameters():
        parameter.requires_grad_(True)
    return network


def class_numbers(names: dict[int, str]) -> dict[ObjectClass, int]:
    """For each object class, the network's own number for it.

    Raises:
        TrainError: the network knows none of them.
    """
    lowered = {name.lower().replace(" ", "_"): number for number, name in names.items()}
    found: dict[ObjectClass, int] = {}
    for one in ObjectClass:
        wanted = _PREFERRED.get(one, (one.label,))
        known = [lowered[name] for name in wanted if name in lowered]
        known += [number for number, name in names.items() if object_class(name) is one]
        if known:
            found[one] = known[0]
    if not found:
        raise TrainError(f"none of the base's classes is a person or a vehicle: {', '.join(list(names.values())[:8])}")
    return found


def _from_onnx(path: Path) -> Any:
    """A network of YOLO26n's shape with the weights of the file.

    An export has its normalisation folded into its convolutions. Here each convolution gets the folded filter, and its
    normalisation passes everything through (`pass_through`); the head that only training uses begins as a copy of the
    other.
    """
    import onnx
    import torch
    from onnx import numpy_helper

    model = onnx.load(path)
    meta = {one.key: one.value for one in model.metadata_props}
    weights = {one.name: torch.from_numpy(numpy_helper.to_array(one).copy()) for one in model.graph.initializer}
    network = net.new_network()
    names = _names(meta, path)
    if names != dict(enumerate(net.CLASS_NAMES)):
        raise TrainError(f"{path.name} has other classes than ours: give the .pt that it was exported from as --base")
    missing: list[str] = []
    with torch.no_grad():
        for name, module in network.named_modules():
            for kind in ("weight", "bias"):
                missing += _put(module, name, kind, weights)
        if not missing:
            _twin_head(network.model[-1])
    if missing:
        raise TrainError(
            f"{path.name} lacks {missing[0]} and {len(missing) - 1} more: it is no export of this shape by us; give "
            "the .pt that it was exported from as --base"
        )
    return network


def _names(meta: dict[str, str], path: Path) -> dict[int, str]:
    try:
        return {int(key): str(value) for key, value in ast.literal_eval(meta["names"]).items()}
    except (KeyError, ValueError, SyntaxError, AttributeError) as error:
        raise TrainError(f"{path.name} does not name its classes") from error


def _put(module: Any, name: str, kind: str, weights: dict[str, Any]) -> Iterable[str]:
    """Sets a convolution's filter or bias; returns what the file lacks of it."""
    from torch import nn

    if not isinstance(module, nn.Conv2d) or _only_trains(name):
        return []
    given = weights.get(f"{name}.{kind}")
    own = getattr(module, kind)
    if own is not None:
        if given is None or given.shape != own.shape:
            return [f"{name}.{kind}"]
        own.copy_(given)
    elif kind == "bias" and given is not None:
        # The folded bias: kept until the normalisation beside it takes it over.
        module.folded_bias = given
    return []


def _only_trains(name: str) -> bool:
    """Whether it belongs to the one-to-many head, which no export has."""
    parts = name.split(".")
    return len(parts) > 2 and parts[:2] == ["model", "23"] and parts[2] in ("cv2", "cv3")


def _twin_head(head: Any) -> None:
    for ours, theirs in ((head.cv2, head.one2one_cv2), (head.cv3, head.one2one_cv3)):
        for one, other in zip(ours.modules(), theirs.modules(), strict=True):
            if getattr(other, "weight", None) is not None and hasattr(one.weight, "copy_"):
                one.weight.copy_(other.weight)
            if getattr(other, "bias", None) is not None:
                one.bias.copy_(other.bias)
            if hasattr(other, "folded_bias"):
                one.folded_bias = other.folded_bias


def pass_through(network: Any, batches: Iterable[Any]) -> None:
    """Gives every normalisation the statistics of what flows through it, and the scale and shift that undo them.

    `batches` are pictures (B, 3, S, S) float32 0-1. Afterwards the network says what the file said, and in training,
    where each batch's own statistics are used, nearly that. Only for a network of `_from_onnx`.
    """
    import torch

    pairs = [
        (module.conv, module.bn) for module in network.modules() if hasattr(module, "conv") and hasattr(module, "bn")
    ]
    sums: dict[int, list[Any]] = {id(norm): [0.0, 0.0, 0] for _, norm in pairs}

    def watch(norm: Any) -> Any:
        def hook(_module: Any, given: tuple[Any, ...]) -> None:
            x = given[0].double()
            kept = sums[id(norm)]
            kept[0] = kept[0] + x.sum((0, 2, 3))
            kept[1] = kept[1] + (x * x).sum((0, 2, 3))
            kept[2] += x.shape[0] * x.shape[2] * x.shape[3]

        return norm.register_forward_pre_hook(hook)

    with torch.no_grad():
        for conv, norm in pairs:
            norm.running_mean.zero_()
            norm.running_var.fill_(1 - norm.eps)
            norm.weight.fill_(1.0)
            norm.bias.copy_(getattr(conv, "folded_bias", torch.zeros_like(norm.bias)))
        hooks = [watch(norm) for _, norm in pairs]
        network.eval()
        network.model[-1].end2end = True
        for batch in batches:
            _both_heads(network, batch)
        for hook in hooks:
            hook.remove()
        for _, norm in pairs:
            total, squares, count = sums[id(norm)]
            if not count:
                continue
            mean = total / count
            variance = (squares / count - mean * mean).clamp_min(1e-6)
            shift = norm.bias.double() + mean
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
            norm.weight.copy_((variance + norm.eps).sqrt())
            norm.bias.copy_(shift)
    network.train()


def _both_heads(network: Any, batch: Any) -> None:
    """In evaluation a network runs one head; training mode runs both, so the head alone is put into it."""
    from torch import nn

    head = network.model[-1]
    head.train()
    for module in head.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    network(batch)
