"""Sequence numbers and clocks wrap, step and begin anew; a stream heals by its key frames or by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.streams.builders import encode
from tests.streams.rtp_peer import Packer, Unit, noise, units_of
from tests.streams.rtp_received import packed, received


def test_sequence_and_time_wrap(units: dict[str, list[Unit]]) -> None:
    sent = units["h264"]
    assert sent[0].timestamp < 1 << 32 < sent[-1].timestamp
    got, found = received("h264", packed(sent, Packer(sequence=65_530)))
    assert [packet.pts for packet in got] == [unit.timestamp for unit in sent]
    assert found.counts.lost == 0
    assert found.highest_sequence == 65_530 + found.counts.packets - 1


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
