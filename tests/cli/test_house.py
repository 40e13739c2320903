"""The supervisor: children end with their parent, whatever ends it, and a port in use is said."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.cli.house import PortTaken, run_house
from api.cli.processes import free_port, is_free
from tests.end_to_end.house import REPOSITORY, wait_for

# A worker with weights that are not there ends at once and is started again: the API is what is looked at here.
HOUSE = """
import sys
from pathlib import Path
from api.cli.house import run_house
ready = lambda url: print("ready", flush=True)
run_house(Path(sys.argv[1]), "127.0.0.1", int(sys.argv[2]), model="absent.onnx", ready=ready)
"""


@pytest.fixture
def port() -> int:
    return free_port("127.0.0.1")


@pytest.fixture
def parent(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOUSE, str(tmp_path), str(port)]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda s: s.name)
def test_no_child_outlives_its_parent(number: signal.Signals, parent: subprocess.Popen[str], port: int) -> None:
    assert not is_free("127.0.0.1", port)
    parent.send_signal(number)
    wait_for("the port to be free", lambda: is_free("127.0.0.1", port), 120)
    code = parent.wait(timeout=120)
    assert code == (0 if number is not signal.SIGKILL else -signal.SIGKILL)


def test_a_port_in_use_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {taken} .* in use"):
            run_house(tmp_path, "127.0.0.1", taken, model=None, ready=print)
