"""A decoder's picture, scaled and converted by us, is the one that FFmpeg makes of it."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from streams.decoding.picture import YuvShot
from vision.types import Picture


def smooth(width: int, height: int) -> Picture:
    """Colours that change slowly: any decent scaler makes the same of them. (h, w, 3) RGB."""
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    waves = [np.sin(6 * across + phase) * np.cos(5 * down - phase) for phase in (0.0, 1.3, 2.9)]
    return np.stack([(110 + 100 * wave).astype(np.uint8) for wave in waves], axis=2)


@pytest.mark.parametrize("colorspace", [Colorspace.ITU601, Colorspace.ITU709], ids=["601", "709"])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p"])
@pytest.mark.parametrize("size_wh", [(960, 540), (1279, 719)])
def test_colours_are_those_of_ffmpegs_own_scaler(size_wh: tuple[int, int], pixels: str, colorspace: Colorspace) -> None:
    picture = av.VideoFrame.from_ndarray(smooth(*size_wh), format="rgb24").reformat(
        format=pixels, dst_colorspace=colorspace
    )
    picture.colorspace = int(colorspace)
    picture.color_range = int(ColorRange.JPEG if pixels == "yuvj420p" else ColorRange.MPEG)
    ours = YuvShot(picture, (640, 384)).rgb()
    theirs = picture.reformat(width=ours.shape[1], height=ours.shape[0], format="rgb24").to_ndarray()
    apart = np.abs(ours.astype(int) - theirs)
    assert apart.mean() < 1.5  # the matrix of another colorspace is 3 and more away
    assert np.percentile(apart, 99) <= 4


def test_brightness_is_scaled_once_for_the_gate_and_the_colours() -> None:
    shot = YuvShot(av.VideoFrame.from_ndarray(smooth(960, 540), format="rgb24").reformat(format="yuv420p"), (640, 384))
    shot.rgb()
    assert shot.luma() is shot.luma()
    assert shot.luma().shape == (360, 640)


@pytest.mark.parametrize("colorspace", [Colorspace.ITU601, Colorspace.ITU709], ids=["601", "709"])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv444p", "nv12", "gray"])
@pytest.mark.parametrize("size_wh", [(960, 540), (1279, 719), (320, 180)])
def test_planes_are_those_of_the_colours_put_together(
    size_wh: tuple[int, int], pixels: str, colorspace: Colorspace
) -> None:
    picture = av.VideoFrame.from_ndarray(smooth(*size_wh), format="rgb24").reformat(
        format=pixels, dst_colorspace=colorspace
    )
    picture.colorspace = int(colorspace)
    shot = YuvShot(picture, (640, 384))
    np.testing.assert_array_equal(np.stack(shot.planes(), axis=2), shot.rgb())


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv444p", "nv12", "gray"])
def test_colours_apart_are_half_as_large_and_those_of_the_picture(pixels: str) -> None:
    picture = av.VideoFrame.from_ndarray(smooth(960, 540), format="rgb24").reformat(format=pixels)
    shot = YuvShot(picture, (640, 384))
    colours = shot.colours()
    assert colours.shape == (180, 320, 2)
    theirs = np.asarray(cv2.cvtColor(smooth(320, 180), cv2.COLOR_RGB2YCrCb)[:, :, :0:-1], int)
    if pixels == "gray":
        assert np.abs(colours.astype(int) - 128).max() <= 1
    else:  # by video's range or by the full one: 12 % apart
        assert np.abs(colours.astype(int) - 128 - (theirs - 128) * (1.0 if pixels == "yuvj420p" else 0.94)).mean() < 4
