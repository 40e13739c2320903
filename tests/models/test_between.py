"""Weights half way between two runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from models.catalog import find
from models.train.between import between
from models.train.errors import BadTrainSettings

onnx = pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The shipped detector, and the same with every weight a tenth larger."""
    first = find("street-v4", None).path
    model = onnx.load(first)
    for one in model.graph.initializer:
        value = onnx.numpy_helper.to_array(one)
        if value.dtype == np.float32:
            one.CopyFrom(onnx.numpy_helper.from_array(value * np.float32(1.1), one.name))
    last = tmp_path_factory.mktemp("runs") / "last.onnx"
    onnx.save(model, last)
    return first, last


def weights(path: Path) -> dict[str, np.ndarray]:
    return {one.name: onnx.numpy_helper.to_array(one) for one in onnx.load(path).graph.initializer}


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_every_weight_lies_on_the_way(share: float, moved: tuple[Path, Path], tmp_path: Path) -> None:
    first, mixed = weights(moved[0]), weights(between(*moved, share, tmp_path / "street.onnx"))
    for name, value in mixed.items():
        wanted = first[name] * (1 + 0.1 * share) if value.dtype == np.float32 else first[name]
        assert np.allclose(value, wanted, rtol=1e-5), name


def test_two_networks_have_nothing_between_them(moved: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(BadTrainSettings, match="not of one network"):
        between(moved[0], moved[0].with_name("wires-v1.onnx"), 0.5, tmp_path / "street.onnx")


def test_a_share_beyond_the_way_is_refused(moved: tuple[Path, Path], tmp_path: Path) -> None:
    copy = shutil.copy(moved[0], tmp_path / "copy.onnx")
    with pytest.raises(BadTrainSettings, match=r"between 0 and 1, got 1\.5"):
        between(moved[0], Path(copy), 1.5, tmp_path / "street.onnx")
