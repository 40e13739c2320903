"""Notices, sent for real: to a program that checks the signature, to a mail server, and to a broker where mosquitto is
installed; one is refused, lies among the dead with its reason, and is sent again.

python docs/tour/40_notices.py

It serves an API of its own on a folder that goes when it ends, and the receivers beside it. Half a minute.
"""

from __future__ import annotations

import argparse
import secrets
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
from patrol_house import Tour
from receivers import MailServer, Program, broker, running

from api.auth.bootstrap import bootstrap_users

HERE = {"lon": 113.85, "lat": 27.62, "datum": "WGS-84"}
WEBHOOK = """
[[channel]]
id = "program"
kind = "webhook"
url = "{url}"
secret = {{ file = "{secret}" }}
language = "en"
"""
MAIL = """
[[channel]]
id = "mail"
kind = "email"
host = "127.0.0.1"
port = {port}
security = "none"
sender = "sanxun@town.example"
topics = ["dispatched"]
language = "en"
"""
MQTT = """
[[channel]]
id = "board"
kind = "mqtt"
host = "127.0.0.1"
port = {port}
topics = ["dispatched"]
"""


def until(what: Callable[[], Any], patience_s: float = 60) -> Any:
    ends_s = time.monotonic() + patience_s
    while not (found := what()):
        if time.monotonic() > ends_s:
            raise SystemExit("it never came; the server's log is serve.log in its folder")
        time.sleep(0.2)
    return found


def report(api: httpx.Client, words: str) -> dict[str, Any]:
    made = api.post("/reports", json={"where": HERE, "kind": "rubbish", "words": words}).raise_for_status().json()
    print(f"  reported on foot: ticket #{made['ticket_number']} is {made['ticket_state']}")
    return dict(made)


def reachable(api: httpx.Client) -> None:
    """Where grid1 is reached; written only over what was read."""
    path = "/notify/contacts/grid1"
    seen = {"If-Match": api.get(path).raise_for_status().headers["ETag"]}
    told = api.put(path, json={"email": "grid1@town.example"}, headers=seen).raise_for_status().json()
    print(f"  grid1 is reached at {told['email']}")


def states(api: httpx.Client) -> None:
    for one in api.get("/notify/channels").raise_for_status().json()["items"]:
        print(f"  {one['id']} ({one['kind']}): {one['sent']} sent, {one['waiting']} waiting, {one['dead']} dead")


def deliveries(api: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/notify/deliveries", params=query).raise_for_status().json()["items"]
    return found


def dead_and_again(api: httpx.Client, program: Program) -> None:
    program.answers_with = 410
    report(api, "a second bag")
    [dead] = until(lambda: deliveries(api, state="dead", channel="program"))
    print(f"  {program.taken[-1]}")
    print(f"  delivery {dead['id']} is {dead['state']} after {dead['attempts']} attempt: {dead['last_error']}")
    before, program.answers_with = len(program.taken), 200
    again = api.post(f"/notify/deliveries/{dead['id']}/resend").raise_for_status().json()
    print(f"  the program is well again; delivery {again['id']} is {again['state']}")
    until(lambda: len(program.taken) > before)
    print(f"  {program.taken[-1]}: the same key, so that a receiver can tell")
    until(lambda: not deliveries(api, state="dead"))


def tour(house: Tour, program: Program, mail: MailServer, board: tuple[int, list[str]] | None) -> None:
    with house.served(), house.signed_in("admin") as api:
        house.say("who is told where")
        reachable(api)
        states(api)
        house.say("a hazard is reported, a ticket goes out, and with it its notices")
        report(api, "a bag")
        until(lambda: program.taken and mail.taken and (board is None or board[1]))
        for line in [*program.taken, *mail.taken, *(board[1] if board else ["mqtt: mosquitto is not installed"])]:
            print(f"  {line}")
        if any("WRONG" in line for line in program.taken):
            raise SystemExit("the program refused the signature")
        house.say("the program says 410 Gone: no use in trying again, so a person decides")
        dead_and_again(api, program)
        house.say("a test of one channel, whatever it hears of")
        before = len(program.taken)
        api.post("/notify/channels/program/test").raise_for_status()
        until(lambda: len(program.taken) > before)
        print(f"  {program.taken[-1]}")
        states(api)


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory(prefix="sanxun-notices-") as folder, ExitStack() as stack:
        house, secret = Tour(Path(folder)), secrets.token_hex(16)
        house.passwords = bootstrap_users(house.data)
        key = Path(folder) / "hook.secret"
        key.write_text(secret)
        key.chmod(0o600)
        program, mail = Program(secret.encode()), MailServer()
        board = stack.enter_context(broker(Path(folder)))
        text = WEBHOOK.format(url=program.url, secret=key) + MAIL.format(port=mail.port)
        (house.data / "notify.toml").write_text(text + (MQTT.format(port=board[0]) if board else ""))
        print(house.sanxun("notify", "check"))
        for server in (program, mail):
            stack.enter_context(running(server))
        tour(house, program, mail, board)


if __name__ == "__main__":
    main()
