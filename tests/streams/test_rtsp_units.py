"""However a camera packs its pictures, they come out as they went in; what was lost is counted, and never shown."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from streams.sources.rtsp.codecs import units_for
from streams.sources.rtsp.units import Counts
from tests.streams.rtp_peer import START, Packer, Unit, without
from tests.streams.rtp_received import GOP, give, packed, received

PACKERS = [
    pytest.param({"mtu": 60_000}, id="whole NAL units"),
    pytest.param({"mtu": 100}, id="fragments"),
    pytest.param({"mtu": 700, "aggregate": True}, id="aggregates and fragments"),
    pytest.param({"mtu": 100, "markers": "never"}, id="no markers"),
    pytest.param({"mtu": 100, "markers": "nal"}, id="marker on every NAL unit"),
    pytest.param({"mtu": 100, "markers": "packet"}, id="marker on every packet"),
]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("how", PACKERS)
def test_pictures_come_out_as_they_went_in(units: dict[str, list[Unit]], codec: str, how: dict[str, object]) -> None:
    sent = units[codec]
    got, found = received(codec, packed(sent, Packer(codec, **how)))  # type: ignore[arg-type]
    assert [packet.data for packet in got] == [unit.annexb for unit in sent]
    assert [packet.is_keyframe for packet in got] == [unit.is_key for unit in sent]
    assert [packet.pts for packet in got] == [unit.timestamp for unit in sent]
    assert {packet.dts for packet in got} == {None}
    markers = how.get("markers", "right")
    assert found.marker.trusted is (markers == "right")
    assert (found.counts.lost, found.counts.late, found.counts.broken, found.counts.discarded) == (0, 0, 0, 0)
    assert found.counts.without_marker == (len(sent) if markers == "never" else 0)


def test_a_picture_is_given_at_its_marker_once_markers_can_be_trusted(units: dict[str, list[Unit]]) -> None:
    packer, found = Packer(), units_for("h264", (), 90_000)
    waiting = []
    for i, unit in enumerate(units["h264"]):
        for packet in packer.pack(unit):
            give(found, packet)
        waiting.append(i + 1 - len(found.ready))
    assert waiting[:8] == [1] * 8
    assert waiting[9:] == [0] * len(waiting[9:])


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("how", [{"mtu": 300}, {"mtu": 300, "markers": "never"}, {"mtu": 700, "aggregate": True}])
def test_no_damaged_picture_is_ever_shown(units: dict[str, list[Unit]], codec: str, how: dict[str, object]) -> None:
    """Every single packet is lost in turn: what comes is whole, and depends on nothing that did not come."""
    sent = units[codec]
    packets = packed(sent, Packer(codec, **how))  # type: ignore[arg-type]
    good = [unit.annexb for unit in sent]
    for missing_at in range(1, len(packets) - 1):
        got, found = received(codec, packets[:missing_at] + packets[missing_at + 1 :])
        numbers = [good.index(packet.data) for packet in got]
        assert numbers == sorted(numbers)
        gaps = [(a, b) for a, b in pairwise(numbers) if b != a + 1]
        assert len(gaps) <= 1, missing_at
        assert all(sent[after].is_key for _, after in gaps), missing_at
        assert numbers[0] == 0 or sent[numbers[0]].is_key
        assert found.counts.lost == 1


def test_a_lost_key_frame_waits_for_the_next(units: dict[str, list[Unit]]) -> None:
    sent = units["h264"]
    packer = Packer()
    packets = [packer.pack(unit) for unit in sent]
    del packets[GOP][3]
    got, found = received("h264", [packet for unit in packets for packet in unit])
    assert [packet.data for packet in got[GOP : GOP + 2]] == [unit.annexb for unit in sent[2 * GOP : 2 * GOP + 2]]
    assert (found.counts.broken, found.counts.discarded) == (1, GOP - 1)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_key_frame_that_lost_its_first_slice_is_known_by_its_second(units: dict[str, list[Unit]], codec: str) -> None:
    """Nothing before it tells, where the parameter sets were announced and the markers are right."""
    kinds = {"h264": (6, 7, 8), "hevc": (32, 33, 34, 39)}[codec]
    sent = [without(unit, *kinds, codec=codec) for unit in units[codec]]
    if codec == "hevc":
        # x265 made one slice: a second one is that it is not the first.
        sent = [
            replace(unit, nals=(unit.nals[0], unit.nals[0][:2] + bytes((unit.nals[0][2] & 0x7F,)) + unit.nals[0][3:]))
            for unit in sent
        ]
    packer = Packer(codec, mtu=60_000)
    packets = [packer.pack(unit) for unit in sent]
    assert len(packets[2 * GOP]) == 2
    del packets[2 * GOP][0]
    got, found = received(codec, [packet for unit in packets for packet in unit])
    assert [packet.pts for packet in got][2 * GOP :] == [unit.timestamp for unit in sent[3 * GOP :]]
    assert (found.counts.lost, found.counts.broken, found.counts.discarded) == (1, 1, GOP - 1)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_two_halves_of_pictures_do_not_make_one(units: dict[str, list[Unit]], codec: str) -> None:
    """A sender that drops packets before it numbers them: no gap in the sequence tells."""
    sent = units[codec]
    packer = Packer(codec, mtu={"h264": 100, "hevc": 5}[codec])
    packets = [packer.pack(unit) for unit in sent]
    assert min(len(packets[12]), len(packets[13])) > 4
    del packets[12][-2:]
    del packets[13][:2]
    dropped = [packet for unit in packets for packet in unit]
    numbered = [packet[:2] + (i & 0xFFFF).to_bytes(2, "big") + packet[4:] for i, packet in enumerate(dropped)]
    got, found = received(codec, numbered)
    assert [packet.data for packet in got] == [unit.annexb for unit in (*sent[:12], *sent[20:])]
    assert (found.counts.lost, found.counts.broken) == (0, 2)


def test_what_comes_late_or_twice_is_left_out_and_counted(units: dict[str, list[Unit]]) -> None:
    sent = units["h264"]
    packets = packed(sent, Packer())
    doubled = [
        packet for i, packet in enumerate(packets) for packet in ([packet, packets[i - 1]] if i % 7 == 6 else [packet])
    ]
    got, found = received("h264", doubled)
    assert [packet.data for packet in got] == [unit.annexb for unit in sent]
    assert found.counts.late == len(doubled) - len(packets) > 0
    assert found.counts.lost == 0


def test_key_frames_get_the_parameter_sets_that_only_the_announcement_had(units: dict[str, list[Unit]]) -> None:
    for codec, kinds in (("h264", (7, 8)), ("hevc", (32, 33, 34))):
        sets = tuple(
            nal for nal in units[codec][0].nals if nal not in without(units[codec][0], *kinds, codec=codec).nals
        )
        bare = [without(unit, *kinds, codec=codec) for unit in units[codec]]
        got, _ = received(codec, packed(bare, Packer(codec)), sets)
        head = b"".join(START + unit for unit in sets)
        assert [packet.data for packet in got] == [(head if unit.is_key else b"") + unit.annexb for unit in bare]


def test_parameter_sets_with_a_time_of_their_own_belong_to_the_next_picture(units: dict[str, list[Unit]]) -> None:
    sent = []
    for unit in units["h264"]:
        bare = without(unit, 7, 8)
        if unit.is_key:
            sent.append(
                replace(unit, nals=tuple(n for n in unit.nals if n not in bare.nals), timestamp=unit.timestamp - 9)
            )
        sent.append(bare)
    got, found = received("h264", packed(sent, Packer()))
    assert len(got) == len(units["h264"])
    assert all(packet.data.startswith(START + sent[0].nals[0]) for packet in got if packet.is_keyframe)
    assert found.sets == sent[0].nals


def test_parameter_sets_before_every_slice_are_taken_once(units: dict[str, list[Unit]]) -> None:
    """As GStreamer's `config-interval=-1` sends them; a parser would take each for a new picture."""
    key = units["h264"][GOP]
    sets, rest = key.nals[:2], without(key, 7, 8).nals
    slices = tuple(nal for nal in rest if nal[0] & 0x1F == 5)
    assert len(slices) == 2
    torn = replace(key, nals=(*sets, slices[0], *sets, slices[1]))
    got, _ = received("h264", packed([torn], Packer()))
    assert got[0].data == b"".join(START + nal for nal in (*sets, *slices))


@pytest.mark.parametrize(
    "payload",
    [
        b"\x7c",
        b"\x7c\x05",
        b"\x1c\x85",
        b"\x78\x00\x00",
        b"\x78\xff\xff\x65",
        b"\x00",
        b"\x1f\x00",
        b"",
        b"\x98\x00\x01\x65",
    ],
    ids=lambda value: value.hex() or "empty",
)
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_nonsense_breaks_its_own_picture_only(units: dict[str, list[Unit]], codec: str, payload: bytes) -> None:
    sent = units[codec]
    packer = Packer(codec)
    packets = [packet for unit in sent[:15] for packet in packer.pack(unit)]
    packets.append(packer.packet(payload, sent[14].timestamp + 10, True))
    packets += packed(sent[20:], packer)
    got, found = received(codec, packets)
    datas = [packet.data for packet in got]
    assert datas[:15] == [unit.annexb for unit in sent[:15]]
    assert datas[-len(sent[20:]) :] == [unit.annexb for unit in sent[20:]]
    assert found.counts.broken <= 1


def test_counts_begin_at_nothing() -> None:
    assert received("h264", [])[1].counts == Counts()
