"""Running it: settings from a file, HTTPS with a certificate of its own, behind a proxy, readiness, logs, units."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.cli.processes import free_port
from api.cli.serve import believed
from api.config_file import WrongConfiguration
from api.kit.logs import JsonLines
from api.settings import Settings
from streams.delivery.link import ApiLink
from tests.api.house import PATIENCE_S
from tests.api.stored import copied
from tests.certificates import self_signed
from tests.conftest import REPOSITORY, missing


def configured(data: Path, text: str) -> Settings:
    (data / "sanxun.toml").write_text(text)
    return Settings(data=data)


def test_what_is_stronger_stands_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "port = 1001\nretention_days = 7\nretention_days_by_hazard = {wiring = 90}\n"
    found = configured(tmp_path, text)
    assert (found.port, found.retention_days, found.retention_days_by_hazard["wiring"]) == (1001, 7, 90)
    secret = tmp_path / "port"
    secret.write_text("1002\n")
    secret.chmod(0o600)
    monkeypatch.setenv("SANXUN_PORT_FILE", str(secret))
    assert Settings(data=tmp_path).port == 1002
    monkeypatch.setenv("SANXUN_PORT", "1003")
    assert Settings(data=tmp_path).port == 1003
    assert Settings(data=tmp_path, port=1004).port == 1004
    assert Settings(data=tmp_path).session_hours == 12


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prot = 1", "no setting 'prot'"),
        ("port = 70000", "port cannot be used"),
        ("port = ", "Invalid value"),
        ('data = "/elsewhere"', "no setting 'data'"),
        ('database_url = "postgresql://u:geheim@h/x"', "SANXUN_DATABASE_URL_FILE"),
        ('oidc_client_secret = "geheim"', "SANXUN_OIDC_CLIENT_SECRET_FILE"),
        ('tls_cert = "cert.pem"', "go together"),
    ],
)
def test_a_wrong_file_says_what_is_wrong_and_no_secret(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(WrongConfiguration, match=words) as refused:
        configured(tmp_path, text)
    assert "geheim" not in str(refused.value)


def test_a_secret_that_everybody_may_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://u:p@h/x\n")
    monkeypatch.setenv("SANXUN_DATABASE_URL_FILE", str(secret))
    secret.chmod(0o644)
    with pytest.raises(WrongConfiguration, match="chmod 600"):
        Settings(data=tmp_path)
    secret.chmod(0o640)
    assert Settings(data=tmp_path).url == "postgresql://u:p@h/x"


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(r"`([a-z_]+)`", (REPOSITORY / "docs" / "running.md").read_text()))
    assert set(Settings.model_fields) - documented == set()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def behind(
    tmp_path_factory: pytest.TempPathFactory, applied_site: Path, certificate: tuple[Path, Path]
) -> Iterator[tuple[str, Path, Path]]:
    """`sanxun serve` with a certificate, a trusted proxy on this machine and a log of JSON lines: address, folder,
    log."""
    data = tmp_path_factory.mktemp("running")
    copied(applied_site, data)
    port, log = free_port("127.0.0.1"), data / "log"
    settings = data / "sanxun.toml"
    settings.write_text(
        (settings.read_text() if settings.exists() else "")
        + f'port = {port}\ntls_cert = "{certificate[0]}"\ntls_key = "{certificate[1]}"\ntrusted_proxies = "127.0.0.1"\n'
        'log_format = "json"\n'
    )
    with log.open("wb") as file:
        process = subprocess.Popen([sys.executable, "-m", "api.cli", "serve", "--data", str(data)], stderr=file)
    url = f"https://localhost:{port}"
    try:
        trust = ssl.create_default_context(cafile=certificate[0])
        for _ in range(600):
            assert process.poll() is None, log.read_text()
            try:
                httpx.get(f"{url}/healthz", verify=trust, trust_env=False, timeout=PATIENCE_S)
                break
            except httpx.TransportError:
                process_wait(process)
        yield url, data, log
    finally:
        process.terminate()
        process.wait(timeout=90)


def process_wait(process: subprocess.Popen[bytes]) -> None:
    """A tenth of a second, or less where it ends."""
    try:
        process.wait(0.1)
    except subprocess.TimeoutExpired:
        return


def test_https_with_a_certificate_of_its_own(
    behind: tuple[str, Path, Path], certificate: tuple[Path, Path], passwords: dict[str, str]
) -> None:
    url, _, log = behind
    trust = ssl.create_default_context(cafile=certificate[0])
    with httpx.Client(base_url=url, verify=trust, trust_env=False, timeout=90) as client:
        answer = client.post("/api/v1/session", json={"username": "admin", "password": passwords["admin"]})
        assert answer.status_code == 200
        assert "secure" in answer.headers["set-cookie"].lower()
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert client.get("/readyz").json()["checks"] | {"disk": ""} == {
            "database": "ok",
            "evidence": "ok",
            "seal_key": "ok",
            "disk": "",
        }
    with pytest.raises(httpx.TransportError):
        httpx.get(url.replace("https", "http") + "/healthz", trust_env=False, timeout=PATIENCE_S)
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert any("ends in" in line["message"] and line["level"] == "warning" for line in lines)
    assert all({"at", "level", "logger", "message"} <= set(line) for line in lines)


def test_a_worker_trusts_the_towns_own_authority(
    behind: tuple[str, Path, Path], certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.auth.roles import Role
    from api.auth.tokens import make_token

    token = make_token(behind[1], Role.WORKER)
    monkeypatch.setenv("SANXUN_API_CA", str(certificate[0]))
    with ApiLink(behind[0], token) as link:
        site = link.fetch_site()
    assert site is not None
    assert [camera.id for camera in site.camera] == ["cam-1", "cam-2", "cam-3"]


def test_only_a_trusted_proxy_says_who_asks(behind: tuple[str, Path, Path], certificate: tuple[Path, Path]) -> None:
    """Failures are counted for the address that the proxy names: another visitor is not kept waiting."""
    trust = ssl.create_default_context(cafile=certificate[0])
    wrong = {"username": "centre", "password": "wrong-password"}
    with httpx.Client(base_url=behind[0], verify=trust, trust_env=False, timeout=90) as client:

        def sign_in(address: str) -> int:
            answer = client.post("/api/v1/session", json=wrong, headers={"X-Forwarded-For": address})
            return answer.status_code

        assert [sign_in("198.51.100.1") for _ in range(6)] == [401] * 5 + [429]
        assert sign_in("198.51.100.2") == 401


def test_nobodys_forwarding_is_believed_by_default(tmp_path: Path) -> None:
    assert believed(Settings(data=tmp_path).trusted_proxies) == {"proxy_headers": False, "forwarded_allow_ips": ""}


@pytest.mark.parametrize("spoil", ["not a pair", "everybody's", "missing"])
def test_a_certificate_that_cannot_serve_is_named_at_start(
    spoil: str, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    from api.cli.serve import _tls

    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    shutil.copy(certificate[0], cert)
    shutil.copy(certificate[1], key)
    key.chmod(0o644 if spoil == "everybody's" else 0o600)
    if spoil == "not a pair":
        key.write_bytes(cert.read_bytes())
    if spoil == "missing":
        cert.unlink()
    with pytest.raises(WrongConfiguration, match=r"no certificate with its key|everybody may read|cannot be read"):
        _tls(Settings(data=tmp_path, tls_cert=cert, tls_key=key))


def test_a_fault_is_one_json_line_with_its_trace() -> None:
    try:
        raise ValueError("街道\nsecond line")
    except ValueError:
        record = logging.LogRecord("sanxun.api", logging.ERROR, __file__, 1, "it %s", ("failed",), sys.exc_info())
    line = JsonLines().format(record)
    assert "\n" not in line
    found = json.loads(line)
    assert (found["message"], found["level"]) == ("it failed", "error")
    assert "街道" in found["error"]


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """With the program in its place: a stand-in, since tests install nothing under /opt."""
    analyse = shutil.which("systemd-analyze")
    if analyse is None:
        missing("systemd-analyze is not installed")
    for unit in (REPOSITORY / "deploy").iterdir():
        if unit.suffix in (".service", ".timer"):
            text = unit.read_text().replace("/opt/sanxun/.venv/bin/sanxun", "/bin/true")
            (tmp_path / unit.name).write_text(text)
    units = sorted(str(path) for path in tmp_path.iterdir())
    done = subprocess.run([str(analyse), "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "sanxun" in line]
    assert ours == []


def test_an_older_program_refuses_a_newer_database_and_says_the_way_back(tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    from typer.testing import CliRunner

    from api.cli import db

    assert CliRunner().invoke(db.app, ["upgrade", "--data", str(tmp_path)]).exit_code == 0
    with closing(sqlite3.connect(tmp_path / "sanxun.db")) as stored:
        stored.execute("UPDATE alembic_version SET version_num = '9999'")
        stored.commit()
    refused = CliRunner().invoke(db.app, ["check", "--data", str(tmp_path)])
    assert refused.exit_code == 1
    assert "9999" in str(refused.exception)
    assert "sanxun db downgrade" in str(refused.exception)


def test_a_server_that_may_not_migrate_says_so(tmp_path: Path) -> None:
    (tmp_path / "sanxun.toml").write_text("migrate_on_start = false\n")
    command = [sys.executable, "-m", "api.cli", "serve", "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ, timeout=300)
    assert done.returncode == 1
    assert "sanxun db upgrade" in done.stderr
