"""MQTT before a real broker."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest

from api.notify.channels.message import Unreachable
from api.notify.channels.mqtt import Mqtt
from tests.conftest import missing
from tests.local import free_port, until
from tests.notify.sending import message, send


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    program = shutil.which("mosquitto") or ("/usr/sbin/mosquitto" if Path("/usr/sbin/mosquitto").exists() else None)
    if program is None:
        missing("there is no MQTT broker: apt install mosquitto")
    port = free_port()
    settings = tmp_path / "broker.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    process = subprocess.Popen([str(program), "-c", str(settings)], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)


def test_a_broker_hands_it_to_whoever_listens_to_the_grid(broker: int) -> None:
    got: list[tuple[str, Any]] = []
    ready = []
    listener = paho.Client(paho.CallbackAPIVersion.VERSION2)
    listener.on_message = lambda _client, _data, found: got.append((found.topic, json.loads(found.payload)))
    listener.on_subscribe = lambda *_: ready.append(True)
    listener.on_connect = lambda client, *_: client.subscribe("sanxun/#", qos=1)
    listener.connect("127.0.0.1", broker)
    listener.loop_start()
    try:
        until(lambda: bool(ready))
        channel = Mqtt("127.0.0.1", broker, False, None, None, "sanxun/{unit}/{topic}")
        send(channel, message(body={"unit": "west/../#", "topic": "dispatched"}))
        until(lambda: bool(got))
    finally:
        listener.disconnect()
        listener.loop_stop()
    assert got == [("sanxun/west_..__/dispatched", {"unit": "west/../#", "topic": "dispatched"})]


def test_no_broker_may_work_later() -> None:
    with pytest.raises(Unreachable):
        send(Mqtt("127.0.0.1", free_port(), False, None, None, "sanxun/{topic}"))
