"""The network: YOLO26n's shape, five classes, random weights; its loss, its average, its optimiser."""

from __future__ import annotations

import copy
import importlib.metadata
import math
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from models.spec import ObjectClass
from models.train.errors import NoTrainingPackages

CLASS_NAMES = tuple(one.label for one in ObjectClass)


@contextmanager
def _without_torchvision() -> Iterator[None]:
    """Ultralytics asks for torchvision's version on import and uses nothing of it to train. torchvision's only build on
    the registry brings gigabytes of CUDA, so where it is absent its version is answered here for that import.
    """
    real = importlib.metadata.version

    def version(distribution_name: str) -> str:
        try:
            return real(distribution_name)
        except importlib.metadata.PackageNotFoundError:
            if distribution_name == "torchvision":
                return "0.28.0"
            raise

    importlib.metadata.version = version
    try:
        yield
    except ImportError as fault:
        raise NoTrainingPackages(
            f"{fault}: training needs the environment of models/train/requirements.txt (make train builds it)"
        ) from fault
    finally:
        importlib.metadata.version = real


def _import_ultralytics() -> tuple[Any, Any, Any]:
    """DetectionModel, E2ELoss, MuSGD."""
    with _without_torchvision():
        from ultralytics.nn.tasks import DetectionModel
        from ultralytics.optim import MuSGD
        from ultralytics.utils.loss import E2ELoss
    return DetectionModel, E2ELoss, MuSGD


def import_yolo() -> Any:
    """Ultralytics' own front, which opens and exports checkpoints."""
    with _without_torchvision():
        from ultralytics import YOLO
    return YOLO


def require_packages() -> None:
    """Says at once, before hours or scenes are spent, when this environment cannot train.

    Raises:
        NoTrainingPackages: torch or ultralytics is absent.
    """
    _import_ultralytics()


def new_network() -> Any:
    """A DetectionModel of YOLO26n's shape; torch's seed decides its random weights, no file of weights is read."""
    model_class, _, _ = _import_ultralytics()
    network = model_class("yolo26n.yaml", nc=len(CLASS_NAMES), verbose=False)
    network.names = dict(enumerate(CLASS_NAMES))
    network.args = loss_gains()
    return network


def loss_gains() -> SimpleNamespace:
    """The gains that the loss reads; Ultralytics' own defaults."""
    return SimpleNamespace(box=7.5, cls=0.5, dfl=1.5, epochs=1)


def new_loss(network: Any) -> Any:
    """The end-to-end loss; for a network with one head (YOLOv8, YOLO11) its own."""
    if hasattr(network.model[-1], "one2one_cv3"):
        return _import_ultralytics()[1](network)
    return network.init_criterion()


def new_optimizer(network: Any, learning_rate: float, weight_decay: float) -> Any:
    """Muon with SGD on filters and matrices, SGD on biases and normalisation; three-fold rate on class branches.

    As Ultralytics' trainer sets up YOLO26 (engine/trainer.py, build_optimizer, 8.4.190).
    """
    from torch import nn

    head = network.model[-1]
    branches = (head.cv3, head.one2one_cv3) if hasattr(head, "one2one_cv3") else (head.cv3,)
    boosted = {id(p) for branch in branches for p in branch.parameters()}
    groups: dict[tuple[str, bool], list[Any]] = {}
    for module in network.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.ndim in (2, 4):
                kind = "muon"
            elif name == "bias" or isinstance(module, nn.BatchNorm2d):
                kind = "plain"
            else:
                kind = "decayed"
            groups.setdefault((kind, id(parameter) in boosted), []).append(parameter)
    arguments = [
        {
            "params": parameters,
            "lr": learning_rate * (3 if boost else 1),
            "momentum": 0.9,
            "nesterov": True,
            "use_muon": kind == "muon",
            "weight_decay": 0.0 if kind == "plain" else weight_decay,
        }
        for (kind, boost), parameters in groups.items()
    ]
    return _import_ultralytics()[2](arguments, muon=0.2, sgd=1.0)


class AveragedNetwork:
    """Exponential moving average of weights and statistics: what is exported. Young averages forget faster."""

    def __init__(self, network: Any, decay: float = 0.999, ramp_steps: float = 500.0) -> None:
        self.network = copy.deepcopy(network).eval()
        for parameter in self.network.parameters():
            parameter.requires_grad_(False)
        self.decay, self.ramp_steps, self.steps = decay, ramp_steps, 0

    def update(self, network: Any) -> None:
        """Once per optimiser step."""
        import torch

        self.steps += 1
        keep = self.decay * (1 - math.exp(-self.steps / self.ramp_steps))
        with torch.no_grad():
            ours, theirs = self.network.state_dict(), network.state_dict()
            floating = [k for k, v in ours.items() if v.dtype.is_floating_point]
            torch._foreach_mul_([ours[k] for k in floating], keep)
            torch._foreach_add_([ours[k] for k in floating], [theirs[k] for k in floating], alpha=1 - keep)
