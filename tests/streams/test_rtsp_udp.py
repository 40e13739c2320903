"""RTP over UDP: every datagram is accounted for, and what was lost is never shown."""

from __future__ import annotations

import time
from itertools import islice

import pytest

from streams.errors import SourceUnusable, StreamLost
from streams.sources.rtsp.source import open_rtsp
from tests.streams.rtp_peer import Packer
from tests.streams.rtsp_peer import Asked, Camera, answer
from tests.streams.rtsp_played import expected
from tests.streams.rtsp_udp_peer import UdpCamera, datagrams


def test_pictures_come_whole() -> None:
    with UdpCamera(packets=datagrams()) as camera, open_rtsp(camera.url(), 5.0, "udp") as source:
        assert [packet.data for packet in islice(source.packets(), 30)] == expected()
        told = source.reception
        assert source.receiver == "own RTSP client, UDP"
        assert (told.packets_lost, told.packets_late, told.packets_dropped, told.junk_bytes) == (0, 0, 0, 0)
        assert told.bytes_received > sum(map(len, expected()))


def test_datagrams_that_overtook_each_other_are_put_in_order() -> None:
    packets = datagrams()
    for at in range(3, len(packets) - 4, 7):
        packets[at : at + 3] = packets[at + 1], packets[at + 2], packets[at]
    with UdpCamera(packets=packets) as camera, open_rtsp(camera.url(), 5.0, "udp") as source:
        camera.ended.wait(30)
        assert [packet.data for packet in islice(source.packets(), 30)] == expected()
        assert (source.reception.packets_lost, source.reception.packets_late) == (0, 0)


def test_a_lost_datagram_is_counted_and_what_depends_on_it_is_left_out() -> None:
    packets, of_twelve = datagrams(), len(datagrams(last=12))
    del packets[of_twelve]
    with UdpCamera(packets=packets) as camera, open_rtsp(camera.url(), 5.0, "udp") as source:
        found = [packet.data for packet in islice(source.packets(), 20)]
        # Key frames come every ten pictures: the twelfth, counted from 0, is gone and its like up to the twentieth.
        assert found == expected(12) + expected()[20:28]
        assert source.reception.packets_lost == 1


def test_what_another_host_sends_is_junk() -> None:
    stranger = Packer(ssrc=0x9999)
    forged = [stranger.packet(b"\x65" + bytes(500), 1, True) for _ in range(5)]
    with (
        UdpCamera(packets=datagrams(), strangers=[*forged, b"no RTP"]) as camera,
        open_rtsp(camera.url(), 5.0, "udp") as source,
    ):
        assert [packet.data for packet in islice(source.packets(), 30)] == expected()
        assert source.reception.junk_bytes == sum(map(len, forged)) + len(b"no RTP")


def test_what_this_machine_threw_away_is_told_from_what_the_network_lost() -> None:
    packer = Packer(mtu=1400)
    filler = [packer.packet(b"\x01" + bytes(1399), 1, False) for _ in range(12_000)]
    with UdpCamera(packets=filler) as camera, open_rtsp(camera.url(), 5.0, "udp") as source:
        assert camera.ended.wait(30)  # nobody reads until the kernel's buffer is more than full
        assert source._drain() is None
        told = source.reception
        assert told.packets_dropped is not None
        assert told.packets is not None
        assert told.packets_dropped > 1000
        assert told.packets + told.packets_dropped == len(filler)


def test_the_camera_is_told_what_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.sources.rtsp.dialogue._REPORT_EVERY_S", 0.3)
    with UdpCamera(packets=datagrams(), pause_s=0.1) as camera, open_rtsp(camera.url(), 5.0, "udp") as source:
        list(islice(source.packets(), 30))
        assert camera.reports()[1] == 201, "what opens the way through a firewall: a report about nobody"
        report = camera.reports()
        assert report[:2] == b"\x81\xc9"
        assert report[8:12] == (0x1234).to_bytes(4, "big")


def test_auto_asks_again_for_udp_on_the_same_connection() -> None:
    with UdpCamera(packets=datagrams()) as camera, open_rtsp(camera.url(), 5.0, "auto") as source:
        assert next(source.packets()).data == expected()[0]
        assert source.receiver == "own RTSP client, UDP, since the camera does not send over TCP (461)"
        assert camera.methods() == ["OPTIONS", "DESCRIBE", "SETUP", "SETUP", "PLAY"]


def test_silence_names_the_firewall() -> None:
    began_s = time.monotonic()
    with UdpCamera() as camera, open_rtsp(camera.url(), 1.0, "udp") as source:
        with pytest.raises(StreamLost, match="nothing came for 1 s over UDP: does a firewall keep it from here"):
            next(source.packets())
        assert time.monotonic() - began_s < 20


@pytest.mark.parametrize("told", ["RTP/AVP/TCP;unicast;interleaved=0-1", "RTP/AVP;multicast;destination=224.2.0.1"])
def test_another_transport_than_was_asked_for_is_refused(told: str) -> None:
    with (
        Camera(transport=told) as camera,
        pytest.raises(SourceUnusable, match="answers UDP with another transport: set its transport to tcp"),
    ):
        open_rtsp(camera.url(), 3.0, "udp")


def test_a_camera_without_udp_says_so() -> None:
    def refuses(asked: Asked) -> bytes | None:
        return answer(asked, 461) if asked.method == "SETUP" else None

    with (
        Camera(odd=refuses) as camera,
        pytest.raises(SourceUnusable, match=r"does not send over UDP \(461\): set its transport to tcp"),
    ):
        open_rtsp(camera.url(), 3.0, "udp")
