"""A forged packet changes nothing: not a clock, not a state, not a file."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import pickle
from pathlib import Path
from typing import Any

import pytest

from drone.link.clocks import EPOCH_2015_S, Clocks
from drone.link.dialect import mavlink
from drone.link.errors import BadKey, LinkError
from drone.link.frames import Splitter, without_signature
from drone.link.link import Link
from drone.link.signing import Guard, SigningKey, Verdict
from drone.link.tlog import TLog
from drone.simulated.time import loop_wall_s
from tests.drone.peers.packets import beat
from tests.drone.peers.world import virtually, world

FULL = Path("/dev/full")
KEY, OTHER = bytes(range(32)), bytes(32)
NOW_S = 1_790_000_000.0


def guard(secret: bytes = KEY, clocks: Clocks | None = None, link_id: int = 0) -> Guard:
    return Guard(SigningKey(secret), clocks or Clocks(None, lambda: NOW_S), link_id=link_id)


def judged(by: Guard, raw: bytes) -> Verdict:
    (frame,) = Splitter().feed(raw, whole=True)
    return by.judge(frame)


def test_a_signature_is_what_the_standard_says() -> None:
    """By a few lines of SHA-256 and by pymavlink's own check, neither of them ours."""
    raw = guard().sign(beat())
    at = round((NOW_S - EPOCH_2015_S) * 1e5)
    assert raw[-13] == 0
    assert int.from_bytes(raw[-12:-6], "little") == at
    assert raw[-6:] == hashlib.sha256(KEY + raw[:-6]).digest()[:6]
    judge = mavlink.MAVLink(None)
    judge.signing.secret_key, judge.signing.timestamp = KEY, at
    assert judge.decode(bytearray(raw)).get_signed()


def test_a_forged_packet_from_the_future_does_not_lock_out_the_real_vehicle() -> None:
    """pymavlink 2.4.50 keeps the time of a packet before it verifies it: after one forged packet every genuine one is
    old. The same three packets are shown to it, so that this test notices when that is no longer so."""
    ours, vehicle = guard(), guard()
    ahead = Clocks(None, lambda: NOW_S + 3_600)
    first, forged, second = vehicle.sign(beat()), guard(OTHER, ahead).sign(beat()), vehicle.sign(beat())
    assert [judged(ours, raw) for raw in (first, forged, second)] == [
        Verdict.GENUINE,
        Verdict.FORGED,
        Verdict.GENUINE,
    ]
    theirs = mavlink.MAVLink(None)
    theirs.signing.secret_key, theirs.signing.timestamp = KEY, round((NOW_S - EPOCH_2015_S) * 1e5)
    theirs.robust_parsing = True
    read = [theirs.parse_buffer(bytearray(raw))[0].get_type() for raw in (first, forged, second)]
    assert read == ["HEARTBEAT", "BAD_DATA", "BAD_DATA"]


def test_a_packet_counts_once_and_never_after_a_newer_one() -> None:
    ours, vehicle = guard(), guard()
    older, newer = vehicle.sign(beat()), vehicle.sign(beat())
    assert judged(ours, newer) is Verdict.GENUINE
    assert judged(ours, newer) is Verdict.REPLAYED
    assert judged(ours, older) is Verdict.REPLAYED
    assert judged(ours, beat()) is Verdict.UNSIGNED


def test_a_new_stream_may_be_a_minute_behind_and_no_more() -> None:
    late = guard(clocks=Clocks(None, lambda: NOW_S - 59))
    too_late = guard(clocks=Clocks(None, lambda: NOW_S - 61), link_id=1)
    assert judged(guard(), late.sign(beat())) is Verdict.GENUINE
    assert judged(guard(), too_late.sign(beat())) is Verdict.REPLAYED


def test_clocks_go_on_after_a_crash_and_replays_stay_replays(tmp_path: Path) -> None:
    """No close(): the process was killed. Its wall clock is set back an hour as well."""
    path = tmp_path / "clocks.json"
    ours, vehicle = guard(clocks=Clocks(path, lambda: NOW_S)), guard()
    sent = int.from_bytes(ours.sign(beat(255))[-12:-6], "little")
    heard = vehicle.sign(beat())
    assert judged(ours, heard) is Verdict.GENUINE
    after = guard(clocks=Clocks(path, lambda: NOW_S - 3_600))
    assert int.from_bytes(after.sign(beat(255))[-12:-6], "little") > sent
    assert judged(after, heard) is Verdict.REPLAYED


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_a_disk_that_fills_up_ends_no_signed_link_and_one_that_is_full_begins_none(tmp_path: Path) -> None:
    path, now = tmp_path / "clocks.json", [NOW_S]
    draft = path.with_name("clocks.json.new")
    draft.symlink_to(FULL)
    ours = guard(clocks=Clocks(path, lambda: now[0]))
    for _ in range(2):
        with pytest.raises(OSError, match="No space"):
            ours.sign(beat(255))
    draft.unlink()
    sent = [ours.sign(beat(255))[-12:-6]]
    draft.symlink_to(FULL)
    for _ in range(3):
        now[0] += 120
        sent.append(ours.sign(beat(255))[-12:-6])
        ours.close()
    draft.unlink()
    ours.close()
    sent.append(guard(clocks=Clocks(path, lambda: NOW_S)).sign(beat(255))[-12:-6])
    times = [int.from_bytes(one, "little") for one in sent]
    assert times == sorted(set(times))


def test_broken_clocks_are_said_and_not_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "clocks.json"
    path.write_text('{"own": 1')
    with pytest.raises(LinkError, match="could be played again"):
        Clocks(path)


def test_a_key_shows_itself_nowhere(tmp_path: Path) -> None:
    key = SigningKey(KEY)
    assert KEY.hex() not in f"{key!r} {key}"
    assert not hasattr(key, "__dict__")
    with pytest.raises(TypeError):
        pickle.dumps(key)
    made = SigningKey.made(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert made.signature(b"x") == SigningKey.read(tmp_path / "key").signature(b"x")
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(BadKey, match="chmod 600"):
        SigningKey.read(tmp_path / "key")
    (tmp_path / "short").write_text("00ff\n")
    (tmp_path / "short").chmod(0o600)
    with pytest.raises(BadKey, match="32 bytes, this one 2"):
        SigningKey.read(tmp_path / "short")


def test_a_log_without_signatures_is_read_by_others(tmp_path: Path) -> None:
    """By pymavlink's log reader; frames are as unsigned as if nobody had signed."""
    from pymavlink import mavutil

    log = TLog(tmp_path / "flight.tlog", lambda: NOW_S)
    raw = guard().sign(beat())
    assert without_signature(raw) == beat()
    log.write(raw)
    told: Any = SigningKey(KEY).told_to(1, 1, 5)
    log.write(bytes(told.pack(mavlink.MAVLink(None, 255, 190))))
    log.close()
    kept = (tmp_path / "flight.tlog").read_bytes()
    assert KEY not in kept
    reader = mavutil.mavlink_connection(str(tmp_path / "flight.tlog"))
    message = reader.recv_match()
    assert (message.get_type(), message._timestamp) == ("HEARTBEAT", NOW_S)
    assert reader.recv_match() is None
    reader.close()


def test_forged_packets_have_no_effect_on_a_vehicle_and_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    async def flight() -> None:
        caplog.set_level(logging.DEBUG)
        ours = guard(clocks=Clocks(None, loop_wall_s))
        async with world(guard=ours, key=SigningKey(KEY)) as there:
            vehicle = await there.vehicle()
            before = (vehicle.mode, vehicle.armed, vehicle.peer)
            liar = guard(OTHER, Clocks(None, lambda: loop_wall_s() + 3_600))
            for number in range(50):
                there.air.from_vehicle("liar", liar.sign(beat(mode=9)))
                there.air.from_vehicle("liar", beat(system=1 + number % 2, mode=9))
            await asyncio.sleep(1.0)
            assert (vehicle.mode, vehicle.armed, vehicle.peer) == before
            assert (there.link.counts.forged, there.link.counts.unsigned) == (50, 50)
            assert list(there.link.vehicles) == [1]
            heard_at_s = vehicle.heartbeat_at_s
            assert await vehicle.until(lambda: vehicle.heartbeat_at_s > heard_at_s, 2.0)  # it is still heard

    virtually(flight)
    assert KEY.hex() not in caplog.text


def test_a_key_goes_over_a_cable_to_a_disarmed_vehicle_and_counts_from_then_on(tmp_path: Path) -> None:
    async def flight() -> None:
        clocks = Clocks(None, loop_wall_s)
        async with world(tlog=TLog(tmp_path / "x.tlog", loop_wall_s)) as there:
            vehicle = await there.vehicle()
            with pytest.raises(LinkError, match="cable only"):
                there.link.give_key(vehicle, SigningKey(KEY), clocks)
            there.air.wired = True
            vehicle.armed = True
            with pytest.raises(LinkError, match="disarmed"):
                there.link.give_key(vehicle, SigningKey(KEY), clocks)
            with pytest.raises(LinkError, match="give_key"):
                there.link.send(SigningKey(KEY).told_to(1, 1, 5))
            vehicle.armed = False
            there.link.give_key(vehicle, SigningKey(KEY), clocks)
            await asyncio.sleep(2.0)
            signed = Link(there.air, guard=guard(clocks=clocks), wall_s=loop_wall_s)
            async with signed:
                assert (await signed.vehicle(1, within_s=3)).system == 1
        assert KEY not in (tmp_path / "x.tlog").read_bytes()

    virtually(flight)


def test_what_is_kept_of_clocks_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "clocks.json"
    ours = guard(clocks=Clocks(path, lambda: NOW_S))
    judged(ours, guard().sign(beat()))
    ours.close()
    assert sorted(json.loads(path.read_text())) == ["heard", "own"]
