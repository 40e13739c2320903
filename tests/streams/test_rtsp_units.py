"""However a camera packs its pictures, they come out as they went in; what was lost is counted, and never shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import pytest

from streams.sources.packets import Packet
from streams.sources.rtsp.codecs import units_for
from streams.sources.rtsp.receiver import Receiver
from streams.sources.rtsp.units import Counts, Units
from tests.conftest import missing
from tests.streams.builders import encode
from tests.streams.rtp_peer import START, Packer, Unit, encode_h265, interleaved, noise, units_of, without

GOP = 10
X264 = f"keyint={GOP}:min-keyint={GOP}:scenecut=0:bframes=2:b-adapt=0:aud=1"
AUDS = {"h264": (9,), "hevc": (35,)}


@pytest.fixture(scope="session")
def units(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Unit]]:
    """35 pictures of noise in two slices, by codec, without access unit delimiters."""
    folder = tmp_path_factory.mktemp("rtp")
    if "libx265" not in av.codecs_available:
        missing("this PyAV has no libx265")
    h264 = units_of(encode(folder / "a.mp4", noise(35, (96, 64)), X264, slices=2))
    hevc = units_of(encode_h265(folder / "b.mp4", 35))
    return {
        codec: [without(unit, *AUDS[codec], codec=codec) for unit in found]
        for codec, found in (("h264", h264), ("hevc", hevc))
    }


def received(codec: str, packets: Iterable[bytes], sets: tuple[bytes, ...] = ()) -> tuple[list[Packet], Units]:
    """Each packet comes in a buffer of its own, which is written over once it was settled; and all of them at once."""
    packets = list(packets)
    found, at_once = units_for(codec, sets, 90_000), units_for(codec, sets, 90_000)
    for packet in packets:
        give(found, packet)
    receiver, stream = Receiver(), b"".join(map(interleaved, packets))
    receiver.expect(at_once, 96, 0, 1, 90_000)
    while stream:
        space = receiver.space()
        count = min(len(space), len(stream))
        space[:count] = stream[:count]
        receiver.took(count, 0.0)
        stream = stream[count:]
    assert [packet.data for packet in at_once.ready] == [packet.data for packet in found.ready]
    assert (at_once.counts, at_once.sets) == (found.counts, found.sets)
    return found.ready, found


def give(found: Units, packet: bytes) -> None:
    buffer = bytearray(packet)
    sequence, timestamp = int.from_bytes(packet[2:4], "big"), int.from_bytes(packet[4:8], "big")
    ssrc = int.from_bytes(packet[8:12], "big")
    found.add(buffer, memoryview(buffer), 12, len(buffer), sequence, timestamp, packet[1] >= 0x80, ssrc)
    found.settle()
    buffer[:] = bytes(len(buffer))


def packed(units: list[Unit], packer: Packer) -> list[bytes]:
    """With one more packet at the end, whose time ends the last picture."""
    last = packer.packet
    packets = [packet for unit in units for packet in packer.pack(unit)]
    return [*packets, last(units[0].nals[0], units[-1].timestamp + 90_000, False)]


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


def test_sequence_and_time_wrap(units: dict[str, list[Unit]]) -> None:
    sent = units["h264"]
    assert sent[0].timestamp < 1 << 32 < sent[-1].timestamp
    got, found = received("h264", packed(sent, Packer(sequence=65_530)))
    assert [packet.pts for packet in got] == [unit.timestamp for unit in sent]
    assert found.counts.lost == 0
    assert found.highest_sequence == 65_530 + found.counts.packets - 1


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


# Ticks of 90 kHz. The second is beyond ten seconds only together with the pictures after it.
STEPS = [777_000, 940_000, 1_999_999_999, -90_000_000]


@pytest.mark.parametrize("step", STEPS)
def test_a_camera_that_begins_anew_is_followed_from_its_key_frame(units: dict[str, list[Unit]], step: int) -> None:
    sent = units["h264"]
    again = [replace(unit, timestamp=unit.timestamp + step) for unit in sent]
    packets = packed(sent[:15], Packer(ssrc=1))[:-1] + packed(again[3:], Packer(ssrc=2, sequence=9))
    got, found = received("h264", packets)
    assert [packet.data for packet in got] == [unit.annexb for unit in (*sent[:15], *again[10:])]
    assert found.counts.lost == 0


@pytest.mark.parametrize("step", STEPS[1:])
def test_a_step_of_the_clock_heals_no_loss(units: dict[str, list[Unit]], step: int) -> None:
    """A camera that is set right while it drops packets: no time has passed in which the picture became new."""
    sent = units["h264"]
    packer = Packer()
    packets = [packet for unit in sent[:12] for packet in packer.pack(unit)]
    lost = sum(len(packer.pack(unit)) for unit in sent[12:14])
    later = [replace(unit, timestamp=unit.timestamp + step) for unit in sent[14:]]
    got, found = received("h264", packets + packed(later, packer))
    assert [packet.data for packet in got] == [unit.annexb for unit in (*sent[:12], *sent[20:])]
    assert (found.counts.lost, found.counts.broken, found.counts.discarded) == (lost, 0, 6)


@pytest.mark.parametrize("step", [0, *STEPS[1:]])
@pytest.mark.parametrize("anew", [False, True])
def test_a_stream_without_key_frames_heals_by_itself(tmp_path: Path, step: int, anew: bool) -> None:
    """Intra refresh: after ten seconds every part of the picture is new, whatever the clock says meanwhile."""
    path = encode(tmp_path / "refresh.mp4", noise(400, (64, 48)), "keyint=50:intra-refresh=1:bframes=0:scenecut=0")
    sent = units_of(path)
    packer = Packer()
    packets = [packer.pack(unit) for unit in sent[:60]]
    packer.ssrc += anew
    packets += [packer.pack(replace(unit, timestamp=unit.timestamp + step)) for unit in sent[60:]]
    del packets[59][-1], packets[60][1]
    got, found = received("h264", [packet for unit in packets for packet in unit])
    assert [packet.is_keyframe for packet in got] == [True] + [False] * (len(got) - 1)
    assert found.counts.broken == 2
    assert 248 <= found.counts.discarded <= 251


def test_an_open_gop_is_a_beginning(tmp_path: Path) -> None:
    path = encode(tmp_path / "open.mp4", noise(40, (64, 48)), "keyint=10:min-keyint=10:open-gop=1:bframes=2:scenecut=0")
    got, _ = received("h264", packed(units_of(path), Packer()))
    assert sum(packet.is_keyframe for packet in got) == 4


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
