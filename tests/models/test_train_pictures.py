"""Training pictures: what their label numbers mean, what is held back, and boxes that follow the pixels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.spec import ObjectClass
from models.train.augment import Sample, clip_boxes, compose, mirrored, soften
from models.train.errors import BadPictures, BadTrainSettings
from models.train.feed import Source, make_batch, make_sample
from models.train.pictures import (
    ATL_TRAFFIC,
    STREET,
    Labelled,
    atl_held_back,
    atl_train,
    is_held_back,
    read_folder,
    read_labels,
    street_held_back,
    street_train,
)
from models.train.settings import (
    TrainSettings,
    learning_rate_share,
    mosaic_share,
    one_to_many_share,
    picture_side_px,
)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_street_numbers_become_our_classes(tmp_path: Path) -> None:
    ids, xyxy = read_labels(write(tmp_path / "a.txt", "0 0.5 0.5 0.2 0.4\n3 0.1 0.1 0.4 0.1\n"), STREET)
    assert ids.tolist() == [ObjectClass.BUS, ObjectClass.PERSON]
    assert np.allclose(xyxy, [[0.4, 0.3, 0.6, 0.7], [0.0, 0.05, 0.3, 0.15]])  # the second is cut at the edge


def test_traffic_numbers_become_our_classes(tmp_path: Path) -> None:
    ids, _ = read_labels(write(tmp_path / "a.txt", "".join(f"{k} 0.5 0.5 0.1 0.1\n" for k in range(4))), ATL_TRAFFIC)
    assert ids.tolist() == [ObjectClass.TWO_WHEELER, ObjectClass.BUS, ObjectClass.CAR, ObjectClass.TRUCK]


def test_an_empty_label_file_means_nothing_there(tmp_path: Path) -> None:
    ids, xyxy = read_labels(write(tmp_path / "a.txt", "\n"), STREET)
    assert ids.shape == (0,)
    assert xyxy.shape == (0, 4)


@pytest.mark.parametrize("line", ["7 0.5 0.5 0.1 0.1", "1 0.5 0.5 0.1", "car 0 0 1 1"])
def test_a_bad_label_names_its_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadPictures, match=r"a\.txt:2"):
        read_labels(write(tmp_path / "a.txt", f"1 0.5 0.5 0.1 0.1\n{line}\n"), STREET)


def test_a_folder_without_pictures_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(BadPictures, match="images/ and labels/"):
        read_folder(tmp_path, STREET)


def test_whole_recordings_are_held_back() -> None:
    assert is_held_back(Path("B10_png.rf.7bbe.jpg"))
    assert is_held_back(Path("D0_png.rf.8f57.jpg"))
    assert not is_held_back(Path("C3_png.rf.e4eb.jpg"))
    assert not is_held_back(Path("10260070026111110_png.rf.115d.jpg"))
    assert is_held_back(Path("10260070026111121_png.rf.a8ce.jpg"))


def test_real_pictures_are_split_without_overlap(assets: Path) -> None:
    pictures = assets / "pictures"
    assert (len(street_train(pictures)), len(street_held_back(pictures))) == (1703, 240)
    kept, held = atl_train(pictures), atl_held_back(pictures)
    assert (len(kept), len(held)) == (15, 16)
    assert not {one.path.name for one in kept} & {one.path.name for one in held}


def blocks(seed: int = 0) -> Sample:
    """A dark picture with two bright blocks and their boxes."""
    picture = np.full((120, 160, 3), 20, np.uint8)
    xyxy = np.array([[10, 20, 50, 60], [90, 50, 140, 110]], np.float32)
    for x0, y0, x1, y1 in xyxy.astype(int):
        picture[y0:y1, x0:x1] = 230
    return Sample(picture, np.array([0, 2], np.int64), xyxy)


@pytest.mark.parametrize("count", [1, 4], ids=["one picture", "mosaic of four"])
def test_boxes_follow_the_pixels(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through scaling, cropping and flipping, a box still holds a bright block, with dark outside it."""
    monkeypatch.setattr("models.train.augment.relight", lambda picture, rng: picture)
    rng = np.random.default_rng(3)
    seen = 0
    for _ in range(30):
        made = compose([blocks()] * count, [float(v) for v in rng.uniform(80, 260, count)], 128, rng)
        assert made.picture.shape == (128, 128, 3)
        for x0, y0, x1, y1 in made.xyxy:
            assert 0 <= x0 < x1 <= 128
            assert 0 <= y0 < y1 <= 128
            if min(x1 - x0, y1 - y0) >= 8:
                inner = made.picture[int(y0) + 3 : int(y1) - 3, int(x0) + 3 : int(x1) - 3]
                assert inner.mean() > 215
                seen += 1
    assert seen > 20


def test_a_flipped_box_is_mirrored() -> None:
    assert mirrored(np.array([[10, 5, 30, 9]], np.float32), 100).tolist() == [[70, 5, 90, 9]]


def test_slivers_at_the_edge_are_dropped() -> None:
    xyxy = np.array([[-90, 0, 10, 40], [-20, 0, 30, 40], [0, 0, 2, 40]], np.float32)
    ids, kept = clip_boxes(np.arange(3), xyxy, (100, 100))
    assert ids.tolist() == [1]  # the first keeps a tenth of itself, the last is 2 px wide
    assert kept.tolist() == [[0, 0, 30, 40]]


def test_now_and_then_a_picture_is_that_of_a_poorer_camera() -> None:
    """Fewer pixels and a codec take detail away; brightness and size stay as they are."""
    rng = np.random.default_rng(3)
    sharp = rng.integers(0, 255, (96, 128, 3)).astype(np.uint8)
    shown = [soften(sharp, rng) for _ in range(300)]
    detail = np.array([float(cv2.Laplacian(one[..., 0], cv2.CV_32F).std()) for one in shown])
    touched = np.array([not np.array_equal(one, sharp) for one in shown])
    assert 60 <= touched.sum() <= 140
    assert (detail[touched] < 0.97 * detail[~touched].min()).all()
    assert all(one.shape == sharp.shape and one.dtype == np.uint8 for one in shown)
    assert all(abs(float(one.mean()) - float(sharp.mean())) < 2 for one in shown)


def test_a_batch_holds_relative_centres_and_sizes(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), blocks().picture)
    relative = blocks().xyxy / np.array([160, 120, 160, 120], np.float32)
    source = Source([Labelled(path, np.array([0, 2]), relative)], 1.0, (0.9, 1.1), False, 480)
    rng = np.random.default_rng(0)
    batch = make_batch([make_sample([source], 96, mosaic, rng) for mosaic in (False, True)])
    assert batch.pictures.shape == (2, 96, 96, 3)
    assert len(batch.picture_index) == len(batch.class_id) == len(batch.xywh) > 0
    assert set(batch.picture_index.tolist()) <= {0, 1}
    assert ((batch.xywh >= 0) & (batch.xywh <= 1)).all()


def test_schedules_run_from_start_to_end() -> None:
    assert learning_rate_share(0.0) == pytest.approx(0.02)
    assert learning_rate_share(0.03) == pytest.approx(1.0)
    assert learning_rate_share(1.0) == pytest.approx(0.02)
    sides = [picture_side_px(p) for p in np.linspace(0, 1, 50)]
    assert sides == sorted(sides)
    assert all(side % 32 == 0 for side in sides)
    assert mosaic_share(0.99) == 0
    assert one_to_many_share(0) == pytest.approx(0.8)
    assert one_to_many_share(1) == pytest.approx(0.1)


@pytest.mark.parametrize(("name", "value"), [("minutes", 0.0), ("batch", 1), ("threads", 0)])
def test_bad_settings_are_refused(name: str, value: float, tmp_path: Path) -> None:
    with pytest.raises(BadTrainSettings, match=name):
        TrainSettings(tmp_path, tmp_path, tmp_path, **{name: value})  # type: ignore[arg-type]
