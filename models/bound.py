"""A session over buffers that stay where they are: a GPU fetches them by itself, and nothing is copied in between."""

from __future__ import annotations

import ctypes
import weakref
from typing import Any

import numpy as np
import numpy.typing as npt

from models.batching import Buffers
from models.errors import NoProvider
from models.session import load
from models.spec import Head, ModelSpec

_DTYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
_CUDA_RUNTIMES = ("libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0")
_ON_CUDA = ("cuda", "tensorrt")


class BoundSession:
    """`models.batching.BatchRun` over ONNX Runtime.

    `most` is what was asked for where the graph's batch axis is open, else 1. `page_locked` says whether the buffers
    are: a GPU then copies them by itself while the CPU goes on.
    """

    def __init__(
        self, spec: ModelSpec, *, provider: str, precision: str = "fp32", threads: int = 1, most: int = 1
    ) -> None:
        if spec.head is Head.NANODET:
            raise NoProvider(f"{spec.name}: NanoDet's six outputs are not read in batches: use a session")
        self.provider, self.precision = provider, precision
        self._session = load(spec, provider, precision, threads, most)
        picture, output = self._session.get_inputs()[0], self._session.get_outputs()[0]
        self.most = 1 if isinstance(picture.shape[0], int) else most
        self._picture, self._output = picture.name, output.name
        self._dtypes = _DTYPES[picture.type], _DTYPES[output.type]
        self._row = (3, *spec.input_hw)
        # A GPU chooses its kernels for each size of a batch: few sizes, the rest of a batch is padding.
        self._sizes = _powers_of_two(self.most) if provider in _ON_CUDA else tuple(range(1, self.most + 1))
        self._output_row = self._first_run()
        self.page_locked = False

    def buffers(self) -> Buffers:
        pictures = np.zeros((self.most, *self._row), self._dtypes[0])
        outputs = np.zeros((self.most, *self._output_row), self._dtypes[1])
        if self.provider in _ON_CUDA:
            self.page_locked = all([page_lock(pictures), page_lock(outputs)])
        return Buffers(pictures, outputs)

    def run(self, buffers: Buffers, count: int) -> None:
        size = next(size for size in self._sizes if size >= count)
        binding = self._session.io_binding()
        # Bound anew each time: for a GPU, binding is what copies the pictures over.
        binding.bind_cpu_input(self._picture, buffers.pictures[:size])
        rows = buffers.outputs[:size]
        binding.bind_output(self._output, "cpu", 0, rows.dtype.type, rows.shape, rows.ctypes.data)
        self._session.run_with_iobinding(binding)

    def _first_run(self) -> tuple[int, ...]:
        """The shape of one output row, which a graph with open axes does not tell."""
        (output,) = self._session.run([self._output], {self._picture: np.zeros((1, *self._row), self._dtypes[0])})
        return tuple(output.shape[1:])


def page_lock(array: npt.NDArray[Any], runtime: Any = None) -> bool:
    """Keep an array's memory from being paged out, so that a GPU may fetch it alone; until the array is gone.

    `runtime` is CUDA's own library, found where not given. False where there is none or it refuses: slower, not wrong.
    """
    runtime = runtime or _cuda_runtime()
    if runtime is None:
        return False
    address = ctypes.c_void_p(array.ctypes.data)
    if runtime.cudaHostRegister(address, ctypes.c_size_t(array.nbytes), ctypes.c_uint(0)) != 0:
        return False
    weakref.finalize(array, runtime.cudaHostUnregister, address)
    return True


def _cuda_runtime() -> Any:
    for name in _CUDA_RUNTIMES:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def _powers_of_two(most: int) -> tuple[int, ...]:
    """1, 2, 4 … and `most` itself."""
    return (*(1 << power for power in range(most.bit_length()) if 1 << power < most), most)
