"""Calls of many threads become batches, and each caller gets what it would have got alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, load_model, numpy_helper, save_model

from models import providers
from models.batching import Batcher, Buffers
from models.bound import BoundSession, page_lock
from models.catalog import find
from models.errors import InferenceFailed
from models.graph import recognise
from models.policy import policy
from models.session import open_session
from models.spec import ModelSpec

HW = (64, 64)


def picture(number: int) -> np.ndarray:
    return np.random.default_rng(number).random((1, 3, *HW), np.float32)


@pytest.fixture(params=["batch", 1], ids=["open batch axis", "fixed batch of 1"])
def spec(request: pytest.FixtureRequest, tmp_path: Path) -> ModelSpec:
    """A YOLO head whose rows are a convolution's answer to their own picture."""
    weights = np.random.default_rng(0).normal(size=(8, 3, 64, 64)).astype(np.float32)
    weights[4:] = np.random.default_rng(2).random((4, 3, 64, 64)) / (3 * 64 * 64)  # scores of 0 to 1
    spread = np.random.default_rng(1).random((1, 1, 84)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["images", "weights"], ["seen"]),  # (batch, 8, 1, 1)
        helper.make_node("Squeeze", ["seen", "last"], ["rows"]),
        helper.make_node("Mul", ["rows", "spread"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "rows",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [request.param, 3, *HW])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [request.param, 8, 84])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(spread, "spread"),
            numpy_helper.from_array(np.array([3]), "last"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"names": "{0: 'person', 1: 'car', 2: 'bus', 3: 'truck'}"})
    path = tmp_path / "rows.onnx"
    save_model(model, str(path))
    return recognise(path)


def test_every_caller_gets_its_own_row_as_if_it_were_alone(spec: ModelSpec) -> None:
    alone = open_session(spec, provider="cpu")
    bound = BoundSession(spec, provider="cpu", most=4)
    batcher = Batcher(bound, size=bound.most, wait_s=0.05)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: batcher.run(picture(n)), range(100)))
    batcher.close()
    for n, row in enumerate(found):
        assert (row.dtype, row.shape) == (np.float32, (1, 8, 84))
        np.testing.assert_allclose(row, alone.run(picture(n)), rtol=1e-4, atol=1e-4)
    assert batcher.pictures == 100
    assert batcher.batches <= (100 if bound.most == 1 else 60)


def test_the_default_detector_with_its_batch_axis_opened_gives_in_batches_what_it_gives_alone(tmp_path: Path) -> None:
    shipped = find("street-v4", None)
    model = load_model(str(shipped.path))
    for end in (model.graph.input[0], model.graph.output[0]):
        end.type.tensor_type.shape.dim[0].dim_param = "batch"
    del model.graph.value_info[:]
    held = {node.output[0]: node.attribute[0].t for node in model.graph.node if node.op_type == "Constant"}
    held |= {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Reshape":  # a fixed batch of 1 becomes whatever comes in
            shape = numpy_helper.to_array(held[node.input[1]]).copy()
            shape[0] = 0 if shape[0] == 1 else shape[0]
            held[node.input[1]].CopyFrom(numpy_helper.from_array(shape, held[node.input[1]].name))
    path = tmp_path / "open.onnx"
    save_model(model, str(path))
    spec = recognise(path)
    pictures = np.random.default_rng(0).random((6, 1, 3, *spec.input_hw), np.float32)
    alone = open_session(shipped, provider="cpu")
    batcher = Batcher(BoundSession(spec, provider="cpu", most=3), size=3, wait_s=10.0)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(batcher.run, pictures))
    batcher.close()
    assert batcher.batches == 2
    for one, row in zip(pictures, found, strict=True):
        np.testing.assert_allclose(row, alone.run(one), rtol=1e-3, atol=1e-2)


class Counted:
    """Adds one to the first pixel; keeps the sizes of the batches and holds them back until `go` is set."""

    most = 4

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.go = threading.Event()
        self.fails = False

    def buffers(self) -> Buffers:
        return Buffers(np.zeros((4, 3, 2, 2), np.float32), np.zeros((4, 1), np.float32))

    def run(self, buffers: Buffers, count: int) -> None:
        assert self.go.wait(60)
        self.sizes.append(count)
        if self.fails:
            raise RuntimeError("the GPU fell off the bus")
        buffers.outputs[:count, 0] = buffers.pictures[:count, 0, 0, 0] + 1


def numbered(n: int) -> np.ndarray:
    return np.full((1, 3, 2, 2), n, np.float32)


def test_a_full_batch_does_not_wait_for_its_deadline() -> None:
    model = Counted()
    model.go.set()
    batcher = Batcher(model, size=4, wait_s=1000.0)
    with ThreadPoolExecutor(4) as pool:
        assert [row.item() for row in pool.map(lambda n: batcher.run(numbered(n)), range(8))] == list(range(1, 9))
    batcher.close()
    assert model.sizes == [4, 4]


def test_a_lonely_call_waits_no_longer_than_the_deadline() -> None:
    model = Counted()
    model.go.set()
    batcher = Batcher(model, size=4, wait_s=0.02)
    assert batcher.run(numbered(6)).item() == 7
    batcher.close()
    assert model.sizes == [1]


def test_the_next_batch_gathers_while_one_is_computed() -> None:
    model = Counted()
    batcher = Batcher(model, size=4, wait_s=0.0)
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(batcher.run, numbered(0))
        with batcher._changed:
            assert batcher._changed.wait_for(lambda: len(batcher._free) == 1 and batcher._gathering is None, 10)
        others = [pool.submit(batcher.run, numbered(n)) for n in range(1, 9)]
        with batcher._changed:
            assert batcher._changed.wait_for(lambda: batcher._gathering and batcher._gathering.written == 4, 10)
        model.go.set()
        assert [first.result(10).item(), *(other.result(10).item() for other in others)] == list(range(1, 10))
    batcher.close()
    assert model.sizes[:2] == [1, 4]


def test_an_error_goes_to_every_caller_of_its_batch_and_the_next_batch_runs() -> None:
    model = Counted()
    model.go.set()
    model.fails = True
    batcher = Batcher(model, size=4, wait_s=1000.0)
    with ThreadPoolExecutor(4) as pool:
        failed = [pool.submit(batcher.run, numbered(n)).exception for n in range(4)]
        assert all(isinstance(error(10), InferenceFailed) for error in failed)
        with pytest.raises(InferenceFailed, match=r"a batch of 4 failed: the GPU fell off the bus"):
            list(pool.map(lambda n: batcher.run(numbered(n)), range(4)))
        model.fails = False
        assert [row.item() for row in pool.map(lambda n: batcher.run(numbered(n)), range(4))] == [1, 2, 3, 4]
    batcher.close()


def test_a_picture_of_another_shape_fails_alone() -> None:
    model = Counted()
    model.go.set()
    batcher = Batcher(model, size=2, wait_s=1000.0)
    with ThreadPoolExecutor(2) as pool:
        wrong = pool.submit(batcher.run, np.zeros((1, 3, 5, 5), np.float32))
        right = pool.submit(batcher.run, numbered(1))
        assert right.result(10).item() == 2
        assert isinstance(wrong.exception(10), ValueError)
    batcher.close()


def test_a_closed_batcher_fails_its_callers() -> None:
    model = Counted()
    model.go.set()
    batcher = Batcher(model, size=4, wait_s=1000.0)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(batcher.run, numbered(1))
        with batcher._changed:
            assert batcher._changed.wait_for(lambda: batcher._gathering is not None, 10)
        batcher.close()
        assert waiting.result(10).item() == 2  # what had joined is finished
    with pytest.raises(InferenceFailed, match="closed"):
        batcher.run(numbered(1))


@pytest.mark.parametrize(("size", "wait_s"), [(0, 0.0), (5, 0.0), (1, -1.0)])
def test_senseless_settings_are_refused(size: int, wait_s: float) -> None:
    with pytest.raises(ValueError, match="must"):
        Batcher(Counted(), size=size, wait_s=wait_s)


@pytest.mark.parametrize("provider", ["cpu", "openvino", "coreml"])
def test_on_a_cpu_each_thread_has_a_session(provider: str) -> None:
    how = policy(provider, 6)
    assert (how.sessions, how.batch, how.feeders) == (6, 1, 6)


@pytest.mark.parametrize(("threads", "batch"), [(1, 4), (4, 8), (64, 16)])
def test_on_a_gpu_one_session_is_fed_two_batches(threads: int, batch: int) -> None:
    for provider in ("cuda", "tensorrt"):
        how = policy(provider, threads)
        assert (how.sessions, how.batch, how.feeders) == (1, batch, 2 * batch)


def test_pages_are_locked_by_cudas_runtime_and_let_go_with_the_array() -> None:
    class Runtime:
        def __init__(self, status: int) -> None:
            self.status, self.locked = status, {}

        def cudaHostRegister(self, address, size, flags) -> int:  # noqa: N802 (CUDA's name)
            self.locked[address.value] = size.value
            return self.status

        def cudaHostUnregister(self, address) -> int:  # noqa: N802 (CUDA's name)
            del self.locked[address.value]
            return 0

    runtime, array = Runtime(0), np.zeros((4, 3, 8, 8), np.float32)
    assert page_lock(array, runtime)
    assert runtime.locked == {array.ctypes.data: array.nbytes}
    del array
    assert runtime.locked == {}
    assert not page_lock(np.zeros(3), Runtime(2))


@pytest.mark.parametrize("provider", ["cuda", "tensorrt"])
def test_on_a_gpu_batches_give_what_the_cpu_gives(spec: ModelSpec, provider: str) -> None:
    if provider not in providers.available():
        pytest.skip(f"no {provider} provider here: ONNX Runtime has {', '.join(providers.available())}")
    alone = open_session(spec, provider="cpu")
    bound = BoundSession(spec, provider=provider, most=4)
    batcher = Batcher(bound, size=bound.most, wait_s=0.05)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: batcher.run(picture(n)), range(40)))
    batcher.close()
    for n, row in enumerate(found):
        np.testing.assert_allclose(row, alone.run(picture(n)), rtol=1e-2, atol=1e-2)
    assert bound.page_locked
