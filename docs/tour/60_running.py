"""Running it, as its operator sees it: is it ready, who looked at what, polling for little, the database by command.

SANXUN_PASSWORD=… python docs/tour/60_running.py --url http://127.0.0.1:8080 --user admin --data data

`--data` is the server's folder, for the commands that work on it while the server runs: a check and a backup, which is
restored into a folder of its own, `build/tour-restored`, and checked there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx


def show_health(url: str) -> None:
    for path in ("/healthz", "/readyz"):
        answer = httpx.get(url + path, timeout=20)
        print(f"{path}: {answer.status_code} {answer.text}")


def show_polling(api: httpx.Client) -> None:
    first = api.get("/tickets?limit=20").raise_for_status()
    again = api.get("/tickets?limit=20", headers={"If-None-Match": first.headers["etag"]})
    print(
        f"the list of tickets: {len(first.content)} bytes; asked again: {again.status_code}, {len(again.content)} bytes"
    )


def show_views(api: httpx.Client) -> None:
    tickets = api.get("/tickets?limit=50").raise_for_status().json()["items"]
    still = next((ticket["still_url"] for ticket in tickets if ticket["still_url"]), None)
    if still is None:
        print("no ticket has a picture yet")
        return
    path = still.removeprefix("/api/v1")
    picture = api.get(path).raise_for_status().content
    views = api.get(path.replace(".jpg", "/views")).raise_for_status().json()["items"]
    print(f"a picture of {len(picture)} bytes, EXIF in it: {b'Exif' in picture}; seen {len(views)} times")


def show_database(data: Path) -> None:
    command = [sys.executable, "-m", "api.cli", "db"]
    restored = Path("build/tour-restored")
    shutil.rmtree(restored, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        tar = Path(folder) / "tour.tar"
        for what in (
            ["check", "--data", str(data)],
            ["backup", str(tar), "--data", str(data)],
            ["restore", str(tar), "--data", str(restored)],
        ):
            print("$ sanxun db", *what, flush=True)
            # The copy stands in a database of its own: what the environment says is the server's.
            mine = {name: value for name, value in os.environ.items() if not name.startswith("SANXUN_DATABASE")}
            subprocess.run([*command, *what], check=True, env=mine if "restore" in what else None)
    if (data / "seal.keys").exists():
        shutil.copy(data / "seal.keys", restored / "seal.keys")
    print("$ sanxun db check --deep --data", restored, flush=True)
    subprocess.run([*command, "check", "--deep", "--data", str(restored)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default=os.environ.get("SANXUN_URL", "http://127.0.0.1:8080"))
    parser.add_argument("--user", default=os.environ.get("SANXUN_USER", "admin"))
    parser.add_argument("--password", default=os.environ.get("SANXUN_PASSWORD"))
    parser.add_argument("--data", type=Path, help="the server's data folder, where it is on this machine")
    given = parser.parse_args()
    if not given.password:
        parser.error("give --password, or SANXUN_PASSWORD in the environment")
    show_health(given.url)
    with httpx.Client(base_url=f"{given.url}/api/v1", timeout=30) as api:
        api.post("/session", json={"username": given.user, "password": given.password}).raise_for_status()
        show_polling(api)
        show_views(api)
    if given.data:
        show_database(given.data)


if __name__ == "__main__":
    main()
