"""A drone's own MAVLink beside its video: the simulated autopilot flies, and what it tells places its pictures."""

from __future__ import annotations

import asyncio
import gc
import random
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from drone.fly.flight import Flight
from drone.link.clocks import Clocks
from drone.link.confirmation import Confirmation
from drone.link.dialect import mavlink
from drone.link.frames import Frame as Packet
from drone.link.frames import Splitter
from drone.link.signing import Guard, SigningKey
from drone.link.tlog import TLog
from drone.link.upload import upload
from drone.simulated.time import loop_wall_s
from drone.telemetry.live import LiveTelemetry
from drone.telemetry.track import LAT, LON, PITCH, YAW
from streams.aerial.poses import open_poses
from streams.aerial.vehicle_poses import VehiclePoses
from streams.decoding.picture import ArrayShot
from streams.errors import SourceUnusable
from streams.settings.telemetry import TelemetrySettings
from tests.drone.peers.plans import METRES_PER_DEGREE, sweep
from tests.drone.peers.world import endless, virtually, when, world
from tests.local import free_port, until
from vision.types import Frame

SPEED_M_S = 8.0


@dataclass(frozen=True)
class Flown:
    """`packets` as they arrived, UNIX time and bytes; `truth` (N, 3) is the moment, longitude and latitude."""

    packets: list[tuple[float, bytes]]
    truth: np.ndarray[tuple[int, int], np.dtype[np.float64]]

    def off_m(self, told: LiveTelemetry) -> float:
        """How far the told places are from where the vehicle was, at most, at 20 moments of the last 10 s."""
        track = told.track
        assert track is not None
        moments = np.linspace(track.span_s[1] - 10, track.span_s[1] - 0.5, 20)
        rows = track.rows(moments)
        was = np.column_stack([np.interp(moments, self.truth[:, 0], self.truth[:, n]) for n in (1, 2)])
        return float(np.hypot(*(rows[:, [LON, LAT]] - was).T).max() * METRES_PER_DEGREE)


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> Flown:
    """Half a minute of a mission on the autopilot with ArduCopter's habits, in virtual time."""
    log = tmp_path_factory.mktemp("flown") / "flight.tlog"
    truth: list[tuple[float, float, float]] = []

    async def nobody_asks(by: Confirmation, what: str) -> None: ...

    async def fly() -> None:
        async with world(tlog=TLog(log, loop_wall_s)) as there:
            there.link.lease = endless(asyncio.get_running_loop().time)
            vehicle, plan = await there.vehicle(), sweep(4, speed_m_s=SPEED_M_S)
            await upload(vehicle, plan)
            flight = Flight(vehicle, plan, record=nobody_asks)
            await flight.start(Confirmation("li", "start", 1, plan.hash, loop_wall_s()))
            there.copter._intervals[mavlink.MAVLINK_MSG_ID_ATTITUDE] = 0.1
            began_s = loop_wall_s()

            def seen() -> bool:
                truth.append((loop_wall_s(), *there.copter.body.place))
                return loop_wall_s() - began_s > 30

            await when(seen)

    virtually(fly)
    data, packets = log.read_bytes(), []
    while data:
        (at_us,) = struct.unpack(">Q", data[:8])
        length = data[9] + (12 if data[8] == 0xFD else 8)
        packets.append((at_us / 1e6, data[8 : 8 + length]))
        data = data[8 + length :]
    return Flown([one for one in packets if parsed(one[1])[0].system == 1], np.array(truth))


def parsed(raw: bytes) -> list[Packet]:
    return Splitter().feed(raw, whole=True)


def told_late(flown: Flown, late_s: Callable[[], float], system: int | None = None) -> LiveTelemetry:
    told = LiveTelemetry(system)
    for at_s, raw in flown.packets:
        told.take(parsed(raw)[0], at_s + late_s())
    return told


def test_places_keep_the_vehicles_pace_however_unevenly_they_come(flown: Flown) -> None:
    """What comes 0 to 0.6 s late would be up to 4.8 m off where it was said to be when it came."""
    uneven = random.Random(3)
    told = told_late(flown, lambda: uneven.random() * 0.6)
    assert flown.off_m(told) < 0.05 * SPEED_M_S + 0.4
    assert told.track is not None
    angles = told.track.values[-20:][:, [YAW, PITCH]]
    assert np.abs(angles - (90.0, -45.0)).max() < 0.1, "the plan's gimbal, told in the earth's frame"


def test_a_whole_second_of_way_is_left_to_the_offset(flown: Flown) -> None:
    told = told_late(flown, lambda: 1.0)
    assert told.track is not None
    assert flown.off_m(told) == pytest.approx(SPEED_M_S, rel=0.4)
    poses = told.track.shifted(-1.0)
    assert poses.span_s[1] == pytest.approx(flown.packets[-1][0], abs=0.3)


def test_a_vehicle_that_was_switched_on_again_begins_anew(flown: Flown) -> None:
    told = told_late(flown, lambda: 0.0)
    at_s, raw = next(one for one in flown.packets if parsed(one[1])[0].message_id == 33)
    told.take(parsed(raw)[0], flown.packets[-1][0] + 20 + at_s % 1)
    assert told.track is not None
    assert len(told.track) == 1


def test_a_gimbal_without_a_clock_or_that_begins_anew_takes_no_place_away(flown: Flown) -> None:
    gimbal = mavlink.MAVLink(None, 1, 154)
    told = LiveTelemetry()
    for row, (at_s, raw) in enumerate(flown.packets):
        told.take(parsed(raw)[0], at_s)
        ms = 0 if row % 2 else int((at_s - flown.packets[0][0]) * 1000) % 9_000 + 1
        nods = mavlink.MAVLink_gimbal_device_attitude_status_message(0, 0, ms, 64, [1, 0, 0, 0], 0, 0, 0, 0)
        told.take(parsed(bytes(nods.pack(gimbal)))[0], at_s)
    whole = told_late(flown, lambda: 0.0).track
    assert told.track is not None
    assert whole is not None
    assert len(told.track) == len(whole)


def test_of_two_vehicles_none_is_taken_unless_it_is_named(flown: Flown) -> None:
    other = mavlink.MAVLink(None, 2, 1)
    position = mavlink.MAVLink_global_position_int_message(1000, 276_200_000, 1_139_000_000, 0, 0, 0, 0, 0, 0)
    for system, ambiguous in ((None, True), (1, False), (2, False)):
        told = told_late(flown, lambda: 0.0, system)
        told.take(parsed(bytes(position.pack(other)))[0], flown.packets[-1][0])
        assert (told.ambiguous, told.track is None) == (ambiguous, ambiguous)
    assert told.track is not None
    assert told.track.values[0, LON] == pytest.approx(113.9)


def test_another_drone_on_the_next_battery_is_the_only_one_after_a_minute(flown: Flown) -> None:
    other = mavlink.MAVLink(None, 2, 1)
    told = told_late(flown, lambda: 0.0)
    for second in (1, 30, 62):
        position = mavlink.MAVLink_global_position_int_message(
            second * 1000, 276_200_000, 1_139_000_000, 0, 0, 0, 0, 0, 0
        )
        told.take(parsed(bytes(position.pack(other)))[0], flown.packets[-1][0] + second)
        assert told.ambiguous is (second < 60)
    assert told.systems == {2}
    assert told.track is not None
    assert (len(told.track), told.track.values[-1, LON]) == (2, pytest.approx(113.9))


def test_a_flood_takes_no_more_than_its_share_of_memory(flown: Flown) -> None:
    told = told_late(flown, lambda: 0.0)
    at_s, raw = flown.packets[-1]
    raw = next(raw for _, raw in flown.packets if parsed(raw)[0].message_id == mavlink.MAVLINK_MSG_ID_ATTITUDE)
    (frame,) = parsed(raw)
    for _ in range(25_000):
        told.take(frame, at_s)
    assert len(told._told) == 20_000


@pytest.fixture
def port() -> int:
    return free_port(socket.SOCK_DGRAM)


def heard(told: LiveTelemetry, send: Callable[[], object]) -> Callable[[], bool]:
    """Whether it heard one more since; sent again until then, for the first ones come before anybody listens."""
    before = told.count

    def one_more() -> bool:
        if told.count == before:
            send()
        return told.count > before

    return one_more


def test_a_camera_hears_its_vehicle_over_udp_and_lets_the_port_go(flown: Flown, port: int) -> None:
    settings = TelemetrySettings(link=f"udp:127.0.0.1:{port}", system=1)
    now = [flown.packets[0][0]]
    wide = VehiclePoses(settings, lambda: now[0])
    tele = open_poses(settings)  # another camera on the same vehicle: one port, heard once
    assert isinstance(tele, VehiclePoses)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as router:
        last = [one for one in flown.packets if parsed(one[1])[0].message_id in (33, 285)][-60:]
        for at_s, raw in last:
            now[0] = at_s
            until(heard(wide.told, lambda raw=raw: router.sendto(raw, ("127.0.0.1", port))))  # type: ignore[misc]
    moment_s = last[-1][0] - 1.0
    taken = datetime.fromtimestamp(moment_s, UTC)
    frame = Frame("drone-1", taken, 7.0, (64, 48), ArrayShot(np.zeros((48, 64, 3), np.uint8)))
    for poses in (wide, tele):
        pose = poses.pose(frame)
        assert pose is not None
        was = [float(np.interp(moment_s, flown.truth[:, 0], flown.truth[:, n])) for n in (1, 2)]
        assert float(np.hypot(pose.lon - was[0], pose.lat - was[1])) * METRES_PER_DEGREE < 0.8
        assert (pose.captured_at, pose.gimbal_yaw_deg) == (taken, pytest.approx(90.0, abs=0.1))
    poses = wide
    del wide, tele, poses
    gc.collect()

    def free() -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
            try:
                again.bind(("127.0.0.1", port))
            except OSError:
                return False
            return True

    until(free)


def test_with_a_key_only_what_is_signed_is_believed(flown: Flown, port: int, tmp_path: Path) -> None:
    key = SigningKey.made(tmp_path / "key")
    poses = VehiclePoses(TelemetrySettings(link=f"udp:127.0.0.1:{port}", signing_key=str(tmp_path / "key")))
    guard = Guard(key, Clocks(None))
    raw = next(raw for _, raw in flown.packets if parsed(raw)[0].message_id == 33)
    hearing = poses._line.hearing
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as router:

        def said(data: Callable[[], bytes], heard: Callable[[], bool]) -> bool:
            router.sendto(data(), ("127.0.0.1", port))
            return heard()

        until(lambda: said(lambda: raw, lambda: hearing.refused > 0))
        assert poses.track is None
        until(lambda: said(lambda: guard.sign(raw), lambda: poses.track is not None))
    (tmp_path / "bad").write_text("00")
    with pytest.raises(SourceUnusable, match="bad"):
        VehiclePoses(TelemetrySettings(link=f"udp:127.0.0.1:{port}", signing_key=str(tmp_path / "bad")))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"link": "rtsp://drone"}, "expected udp:HOST:PORT"),
        ({"link": "udpout:10.0.0.1:14550"}, "only listened to"),
        ({"link": "udp:0.0.0.0:14550", "file": "a.tlog"}, "not both"),
        ({"signing_key": "key"}, "without link"),
    ],
    ids=["no address", "speaks", "two origins", "key alone"],
)
def test_what_cannot_be_heard_is_refused(given: dict[str, str], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        TelemetrySettings.model_validate(given)
