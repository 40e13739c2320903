"""The saturated loop is measured against what it is made of."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from models.catalog import find
from models.session import open_session
from streams.bench.loop import bench_loop
from streams.errors import SourceUnusable
from vision.detect import Detector


@pytest.mark.parametrize("content", [b"words", b""], ids=["words", "nothing"])
def test_a_clip_that_cannot_be_played_is_refused_before_anything_is_measured(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(content)
    blind = Detector(find("street-v4", None), lambda tensor: np.zeros((1, 0, 6), np.float32))
    with pytest.raises(SourceUnusable, match="is the file whole"):
        bench_loop(str(tmp_path / "clip.mp4"), [blind], [lambda _: pytest.fail("measured")], runs=1, seconds=0.1)


def test_a_clip_of_one_picture_has_a_rate_of_decoding(tmp_path: Path) -> None:
    """A decoder holds its first pictures back until more come or it is told that none do."""
    clip = tmp_path / "one.mp4"
    with av.open(str(clip), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height = 320, 192
        picture = av.VideoFrame.from_ndarray(np.full((192, 320, 3), 90, np.uint8), format="rgb24")
        out.mux([*stream.encode(picture), *stream.encode()])
    blind = Detector(find("street-v4", None), lambda tensor: np.zeros((1, 0, 6), np.float32))
    figure = bench_loop(str(clip), [blind], [lambda _: np.zeros((1, 0, 6), np.float32)], runs=1, seconds=0.3)
    assert figure.decode_fps > 0
    assert figure.loop_fps > 0


@pytest.mark.alone
def test_the_loop_is_slower_than_its_parts_and_not_by_much(assets: Path) -> None:
    spec = find(str(assets / "weights" / "yolox_nano_416.onnx"), None)
    session = open_session(spec, provider="CPUExecutionProvider")
    clip = str(assets / "clips" / "ua_detrac_intersection.mp4")
    figure = bench_loop(clip, [Detector(spec, session.run)], [session.run], runs=1, seconds=1.5)
    assert figure.runs == 1
    assert figure.bound_fps < min(figure.bare_fps, figure.decode_fps)
    assert figure.bound_fps == pytest.approx(1 / (1 / figure.bare_fps + 1 / figure.decode_fps))
    assert figure.ratio == pytest.approx(figure.loop_fps / figure.bare_fps)
    assert figure.share_of_bound == pytest.approx(figure.loop_fps / figure.bound_fps)
    # Wide, for machines that do other things meanwhile: the figures themselves are the bench's.
    assert 0.05 < figure.share_of_bound < 6
