"""One door for pictures: what is not the picture stays outside, and who was given one is on record."""

from __future__ import annotations

import base64
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from api.auth.roles import Role
from api.errors import Unavailable, Unprocessable
from api.evidence.marks import Marks, _faces, _open, _plates, _tiles
from api.evidence.metadata import without_metadata
from api.evidence.photos import clean_still
from tests.api.house import FakeTime, Served, event, jpeg, serving
from tests.api.stored import copied

PLATES, FACES = "plate_yolov8n_320_int8.onnx", "yunet_n_dynamic.onnx"


def segment(marker: int, content: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content


def laden(picture: bytes) -> bytes:
    """A photo as a phone makes it: EXIF with a place, a comment, a maker's segment, and a film behind the picture."""
    extra = (
        segment(0xE1, b"Exif\x00\x00GPS 113.85 27.62 owner Wang")
        + segment(0xFE, b"taken by Wang")
        + segment(0xE2, b"MPF\x00 preview")
    )
    return picture[:2] + extra + picture[2:] + b"\x00\x00\x00\x18ftypmp42 a film of the owner"


def pixels(data: bytes) -> np.ndarray:
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return found


@pytest.mark.parametrize("progressive", [0, 1])
def test_only_the_picture_is_left_and_it_is_the_same(progressive: int) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    options = [cv2.IMWRITE_JPEG_PROGRESSIVE, progressive, cv2.IMWRITE_JPEG_RST_INTERVAL, 4]
    plain = cv2.imencode(".jpg", noise, options)[1].tobytes()
    kept = without_metadata(laden(plain))
    assert kept == without_metadata(plain)
    assert not any(word in kept for word in (b"Wang", b"GPS", b"ftyp", b"preview"))
    assert np.array_equal(pixels(kept), pixels(plain))


@pytest.mark.parametrize("data", [b"", b"<html>", b"\xff\xd8\xff\xe1\x00\x04ab", b"\xff\xd8\xff\xd9"])
def test_what_has_no_picture_in_it_is_refused(data: bytes) -> None:
    with pytest.raises(Unprocessable):
        without_metadata(data)


def test_no_way_in_keeps_where_a_picture_was_taken(shared: Served) -> None:
    """FixMyStreet #5841: one import path still kept EXIF. Here whatever is kept goes through one place."""
    shared.post(event("exif", still_jpeg=base64.b64encode(laden(jpeg())).decode()))
    worker = shared.client(Role.WORKER)
    assert worker.put("/worker/events/exif-raised/still", content=laden(jpeg(80, 60))).status_code == 204
    for path in (shared.data / "evidence").glob("*/*.jpg"):
        assert not any(word in path.read_bytes() for word in (b"Wang", b"GPS", b"ftyp"))


def test_who_was_given_a_picture_is_on_record(shared: Served) -> None:
    shared.post(event("seen", camera="cam-2"))
    [ticket] = [t for t in shared.tickets() if t["hazard_id"] == "seen"]
    still = ticket["still_url"].removeprefix("/api/v1")
    centre = shared.client(Role.COMMAND_CENTRE)
    views = still.replace(".jpg", "/views")
    assert centre.get(views).json() == {"items": [], "next": None}
    assert shared.client(Role.GRID_WORKER, "east").get(still).status_code == 200
    assert shared.client(Role.GRID_WORKER, "west").get(still).status_code == 404
    found = centre.get(views).json()["items"]
    assert found == [
        {"at": "2026-11-22T08:00:00.000Z", "by": "token:grid_worker-east", "role": "grid_worker", "way": "picture"}
    ]
    assert shared.client(Role.GRID_WORKER, "east").get(views).status_code == 403
    assert shared.client(Role.WORKER).put("/worker/events/seen-raised/still", content=jpeg(80, 60)).status_code == 204
    assert centre.get(still).status_code == 404, "another one has taken its place"
    assert centre.get(views).json()["items"] == found
    assert shared.client(Role.OFFICER, "east").get(views).status_code == 404


def test_a_still_is_encoded_anew(shared: Served) -> None:
    """What hides in the parts that belong to a picture is no picture: it would pass a door that only strips."""
    picture = jpeg(96, 64)
    hidden = picture[:2] + segment(0xE0, b"JFIF\x00\x01\x01" + b"a film of the owner") + picture[2:]
    assert b"owner" in without_metadata(hidden)
    shared.post(event("hidden", still_jpeg=base64.b64encode(hidden).decode()))
    kept = [path.read_bytes() for path in (shared.data / "evidence").glob("*/*.jpg")]
    assert [one for one in kept if b"owner" in one] == []
    assert any(pixels(one).shape == (64, 96, 3) for one in kept)
    cut = base64.b64encode(picture[: len(picture) // 2]).decode()
    assert shared.client(Role.WORKER).post("/events", json={"events": [event("cut", still_jpeg=cut)]}).status_code < 500


def test_faces_and_plates_are_made_unrecognisable_where_there_are_weights(assets: Path) -> None:
    weights = assets / "weights"
    marks = Marks(weights / "plate_yolov8n_320_int8.onnx", weights / "yunet_n_dynamic.onnx")
    found = next(assets.rglob("zidane.jpg"))
    before = cv2.imread(str(found))
    faces = _faces(_open(weights / "yunet_n_dynamic.onnx"), before)
    assert len(faces) > 0
    after = marks.redact(before.copy())
    for x1, y1, x2, y2 in faces.astype(int).tolist():
        inner = (slice(max(0, y1), y2), slice(max(0, x1), x2))
        assert len(np.unique(after[inner].reshape(-1, 3), axis=0)) <= 64, "a few blocks of faces that overlap"
    assert np.array_equal(after[:40, :40], before[:40, :40])


def test_where_weights_are_named_and_do_not_run_nothing_is_kept(tmp_path: Path) -> None:
    broken = tmp_path / "plates.onnx"
    broken.write_bytes(b"no weights")
    with pytest.raises(Unavailable, match=r"plates\.onnx"):
        clean_still(Marks(broken), jpeg())


def found_in(finder: str, weights: Path, bgr: np.ndarray) -> list[tuple[float, ...]]:
    """Boxes of faces, or of plates in the picture and its tiles."""
    if finder == "faces":
        return [tuple(box) for box in _faces(_open(weights / FACES), bgr).tolist()]
    session, found = _open(weights / PLATES), []
    for left, top, tile in _tiles(bgr):
        found += [(x1 + left, y1 + top, x2 + left, y2 + top) for x1, y1, x2, y2 in _plates(session, tile).tolist()]
    return found


def flatness(bgr: np.ndarray, box: tuple[float, ...]) -> float:
    """How much neighbours differ inside a box, on average: little within blocks."""
    x1, y1, x2, y2 = (max(0, int(edge)) for edge in box)
    inside = bgr[y1:y2, x1:x2].astype(np.int16)
    return float(np.abs(np.diff(inside, axis=1)).mean())


@pytest.mark.parametrize(("finder", "name"), [("faces", "zidane.jpg"), ("plates", "DJI-00760-00014.jpg")])
def test_other_peoples_faces_and_plates_are_gone_from_the_evidence(
    applied_site: Path, tmp_path: Path, assets: Path, finder: str, name: str
) -> None:
    """weg-li #416, through the server: of a camera's still and of a photo on foot."""
    weights, data, clock = assets / "weights", tmp_path / "data", FakeTime()
    copied(applied_site, data)
    original = next(assets.rglob(name)).read_bytes()
    boxes = found_in(finder, weights, pixels(original))
    assert boxes
    marks: dict[str, Any] = {"face_weights": weights / FACES, "plate_weights": weights / PLATES}
    with serving(data, clock, **marks) as url:
        house = Served(url, data, clock)
        told = base64.b64encode(original).decode()
        house.post(event("seen", camera="cam-2", still_jpeg=told))
        where = {"lon": 113.86, "lat": 27.61, "datum": "WGS-84"}
        on_foot = {"kind": "rubbish", "where": where, "photo_jpeg": told}
        house.client(Role.GRID_WORKER).post("/reports", json=on_foot).raise_for_status()
        urls = [ticket["still_url"].removeprefix("/api/v1") for ticket in house.tickets()]
        pictures = [pixels(house.client(Role.COMMAND_CENTRE).get(one).content) for one in urls]
        house.close()
    assert len(pictures) == 2
    before = pixels(original)
    for after in pictures:
        assert after.shape == before.shape
        for box in boxes:
            assert flatness(after, box) < 0.5 * flatness(before, box), box
