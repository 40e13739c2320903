"""The network: a small U-shaped one of ordinary 3x3 convolutions, 0.7 M weights, an answer for every pixel."""

from __future__ import annotations

import copy
import math
from typing import Any

from models.wires.errors import NoTorch

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError as error:
    raise NoTorch(f"training needs torch: make train-wires sets up an environment with it ({error})") from error

_WIDTHS = (16, 32, 64, 96)
_DIRECTIONS, _FILTER_PX, _BREADTHS = 8, 15, ((0.8, 3.0), (1.8, 4.0))
_AVERAGE = 0.99


class Residual(nn.Module):  # type: ignore[misc]  # torch is not where mypy runs
    """Two 3x3 convolutions and a way round them; dilated ones see further along a wire."""

    def __init__(self, width: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = _conv(width, width, dilation=dilation)
        self.second = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation, bias=False), nn.BatchNorm2d(width)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.second(self.first(x))
        return functional.relu(out + x)


class LineFilters(nn.Module):  # type: ignore[misc]  # torch is not where mypy runs
    """Fixed filters for lines in eight directions and two breadths, brighter and darker than what is round them, over
    the brightness (n, 1, h, w), every second pixel: what the first layers would have to learn first."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("bank", _line_bank(), persistent=False)

    def forward(self, brightness: torch.Tensor) -> torch.Tensor:
        found = functional.conv2d(brightness, self.bank, stride=2, padding=_FILTER_PX // 2)
        return torch.cat([functional.relu(found), functional.relu(-found)], dim=1)


def _line_bank() -> torch.Tensor:
    """(16, 1, 15, 15): second derivatives of Gaussians across, long Gaussians along."""
    reach = torch.arange(_FILTER_PX, dtype=torch.float32) - _FILTER_PX // 2
    ys, xs = torch.meshgrid(reach, reach, indexing="ij")
    bank = []
    for across_px, along_px in _BREADTHS:
        for number in range(_DIRECTIONS):
            angle = math.pi * number / _DIRECTIONS
            along = xs * math.cos(angle) + ys * math.sin(angle)
            across = (ys * math.cos(angle) - xs * math.sin(angle)) / across_px
            line = (1 - across**2) * torch.exp(-(across**2) / 2 - (along / along_px) ** 2 / 2)
            line = line - line.mean()
            bank.append(20 * line / line.abs().sum())
    return torch.stack(bank)[:, None]


class WireNetwork(nn.Module):  # type: ignore[misc]  # torch is not where mypy runs
    """RGB (n, 3, h, w), 0 to 1, sides multiples of 16, to logits (n, 1, h, w).

    Each cell of a quarter of the size answers for its sixteen pixels: a decoder at half size costs a third more, most
    of it memory traffic.
    """

    def __init__(self) -> None:
        super().__init__()
        one, two, three, four = _WIDTHS
        self.lines, self.at_2 = LineFilters(), _conv(3, one, stride=2, size=5)
        self.at_4 = nn.Sequential(_conv(one + 4 * _DIRECTIONS, two, stride=2), Residual(two))
        self.at_8 = nn.Sequential(_conv(two, three, stride=2), Residual(three), Residual(three, 2))
        self.at_16 = nn.Sequential(_conv(three, four, stride=2), Residual(four, 2), Residual(four, 4))
        self.to_8, self.to_4 = _narrow(four, three), _narrow(three, two)
        self.up_8, self.up_4 = Residual(three), Residual(two)
        self.head = nn.Conv2d(two, 16, 1)
        nn.init.constant_(self.head.bias, -3.0)  # most pixels are no wire

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x - 0.5
        x2 = torch.cat([self.at_2(x), self.lines(x.mean(dim=1, keepdim=True))], dim=1)
        x4 = self.at_4(x2)
        x8 = self.at_8(x4)
        up = self.at_16(x8)
        up = self.up_8(x8 + _larger(self.to_8(up)))
        up = self.up_4(x4 + _larger(self.to_4(up)))
        return functional.pixel_shuffle(self.head(up), 4)


def _conv(into: int, out: int, *, stride: int = 1, size: int = 3, dilation: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(into, out, size, stride, dilation * (size // 2), dilation, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out), nn.ReLU())


def _narrow(into: int, out: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(into, out, 1, bias=False), nn.BatchNorm2d(out))


def _larger(x: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def loss(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Cross-entropy and Dice over (n, h, w); `truth` is uint8, 1 wire, 0 none, 255 left out.

    A background pixel that the network is all but sure is a wire (0.92) teaches nothing through the cross-entropy: the
    photographs are unlabelled, and some such pixels are wires.
    """
    logits = logits[:, 0].float()
    known = (truth != 255).float()
    wire = (truth == 1).float()
    entropy = functional.binary_cross_entropy_with_logits(logits, wire, reduction="none")
    entropy = torch.where(wire > 0, entropy * 2.0, entropy.clamp(max=2.5))
    probability = torch.sigmoid(logits) * known
    both = (probability * wire).sum()
    dice = 1 - (2 * both + 1) / (probability.sum() + wire.sum() + 1)
    return (entropy * known).sum() / known.sum().clamp(min=1) * 4 + dice


class Averaged:
    """The running average of a network's weights, steadier than the last step's."""

    def __init__(self, network: WireNetwork) -> None:
        self.network = copy.deepcopy(network).eval()
        self.steps = 0

    @torch.no_grad()  # type: ignore[untyped-decorator]  # as above
    def update(self, network: nn.Module) -> None:
        self.steps += 1
        keep = min(_AVERAGE, (1 + self.steps) / (10 + self.steps))
        theirs: dict[str, Any] = network.state_dict()
        for name, value in self.network.state_dict().items():
            if value.dtype.is_floating_point:
                value.mul_(keep).add_(theirs[name].detach(), alpha=1 - keep)
            else:
                value.copy_(theirs[name])
