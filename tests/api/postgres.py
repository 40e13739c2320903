"""A real PostgreSQL for tests and benches: its own folder, a socket there and no port, gone when its user is gone."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.api.house import Served

_BIN = Path("/usr/lib/postgresql")


def binaries() -> Path | None:
    """The folder of the newest installed server's programs."""
    found = sorted(_BIN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def _as_somebody() -> list[str]:
    """The server refuses to run as root. What is started this way is told to end when its parent does."""
    setpriv = shutil.which("setpriv")
    if os.getuid() != 0:
        return [setpriv, "--pdeathsig", "INT"] if setpriv else []
    assert setpriv, "PostgreSQL does not run as root, and there is no setpriv to become somebody else with"
    who = _somebody()
    return [setpriv, f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups", "--pdeathsig", "INT"]


def _somebody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


@dataclass
class Postgres:
    """A running server. `durable`: as a town would run it; otherwise without waiting for the disk, as tests may."""

    folder: Path
    durable: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+asyncpg://sanxun@/{database}?host={self.folder}"

    def initialise(self) -> None:
        programs = binaries()
        assert programs is not None
        if os.getuid() == 0:
            who = _somebody()
            os.chown(self.folder, who.pw_uid, who.pw_gid)
        command = [
            *_as_somebody(), str(programs / "initdb"), "-D", str(self.folder / "data"), "-U", "sanxun",
            "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions",
        ]  # fmt: skip
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def start(self) -> None:
        programs = binaries()
        assert programs is not None
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.folder), **self.settings}
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_as_somebody(), str(programs / "postgres"), "-D", str(self.folder / "data"), *options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        deadline = time.monotonic() + 240
        while not self._answers(programs):
            assert self._process.poll() is None, (self.folder / "log").read_text(errors="replace")[-2000:]
            assert time.monotonic() < deadline, "PostgreSQL did not start within 240 s"
            time.sleep(0.02)

    def _answers(self, programs: Path) -> bool:
        if not (self.folder / ".s.PGSQL.5432").exists():
            return False
        return subprocess.run([programs / "pg_isready", "-q", "-h", self.folder], check=False).returncode == 0

    def kill(self) -> None:
        """As a power cut would: the server and every process of it, at once."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=90)
        # Its children outlive it, and the memory that they share keeps the next one from starting.
        while orphans := self._at_work():
            for pid in orphans:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.002)

    def _at_work(self) -> list[int]:
        """The processes that stand in the data folder, as all of a server do."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if os.readlink(process / "cwd") == str(self.folder / "data"):
                    found.append(int(process.name))
        return found

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=90)

    def run(self, sql: str, database: str = "postgres") -> str:
        """Through psql, which needs no driver of ours."""
        programs = binaries()
        assert programs is not None
        command: list[str | Path] = [
            programs / "psql",
            "-XAtq",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            self.folder,
            "-U",
            "sanxun",
            database,
        ]
        return subprocess.run([*command, "-c", sql], check=True, capture_output=True, text=True).stdout.strip()

    def new_database(self, template: str = "template0") -> str:
        """Its name."""
        name = f"town_{next(self._numbers)}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name


@contextmanager
def running(*, durable: bool = False, **settings: str) -> Iterator[Postgres]:
    # Not in pytest's folder: that is its owner's alone, and the server is somebody else.
    server = Postgres(Path(tempfile.mkdtemp(prefix="sanxun-pg-")), durable, settings)
    try:
        server.initialise()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


def url_of(served: Served) -> str:
    return (served.data / "sanxun.toml").read_text().split('"')[1]
