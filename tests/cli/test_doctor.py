"""`sanxun doctor`: what it finds on this machine, and what it would say of others."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api.cli.checks import inference, machine, network, storage, video
from api.cli.checks.check import MISSING, OK, WARN, Check
from api.cli.doctor import cameras_of
from api.site.offline import write_site
from streams.site import parse_site
from tests.api.house import SITE
from tests.conftest import REPOSITORY


def doctor(*arguments: object) -> tuple[int, dict[str, dict[str, str]]]:
    command = [sys.executable, "-m", "api.cli", "doctor", "--json", *map(str, arguments)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=400)
    assert not done.stderr
    return done.returncode, {check["name"]: check for check in json.loads(done.stdout)}


def test_every_check_says_what_it_found_and_what_to_do(tmp_path: Path) -> None:
    status, found = doctor("--data", tmp_path)
    assert len(found) == 19
    assert {check["state"] for check in found.values()} <= {OK, WARN, MISSING}
    assert [name for name, check in found.items() if check["state"] != OK and not check["advice"]] == []
    assert [name for name, check in found.items() if not check["found"]] == []
    assert status == any(check["state"] == MISSING for check in found.values())
    assert "fsync" in found["disk"]["found"]
    assert list(tmp_path.iterdir()) == []  # it looks, and leaves nothing


def test_it_counts_for_the_cameras_of_the_site_or_those_named(tmp_path: Path) -> None:
    assert cameras_of(tmp_path) is None
    write_site(tmp_path, parse_site(SITE))
    before = hashlib.sha256((tmp_path / "sanxun.db").read_bytes()).hexdigest()
    assert cameras_of(tmp_path) == 3
    assert hashlib.sha256((tmp_path / "sanxun.db").read_bytes()).hexdigest() == before
    _, found = doctor("--data", tmp_path, "--cameras", "300")
    assert "300 cameras need 7.0 GB" in found["memory"]["found"]
    assert "300 cameras need 1400" in found["open files"]["found"]


def test_a_database_that_is_none_is_no_site(tmp_path: Path) -> None:
    (tmp_path / "sanxun.db").write_bytes(b"not a database" * 100)
    assert cameras_of(tmp_path) is None


@pytest.mark.parametrize(
    ("there", "nvidia", "system", "arch", "advice"),
    [
        (("openvino", "cpu"), False, "linux", "x86_64", ""),
        (("cpu",), False, "linux", "x86_64", "pip uninstall -y onnxruntime && pip install onnxruntime-openvino"),
        (("openvino", "cpu"), True, "linux", "x86_64", "pip install onnxruntime-gpu"),
        (("tensorrt", "cuda", "cpu"), True, "linux", "x86_64", ""),
        (("cpu",), False, "linux", "aarch64", ""),
        (("coreml", "cpu"), False, "darwin", "arm64", ""),
    ],
    ids=["openvino", "plain", "gpu unused", "gpu used", "arm", "mac"],
)
def test_a_faster_provider_is_named_with_the_way_to_it(
    there: tuple[str, ...], nvidia: bool, system: str, arch: str, advice: str
) -> None:
    check = inference.judged_providers(there, nvidia, system, arch, "onnxruntime")
    assert check.state == (WARN if advice else OK)
    assert advice in check.advice
    assert bool(check.advice) is bool(advice)


@pytest.mark.parametrize(
    ("check", "state", "words"),
    [
        (machine.judged_cores(8, None), OK, "8 may be used"),
        (machine.judged_cores(1, None), WARN, "two keep"),
        (machine.judged_cores(16, 2.5), WARN, "--threads 2"),
        (machine.judged_cores(4, 0.5), WARN, "--threads 1"),
        (machine.judged_cores(2, 4.0), OK, "2 may be used"),
        (machine.judged_memory(8.0, 6.0, 100), OK, "8.0 GB may be used, 6.0 GB free"),
        (machine.judged_memory(2.0, None, 100), WARN, "enough for 50 cameras"),
        (machine.judged_memory(0.5, None, 100), WARN, "enough for 0 cameras"),
        (machine.judged_memory(None, None, 10), WARN, "need 1.2 GB"),
        (machine.judged_clock(0, 0x2001, 0.002), OK, "at most 0.002 s off"),
        (machine.judged_clock(5, 0x40, 16.0), WARN, "timedatectl"),
        (machine.judged_clock(0, 0x40, 0.1), WARN, "timedatectl"),
        (machine.judged_clock(0, 0, 3.0), WARN, "at most 3 s off"),
        (machine.judged_clock(-1, 0, 0.0), WARN, "does not say"),
        (storage.judged_room(Path("/data"), 0.2), MISSING, "free some"),
        (storage.judged_room(Path("/data"), 3.0), WARN, "keep evidence for longer"),
        (storage.judged_room(Path("/data"), 80.0), OK, "80.0 GB free"),
        (storage.judged_sync(0.004, 0.02), OK, "4 ms"),
        (storage.judged_sync(0.2, 0.9), WARN, "SSD"),
        (network.judged_files(1024, 4096, 100), OK, "need 600"),
        (network.judged_files(1024, 4096, 500), WARN, "ulimit -n 2200"),
        (network.judged_files(1024, None, 500), WARN, "ulimit -n 2200"),
        (network.judged_files(1024, 1024, 500), WARN, "raise the hard limit of 1024"),
        (network.judged_tcp(4 << 20, 6 << 20), OK, "1024 kB a camera: naps of 400 ms up to 6.99 Mbit/s"),
        (network.judged_tcp(212_992, 6 << 20), OK, "3072 kB a camera"),
        (network.judged_tcp(212_992, 131_072), WARN, "sysctl -w net.core.rmem_max=1048576"),
        (network.judged_udp(4 << 20), OK, "4096 kB a camera"),
        (network.judged_udp(212_992), WARN, "sysctl -w net.core.rmem_max=2097152"),
    ],
    ids=lambda value: value.name if isinstance(value, Check) else "",
)
def test_other_machines_are_judged_too(check: Check, state: str, words: str) -> None:
    assert check.state == state
    assert words in f"{check.found} {check.advice}"
    assert (state == OK) is (check.advice == "")


def test_the_kernels_clock_is_asked_for_real() -> None:
    if sys.platform != "linux":
        pytest.skip("adjtimex is Linux's")
    state, status, most_error_s = machine._kernel_clock()
    assert state in range(-1, 6)
    assert status >= 0
    assert 0 <= most_error_s <= 60


def test_a_cgroups_quota_is_found_in_both_versions(tmp_path: Path) -> None:
    assert machine._quota(tmp_path) is None
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu/cpu.cfs_quota_us").write_text("150000\n")
    (tmp_path / "cpu/cpu.cfs_period_us").write_text("100000\n")
    assert machine._quota(tmp_path) == 1.5
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert machine._quota(tmp_path) is None
    (tmp_path / "cpu.max").write_text("250000 100000\n")
    assert machine._quota(tmp_path) == 2.5


def test_the_disk_is_really_written_to(tmp_path: Path) -> None:
    began_s = time.monotonic()
    check = storage.sync_speed(tmp_path)
    assert check.state in (OK, WARN)
    assert time.monotonic() - began_s < 60
    if os.geteuid() == 0 and Path("/proc/self").is_dir():
        assert storage.sync_speed(Path("/proc/self")).state == MISSING


def test_hardware_decoders_are_tried_and_not_believed() -> None:
    check = video.hardware()
    assert check.state == OK
    assert "starts here" in check.found
    assert video.decoders().state == OK
