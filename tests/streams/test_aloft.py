"""A camera that flies is seen by a detector of its own, opened when the first such look comes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from models import catalog
from models.champions import Champions
from models.spec import Task
from streams.aloft import Aloft, is_aloft
from streams.clock import SystemClock
from streams.decoding.decoders import KeyDecoders
from streams.delivery.outbox import Outbox
from streams.metrics.record import Metrics
from streams.settings.telemetry import TelemetrySettings
from streams.site import CameraSpec
from streams.watched import Tools, WatchedCamera
from tests.streams.test_watched import FIT, Nobody, Over, Sees, camera, look_at
from tests.vision.builders import street
from vision.types import Detections, Picture


class Counts(Sees):
    """A detector that counts its looks."""

    looks = 0

    def __call__(self, rgb: Picture, source_wh: tuple[int, int]) -> Detections:
        self.looks += 1
        return super().__call__(rgb, source_wh)


def flying(source: str = "drone") -> CameraSpec:
    told = {"source": source} | ({"camera_height_m": 2.0} if source == "vehicle" else {})
    return CameraSpec(id="cam", url="rtsp://192.0.2.7/", telemetry=TelemetrySettings.model_validate(told))


@pytest.mark.parametrize(("spec", "aloft"), [(camera(), 0), (flying("vehicle"), 0), (flying(), 1)])
def test_only_what_flies_is_seen_by_the_detector_for_it(spec: CameraSpec, aloft: int, tmp_path: Path) -> None:
    on_pole, in_air = Counts(), Counts()
    outbox = Outbox(tmp_path / "worker.db")
    watched = WatchedCamera(spec, outbox, Nobody(), fit_wh=FIT, metrics=Metrics(), clock=SystemClock())
    tools = Tools(on_pole, KeyDecoders(), aloft=lambda: in_air)  # type: ignore[arg-type, return-value]
    seen = watched.look(look_at(0, street(), Over()), tools, looked_at=True)  # type: ignore[arg-type]
    outbox.close()
    assert seen is not None
    assert seen.detections is not None
    assert (on_pole.looks, in_air.looks) == (1 - aloft, aloft)
    assert is_aloft(spec) == bool(aloft)


def test_it_is_opened_once_for_all_threads_at_the_first_look() -> None:
    opened: list[int] = []

    def open_all() -> list[Counts]:
        opened.append(1)
        return [Counts(), Counts()]

    aloft = Aloft(FIT, open_all)  # type: ignore[arg-type]
    assert not opened
    found: dict[int, object] = {}
    threads = [threading.Thread(target=lambda i=i: found.update({i: aloft.of(i)()})) for i in (0, 1)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert opened == [1]
    assert found[0] is not found[1]
    assert aloft.of(0)() is found[0]


def test_weights_promoted_for_drones_are_theirs_alone(tmp_path: Path) -> None:
    """The second name has the shipped bytes, so that nothing has to be trained."""
    catalog.add(catalog.find("street-v4", None).path, tmp_path, "from-above")
    Champions(tmp_path).promote(catalog.find("from-above", tmp_path), "street-v4", {}, task=Task.AERIAL)
    assert catalog.find(None, tmp_path, Task.AERIAL).name == "from-above"
    assert Champions(tmp_path).current() is None
    Champions(tmp_path).roll_back(Task.AERIAL)
    assert Champions(tmp_path).current(Task.AERIAL) is None
