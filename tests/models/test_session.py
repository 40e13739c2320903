"""A session runs on the provider that was asked for, or says why not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto

from models import providers
from models.errors import NoProvider
from models.graph import cells, recognise
from models.session import open_session

FOUR = "{0: 'person', 1: 'car', 2: 'bus', 3: 'truck'}"
HERE = providers.available()


def answer(columns: int = 84) -> np.ndarray:
    made = np.random.default_rng(1).random((1, 8, columns))
    made[:, :4] *= 64  # boxes are in px
    return made


@pytest.mark.parametrize("provider", HERE)
def test_every_provider_here_gives_the_graphs_answer(make_onnx, provider: str) -> None:
    spec = recognise(make_onnx(answer(), names=FOUR))
    session = open_session(spec, provider=provider)
    output = session.run(np.ones((1, 3, 64, 64), np.float32))
    assert (session.provider, session.precision, session.threads) == (provider, "fp32", 1)
    assert output.dtype == np.float32
    np.testing.assert_allclose(output, answer(), rtol=1e-5)


@pytest.mark.parametrize("provider", HERE)
def test_a_float16_model_takes_and_gives_float32(make_onnx, provider: str) -> None:
    spec = recognise(make_onnx(answer(), dtype=TensorProto.FLOAT16, names=FOUR))
    output = open_session(spec, provider=provider).run(np.ones((1, 3, 64, 64), np.float32))
    assert output.dtype == np.float32
    np.testing.assert_allclose(output, answer(), rtol=1e-3)


@pytest.mark.parametrize("provider", HERE)
def test_an_open_size_runs_at_the_size_of_the_spec(make_onnx, provider: str) -> None:
    path = make_onnx(
        answer(cells((320, 320))), ("batch", 3, "height", "width"), open_output=True, names=FOUR, imgsz="320"
    )
    spec = recognise(path)
    session = open_session(spec, provider=provider)
    assert session.run(np.ones((1, 3, 320, 320), np.float32)).shape == (1, 8, 2100)
    with pytest.raises(Exception, match="nvalid"):
        session.run(np.ones((1, 3, 640, 640), np.float32))


def test_provider_names_are_short_or_onnx_runtimes_own() -> None:
    assert providers.short_name("CPUExecutionProvider") == providers.short_name("cpu") == "cpu"
    with pytest.raises(NoProvider, match=r"it has .*cpu"):
        providers.short_name("abacus")


def test_a_provider_that_cannot_is_an_error_and_never_another_provider(make_onnx) -> None:
    spec = recognise(make_onnx(answer(), names=FOUR))
    with pytest.raises(NoProvider, match="cpu does not compute in bf16"):
        open_session(spec, provider="cpu", precision="bf16")
    broken = replace(spec, path=Path(__file__))
    for provider in (*HERE, None):
        with pytest.raises(NoProvider, match="cannot load tiny"):
            open_session(broken, provider=provider)


@pytest.mark.parametrize(("threads", "precision"), [(0, "fp32"), (1, "fp8")])
def test_senseless_settings_are_refused(make_onnx, threads: int, precision: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        open_session(recognise(make_onnx(answer(), names=FOUR)), threads=threads, precision=precision)


def test_float32_is_float32_on_every_provider(assets: Path) -> None:
    """AMX would make bf16 of it: boxes then move by whole pixels (10 px measured), in float32 by thousandths."""
    spec = recognise(assets / "weights" / "yolo11n_640_fp32.onnx")
    picture = np.random.default_rng(0).random((1, 3, 640, 640), np.float32)
    reference = open_session(spec, provider="cpu").run(picture)
    for provider in HERE:
        output = open_session(spec, provider=provider).run(picture)
        assert np.abs(output[:, :4] - reference[:, :4]).max() < 0.02


def test_sessions_side_by_side_give_what_each_gives_alone(assets: Path) -> None:
    spec = recognise(assets / "weights" / "yolox_nano_416.onnx")
    pictures = np.random.default_rng(0).random((4, 1, 3, 416, 416), np.float32) * 255
    sessions = [open_session(spec) for _ in range(2)]
    alone = [sessions[0].run(picture) for picture in pictures]
    with ThreadPoolExecutor(2) as pool:
        halves = list(pool.map(lambda i: [sessions[i].run(picture) for picture in pictures], range(2)))
    for half in halves:
        np.testing.assert_allclose(np.stack(half), np.stack(alone), rtol=1e-3, atol=1e-3)
