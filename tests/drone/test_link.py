"""The link itself: its transports with real sockets and a pty, and frames out of rubbish."""

from __future__ import annotations

import asyncio
import os
import pty
import tty
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drone.link.dialect import mavlink
from drone.link.errors import BadAddress, NoVehicle
from drone.link.frames import Splitter, decode
from drone.link.lease import Lease
from drone.link.link import Link
from drone.link.serial_line import SerialLine
from drone.link.tcp import Tcp
from drone.link.transports import transport_at
from drone.link.udp import Udp
from tests.drone.peers.packets import beat
from tests.drone.peers.world import when


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=6), st.integers(1, 300))
def test_frames_are_found_in_any_rubbish_cut_anywhere(rubbish: list[bytes], cut: int) -> None:
    """What lies between may even begin like a frame; at most what a false beginning swallows is waited for."""
    stream = b"".join(
        piece.replace(b"\xfd", b"").replace(b"\xfe", b"") + beat(number + 1) for number, piece in enumerate(rubbish)
    )
    splitter = Splitter()
    found = [frame for at in range(0, len(stream), cut) for frame in splitter.feed(stream[at : at + cut])]
    assert [frame.system for frame in found] == list(range(1, len(rubbish) + 1))
    assert splitter.bad_checksums == 0


def test_a_false_beginning_hides_no_frame_and_a_broken_one_is_counted() -> None:
    splitter = Splitter()
    broken = bytearray(beat(9))
    broken[12] ^= 1
    found = splitter.feed(b"\xfd\x02" + beat(1) + bytes(broken) + beat(2) + beat(3), whole=True)
    assert [frame.system for frame in found] == [1, 2, 3]
    assert splitter.bad_checksums >= 1
    assert decode(found[0]).get_type() == "HEARTBEAT"


@pytest.mark.parametrize(
    "address", ["udp:14550", "udp::14550", "tcp:host:99999", "serial:/dev/x:fast", "carrier:pigeon:1"]
)
def test_an_address_that_is_none_is_said(address: str) -> None:
    with pytest.raises(BadAddress, match="expected udp:HOST:PORT"):
        transport_at(address)


def test_addresses_make_transports() -> None:
    assert isinstance(transport_at("udp:0.0.0.0:14550"), Udp)
    assert isinstance(transport_at("udpout:[::1]:14550"), Udp)
    assert isinstance(transport_at("tcp:127.0.0.1:5760"), Tcp)
    assert transport_at("serial:/dev/ttyACM0:57600").wired


class Asked(asyncio.DatagramProtocol):
    """A vehicle on a socket: beats once, notes what it hears."""

    def __init__(self, system: int) -> None:
        self.system, self.heard = system, b""

    def connection_made(self, transport: Any) -> None:
        transport.sendto(beat(self.system))

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard += data


class Called(asyncio.DatagramProtocol):
    """A vehicle that knows nobody until it is called, and answers each call with a heartbeat."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def connection_made(self, transport: Any) -> None:
        self.socket = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard += [decode(frame) for frame in Splitter().feed(data, whole=True)]
        self.socket.sendto(beat(7), addr)


def test_a_vehicle_that_waits_is_called_and_takes_nobody_for_its_ground_station() -> None:
    """ArduPilot knows its ground station by the system id, PX4 by the type: either would fly home when it falls
    silent. Once an operator's heartbeat has ended, nothing is said at all."""

    async def main() -> None:
        loop, lease = asyncio.get_running_loop(), Lease()
        socket, vehicle = await loop.create_datagram_endpoint(Called, ("127.0.0.1", 0))
        port = socket.get_extra_info("sockname")[1]
        async with Link(Udp("127.0.0.1", port, calls=True), lease=lease) as link:
            assert (await link.vehicle(within_s=5)).system == 7
            assert {(one.get_srcSystem(), one.type) for one in vehicle.heard} == {(254, 18)}
            lease.renew()
            await when(lambda: vehicle.heard[-1].get_srcSystem() == 255)
            assert vehicle.heard[-1].type == 6
            lease.end()
            said = len(vehicle.heard)
            await asyncio.sleep(1.5)
            assert len(vehicle.heard) <= said + 1  # what was on its way
        socket.close()

    asyncio.run(main())


def test_several_vehicles_on_one_udp_port_are_told_apart_and_answered_each_at_its_address() -> None:
    async def talk() -> None:
        line = Udp("127.0.0.1", 0)
        async with Link(line) as link:
            loop = asyncio.get_running_loop()
            pairs = [
                await loop.create_datagram_endpoint(
                    lambda system=system: Asked(system), remote_addr=("127.0.0.1", line.port)
                )
                for system in (1, 2)
            ]
            for system in (1, 2):
                vehicle = await link.vehicle(system, within_s=60)
                vehicle.send(mavlink.MAVLink_mission_request_list_message(system, 1, 0))
            with pytest.raises(NoVehicle, match=r"say which of \[1, 2\]"):
                await link.vehicle()
            await until(lambda: all(asked.heard for _, asked in pairs))
            for transport, asked in pairs:
                (frame,) = Splitter().feed(asked.heard)
                assert decode(frame).target_system == asked.system
                transport.close()
            await asyncio.sleep(0)

    asyncio.run(talk())


def test_of_two_vehicles_side_by_side_the_quicker_heartbeat_is_not_taken_for_the_only_one() -> None:
    async def talk() -> None:
        line = Udp("127.0.0.1", 0)
        async with Link(line) as link:
            loop = asyncio.get_running_loop()
            near = ("127.0.0.1", line.port)
            quick, _ = await loop.create_datagram_endpoint(lambda: Asked(1), remote_addr=near)
            asked = asyncio.create_task(link.vehicle())
            await asyncio.sleep(1.0)
            slow, _ = await loop.create_datagram_endpoint(lambda: Asked(2), remote_addr=near)
            with pytest.raises(NoVehicle, match=r"say which of \[1, 2\]"):
                await asked
            assert sorted(one.system for one in await link.all_vehicles()) == [1, 2]
            for transport in (quick, slow):
                transport.close()
            await asyncio.sleep(0)

    asyncio.run(talk())


async def until(true: Callable[[], bool], within_s: float = 60.0) -> None:
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - real sockets, milliseconds
            await asyncio.sleep(0.002)


def test_tcp_is_called_again_when_it_breaks() -> None:
    async def talk() -> None:
        lines: list[asyncio.StreamWriter] = []
        served = asyncio.Event()

        async def vehicle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            lines.append(writer)
            writer.write(beat(len(lines))[:5])  # cut anywhere
            await writer.drain()
            writer.write(beat(len(lines))[5:])
            served.set()

        server = await asyncio.start_server(vehicle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with Link(Tcp("127.0.0.1", port)) as link:
            await link.vehicle(1, within_s=60)
            lines[0].close()
            await link.vehicle(2, within_s=60)
            link.send(mavlink.MAVLink_mission_request_list_message(2, 1, 0))
        for line in lines:
            line.close()
        server.close()
        await server.wait_closed()
        with pytest.raises(NoVehicle, match="cannot be called"):
            await Link(Tcp("127.0.0.1", port)).__aenter__()

    asyncio.run(talk())


def test_a_serial_line_carries_frames_and_survives_being_unplugged() -> None:
    async def talk() -> None:
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        line = SerialLine(os.ttyname(theirs), 57600)
        async with Link(line) as link:
            os.write(ours, b"\x00\x01" + beat(5))
            vehicle = await link.vehicle(5, within_s=60)
            vehicle.send(mavlink.MAVLink_mission_request_list_message(5, 1, 0))
            (frame,) = Splitter().feed(os.read(ours, 100))
            assert decode(frame).get_type() == "MISSION_REQUEST_LIST"
            os.close(ours)
            os.close(theirs)
            await asyncio.sleep(0.05)
            vehicle.send(mavlink.MAVLink_mission_request_list_message(5, 1, 0))  # into nothing, without a fall
        with pytest.raises(NoVehicle, match="cannot be opened"):
            await SerialLine("/dev/does-not-exist", 57600).open(lambda data, peer: None)

    asyncio.run(talk())
