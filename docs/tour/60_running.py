"""Running it, as its operator does: a configuration with a mistake, HTTPS with a certificate of its own, health and
readiness, logs, an upgrade from an older database, systemd's view of the units.

python docs/tour/60_running.py

It serves an API of its own on a folder that goes when it ends. Half a minute.
"""

from __future__ import annotations

import argparse
import json
import shutil
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
from patrol_house import ROOT, Tour, free_port
from self_signed import make_certificate

from api.auth.bootstrap import bootstrap_users
from api.db.migrate import known_revisions, newest_revision

CONFIG = """
host = "127.0.0.1"
port = {port}
tls_cert = "{cert}"
tls_key = "{key}"
log_format = "json"
retention_days = 30
retention_days_by_hazard = {{ wiring = 90 }}
"""


def refused(house: Tour, config: Path) -> None:
    """What is wrong keeps the server from starting, and is named."""
    good = config.read_text()
    for mistake in ("prot = 8080", "retention_days = 0", 'oidc_client_secret = "in the open"'):
        config.write_text(f"{mistake}\n" if "=" in mistake and mistake.split()[0] in good else good + mistake + "\n")
        command = [sys.executable, "-m", "api.cli", "serve", "--data", str(house.data)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        print(f"  {mistake}: exit status {done.returncode}; {done.stderr.strip().splitlines()[-1][:150]}")
    config.write_text(good)
    (house.folder / "key.pem").chmod(0o644)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    print(
        f"  a private key for all to read: exit status {done.returncode}; {done.stderr.strip().splitlines()[-1][:150]}"
    )
    (house.folder / "key.pem").chmod(0o600)


def healthy(api: httpx.Client) -> None:
    for path in ("/healthz", "/readyz"):
        answer = api.get(path)
        print(f"  {path}: {answer.status_code} {answer.text[:200]}")
    secure = api.get("/", headers={"Accept": "text/html"}).headers
    print(f"  browsers keep to HTTPS: {secure.get('strict-transport-security')}")


def not_ready(house: Tour, api: httpx.Client) -> None:
    """What is missing is named, and a proxy sends nobody here; the process is as healthy as before."""
    keys = house.data / "seal.keys"
    if not keys.exists():  # the first original would make one
        house.sanxun("seal", "rotate", quiet=True)
    good = keys.read_bytes()
    keys.write_text("no key")
    answer = api.get("/readyz")
    print(f"  its seal keys are spoilt: /readyz {answer.status_code} {answer.text[:160]}")
    print(f"  and /healthz {api.get('/healthz').status_code}: to start the process again would heal nothing")
    keys.write_bytes(good)
    print(f"  with them again: /readyz {api.get('/readyz').status_code}")


def logs(house: Tour) -> None:
    lines = (house.folder / "serve.log").read_text().splitlines()
    read = [json.loads(line) for line in lines if line.startswith("{")]
    for line in read[:3]:
        print(f"  {line['at']} {line['level']} {line['logger']}: {line['message'][:80]}")


def upgraded(house: Tour) -> None:
    """An older release left its database behind: a backup, then the new release brings it up to date when it starts."""
    house.sanxun("db", "backup", str(house.folder / "before.tar"))
    print("  " + house.sanxun("db", "downgrade", known_revisions()[-3], "--yes").strip().replace("\n", "\n  "))
    config = house.data / "sanxun.toml"
    text = config.read_text()
    config.write_text(text + "migrate_on_start = false\n")
    command = [sys.executable, "-m", "api.cli", "serve", "--data", str(house.data)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    told = (done.stderr + done.stdout).strip().splitlines()[-1]
    print(f"  told not to migrate, it does not start on the older one: exit status {done.returncode}; {told[:160]}")
    config.write_text(text)


def units() -> None:
    tool = shutil.which("systemd-analyze")
    for unit in sorted((ROOT / "deploy").glob("*.service")):
        if tool is None:
            hard = [line for line in unit.read_text().splitlines() if line.startswith(("Protect", "NoNew", "Private"))]
            print(f"  {unit.name}: {len(hard)} lines of hardening (systemd-analyze is not here to judge them)")
            continue
        done = subprocess.run([tool, "verify", str(unit)], capture_output=True, text=True, timeout=60, check=False)
        odd = [line for line in done.stderr.splitlines() if unit.name in line and "not executable" not in line]
        print(f"  {unit.name}: {'; '.join(odd) or 'systemd has nothing against it'}")


def tour(house: Tour) -> None:
    house.passwords = bootstrap_users(house.data)
    cert, key = make_certificate(house.folder)
    port = free_port()
    config = house.data / "sanxun.toml"
    config.write_text(CONFIG.format(port=port, cert=cert, key=key))
    house.say("a configuration file, and what is wrong in one")
    refused(house, config)
    trusted = ssl.create_default_context(cafile=str(cert))
    house.say("HTTPS: its certificate is checked, and plain HTTP gets no answer")
    with house.served(port=port, trusted=trusted), httpx.Client(base_url=house.url, verify=trusted) as api:
        healthy(api)
        try:
            httpx.get(house.url.replace("https", "http"), timeout=5)
        except httpx.HTTPError as error:
            print(f"  plain HTTP: {type(error).__name__}")
        house.say("ready, or not")
        not_ready(house, api)
        house.say("its log, one object a line")
        logs(house)
    house.say(f"an upgrade: this release's schema is {newest_revision()}")
    upgraded(house)
    with house.served(port=port, trusted=trusted), httpx.Client(base_url=house.url, verify=trusted) as api:
        print(f"  started, and so migrated: /readyz {api.get('/readyz').status_code}")
    print("  " + house.sanxun("db", "check").strip().replace("\n", "\n  "))
    house.say("the units of systemd")
    units()


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory(prefix="sanxun-running-") as folder:
        tour(Tour(Path(folder)))


if __name__ == "__main__":
    main()
