"""Notices, sent for real: to a program that checks the signature, to WeCom, DingTalk, Feishu and a provider of short
messages on a private network, played here as strictly, to a mail server, and to a broker where mosquitto is installed.
One is refused, lies among the dead with its reason, and is sent again; one channel sleeps, and what is for it waits.

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
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from chats import Chats
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
    body = {"email": "grid1@town.example", "phone": "13800000000"}
    told = api.put(path, json=body, headers=seen).raise_for_status().json()
    print(f"  grid1 is reached at {told['email']} and {told['phone']}")


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


def asleep() -> tuple[str, str]:
    """From an hour ago for two hours, by the site's clock."""
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    return f"{now - timedelta(hours=1):%H:%M}", f"{now + timedelta(hours=1):%H:%M}"


def tour(house: Tour, program: Program, chats: Chats, mail: MailServer, board: tuple[int, list[str]] | None) -> None:
    with house.served(), house.signed_in("admin") as api:
        house.say("who is told where")
        reachable(api)
        states(api)
        house.say("a hazard is reported, a ticket goes out, and with it its notices")
        report(api, "a bag")
        until(lambda: program.taken and len(chats.taken) >= 4 and mail.taken and (board is None or board[1]))
        for line in [*program.taken, *sorted(chats.taken), *mail.taken]:
            print(f"  {line}")
        for line in board[1] if board else ["mqtt: mosquitto is not installed"]:
            print(f"  {line}")
        if any("WRONG" in line for line in [*program.taken, *chats.taken]):
            raise SystemExit("a signature was refused")
        [held] = deliveries(api, channel="night")
        print(f"  it is night for one channel: delivery {held['id']} is {held['state']} until {held['due_at']}")
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
        program, chats, mail = Program(secret.encode()), Chats(secret), MailServer()
        house.environment = {"TOUR_SECRET": secret}
        board = stack.enter_context(broker(Path(folder)))
        text = WEBHOOK.format(url=program.url, secret=key) + chats.config(asleep()) + MAIL.format(port=mail.port)
        (house.data / "notify.toml").write_text(text + (MQTT.format(port=board[0]) if board else ""))
        print(house.sanxun("notify", "check"))
        for server in (program, chats, mail):
            stack.enter_context(running(server))
        tour(house, program, chats, mail, board)


if __name__ == "__main__":
    main()
