"""A key frame in slices stays one picture, however its sender repeats the parameter sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from streams.decoding.decode import Decoder
from streams.decoding.decoders import KeyDecoders
from streams.demo_camera.server import RtspServer
from streams.sources.source import open_source
from tests.streams.builders import number_in, picture
from tests.streams.conftest import GstServer


def looks(url: str, seconds: float, looks_per_s: float, transport: str = "tcp") -> list[tuple[int, float]]:
    """(number, greatest mean difference of any quarter of the picture from the original) of each look."""
    found, keys = [], KeyDecoders()
    with open_source(url, transport=transport) as source:
        decoder = Decoder(source, camera="c", looks_per_s=looks_per_s, fit_wh=(320, 240))
        for packet in source.packets():
            for look in decoder.feed(packet):
                frame = look.open(keys)
                assert frame is not None
                number = number_in(frame.rgb)
                wrong = abs(frame.rgb.astype(int) - picture(number)[:, :, ::-1])
                found.append((number, max(wrong[y : y + 60].mean() for y in range(0, 240, 60))))
            if decoder.media_s > seconds:
                return found
    return found


@pytest.mark.parametrize("transport", ["tcp", "udp"], ids=["own client", "FFmpeg"])
def test_gstreamers_repeated_parameter_sets_do_not_tear_pictures(
    gst: Callable[..., GstServer], sliced_clip: Path, transport: str
) -> None:
    found = looks(gst(cam=sliced_clip).url("cam"), seconds=4.2, looks_per_s=1.0, transport=transport)
    assert [number % 25 for number, _ in found] == [0] * len(found)
    assert len(found) >= 4
    assert max(wrong for _, wrong in found) < 8


def test_our_own_server_does_not_either(sliced_clip: Path) -> None:
    with RtspServer({"cam": sliced_clip}) as server:
        found = looks(server.url("cam"), seconds=2.2, looks_per_s=25.0)
    assert len(found) >= 50
    assert max(wrong for _, wrong in found) < 8
