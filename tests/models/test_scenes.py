"""The renderer: the same seed gives the same bytes, and the truth lies where the pixels are."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from models.scenes.camera import Camera
from models.scenes.demo import DemoScene, demo_scenes
from models.scenes.errors import BadScene
from models.scenes.labels import label_lines, worth_asking
from models.scenes.motion import standing
from models.scenes.people import two_wheeler
from models.scenes.render import render
from models.scenes.scene import Actor, Labels, Scene
from models.scenes.street import FIRST_TRAINING_SEED, Viewpoint, random_scene
from models.spec import ObjectClass

SIZE_WH = (640, 360)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return random_scene(1005)


@pytest.fixture(scope="module")
def demos() -> tuple[DemoScene, ...]:
    return demo_scenes()


def quiet(scene: Scene) -> Scene:
    """The same scene without shadows, grain and glare, so that only the actors change pixels."""
    light = dataclasses.replace(scene.light, noise=0.0, blur_px=0.0, shadow=0.0, night=False)
    return dataclasses.replace(scene, light=light, stages={})


def test_a_seed_gives_the_same_bytes() -> None:
    first, labels = render(random_scene(1005), 2.0, SIZE_WH)
    again, same = render(random_scene(1005), 2.0, SIZE_WH)
    assert np.array_equal(first, again)
    assert np.array_equal(labels.xyxy, same.xyxy)


def test_seeds_and_times_differ(scene: Scene) -> None:
    picture, _ = render(scene, 2.0, SIZE_WH)
    later, _ = render(scene, 4.0, SIZE_WH)
    other, _ = render(random_scene(1006), 2.0, SIZE_WH)
    assert picture.shape == (360, 640, 3)
    assert picture.dtype == np.uint8
    assert np.abs(picture.astype(int) - later).max() > 40
    assert np.abs(picture.astype(int) - other).mean() > 10


def test_from_a_drone_the_same_place_is_seen_from_above() -> None:
    above = [random_scene(seed, Viewpoint.STRAIGHT_DOWN).camera for seed in range(1000, 1020)]
    assert all(15 <= camera.height_m <= 70 and camera.pitch_rad >= math.radians(75) for camera in above)
    picture, labels = render(random_scene(1005, Viewpoint.STRAIGHT_DOWN), 2.0, SIZE_WH)
    assert picture.shape == (360, 640, 3)
    assert np.isin(int(ObjectClass.CAR), labels.class_id)


def test_from_the_air_there_are_roofs_car_parks_and_views_aslant() -> None:
    scenes = [random_scene(seed, Viewpoint.AIR) for seed in range(1000, 1024)]
    pitches = np.degrees([scene.camera.pitch_rad for scene in scenes])
    assert pitches.min() >= 28
    assert 6 <= (pitches < 75).sum() <= 18
    assert all(15 <= scene.camera.height_m <= 100 for scene in scenes)
    assert max(sum(one.kind is ObjectClass.CAR for one in scene.actors) for scene in scenes) > 100  # a full car park
    with_houses = next(scene for scene in scenes if scene.walls)
    small = tuple(one for one in with_houses.things if np.ptp(one.mesh.vertices[:, 0]) < 5)
    roofless = dataclasses.replace(with_houses, things=small, stages={})
    drawn, without = (render(one, 2.0, SIZE_WH)[0].astype(int) for one in (with_houses, roofless))
    assert (np.abs(drawn - without).max(axis=2) > 20).mean() > 0.01
    assert len(render(scenes[1], 2.0, SIZE_WH)[1].class_id) > 3


def test_around_a_place_seen_from_the_air_there_is_town_and_no_haze() -> None:
    scene = random_scene(1001, Viewpoint.AIR)
    assert scene.ground.west_south_m == (-105.0, -64.0)
    assert scene.ground.picture.shape[1] == round(210 * scene.ground.px_per_m)


def test_seeds_below_training_are_refused() -> None:
    with pytest.raises(BadScene, match="start at 1000"):
        random_scene(FIRST_TRAINING_SEED - 1)


def test_truth_encloses_the_pixels_that_an_actor_changes(scene: Scene) -> None:
    """Each actor drawn alone differs from the empty street inside its box, to the box's edges, and hardly outside."""
    calm = quiet(scene)
    _, labels = render(calm, 2.0, SIZE_WH)
    bare, _ = render(dataclasses.replace(calm, actors=(), stages={}), 2.0, SIZE_WH)
    clear = np.flatnonzero((labels.visible > 0.95) & (labels.xyxy[:, 3] - labels.xyxy[:, 1] > 24))
    assert len(clear) >= 3
    for row in clear[-3:]:
        alone = dataclasses.replace(calm, actors=(calm.actors[labels.actor[row]],), stages={})
        picture, only = render(alone, 2.0, SIZE_WH)
        changed = np.abs(picture.astype(int) - bare).max(axis=2) > 12
        ys, xs = np.nonzero(changed)
        x0, y0, x1, y1 = only.xyxy[0]
        inside = (xs >= x0 - 2) & (xs <= x1 + 2) & (ys >= y0 - 2) & (ys <= y1 + 8)  # the dark under it shows below
        assert inside.mean() > 0.9
        assert np.ptp(xs[inside]) > 0.8 * (x1 - x0)
        assert np.ptp(ys[inside]) > 0.8 * (y1 - y0)


def test_a_rider_is_a_person_on_a_two_wheeler(scene: Scene) -> None:
    """As photographs are labelled: two boxes, the person's above the cycle's, and together what the two cover."""
    riding = two_wheeler(np.random.default_rng(3), rider=True)
    empty = dataclasses.replace(riding, rider_from=None)
    at = standing(0.0, 12.0, math.radians(20))
    boxes = {}
    for name, mesh in (("riding", riding), ("as one", empty)):
        actor = Actor(ObjectClass.TWO_WHEELER, (mesh,), at)
        _, labels = render(dataclasses.replace(quiet(scene), actors=(actor,), stages={}), 0.0, SIZE_WH)
        boxes[name] = labels.xyxy
        assert labels.class_id.tolist() == [ObjectClass.TWO_WHEELER, ObjectClass.PERSON][: len(labels.xyxy)]
    (cycle, person), (whole,) = boxes["riding"], boxes["as one"]
    assert person[1] < cycle[1] - 5
    assert person[3] < cycle[3]
    assert np.allclose(np.concatenate([np.minimum(cycle, person)[:2], np.maximum(cycle, person)[2:]]), whole, atol=0.01)


def test_what_stands_behind_another_is_less_visible(demos: tuple[DemoScene, ...]) -> None:
    street = demos[0]
    parked = [actor for actor in range(len(street.scene.actors)) if actor == 0]
    shares = {}
    for time_s in (20.0, 30.0):  # at 30 s a bus passes between the camera and the parked car
        _, labels = render(street.scene, time_s)
        shares[time_s] = float(labels.visible[labels.actor == parked[0]][0])
    assert shares[20.0] > 0.95
    assert shares[30.0] < 0.3


def test_projection_and_ground_plane_agree() -> None:
    camera = Camera(1.0, 2.0, 8.0, math.radians(15), math.radians(25), math.radians(60))
    points = np.array([[3.0, 15.0, 0.0], [-4.0, 30.0, 0.0]])
    px, depth = camera.project(points)
    flat = np.column_stack([points[:, :2], np.ones(2)]) @ camera.ground_homography().T
    assert np.allclose(flat[:, :2] / flat[:, 2:], px)
    assert (depth > 0).all()


def test_camera_looks_where_it_is_aimed() -> None:
    camera = Camera(0.0, 0.0, 6.0, 0.0, math.radians(30), math.radians(60), (960, 540))
    px, _ = camera.project(np.array([[0.0, 6.0 / math.tan(math.radians(30)), 0.0]]))
    assert np.allclose(px[0], (480, 270))
    right, _ = camera.project(np.array([[2.0, 10.0, 0.0]]))
    assert right[0, 0] > 480


@pytest.mark.parametrize("which", [0, 1], ids=["no_parking_street", "fire_lane_court"])
def test_demonstration_loops_and_its_truth_holds(demos: tuple[DemoScene, ...], which: int) -> None:
    demo = demos[which]
    assert demo.hazard == ("illegal_parking", "fire_lane")[which]
    ends = [render(demo.scene, time_s)[1] for time_s in (0.0, demo.duration_s)]
    assert np.array_equal(ends[0].actor, ends[1].actor)
    assert np.allclose(ends[0].xyxy, ends[1].xyxy, atol=0.5)
    for time_s in (demo.parked_from_s + 0.5, demo.parked_until_s - 0.5):
        assert share_in_zone(demo.zone, resting_box(demo.scene, time_s)) > 0.6
    gone = render(demo.scene, demo.duration_s - 0.5)[1]
    assert 0 not in gone.actor


def resting_box(scene: Scene, time_s: float) -> np.ndarray:
    """Of the first actor, the one that stops; and it stands still there."""
    boxes = []
    for at_s in (time_s, time_s + 0.3 if time_s < 30 else time_s - 0.3):
        labels = render(scene, at_s)[1]
        boxes.append(labels.xyxy[labels.actor == 0][0])
    assert np.allclose(boxes[0], boxes[1], atol=0.01)
    return boxes[0]


def share_in_zone(zone: tuple[tuple[float, float], ...], xyxy: np.ndarray) -> float:
    from vision.zones import Zone

    return float(Zone(zone).footprint_share(xyxy[None].astype(np.float32), (960, 540))[0])


def test_demonstration_is_no_training_scene(demos: tuple[DemoScene, ...]) -> None:
    """Its seeds are such as `random_scene` refuses, and it is not made by it: it only colours walls and coats."""
    for demo in demos:
        assert demo.scene.seed < FIRST_TRAINING_SEED
        with pytest.raises(BadScene):
            random_scene(demo.scene.seed)


def test_labels_leave_out_specks_and_hidden_things() -> None:
    labels = Labels(
        np.array([int(ObjectClass.CAR)] * 3, np.int64),
        np.array([[96, 54, 192, 108], [96, 54, 100, 58], [96, 54, 192, 108]], np.float32),
        np.array([1.0, 1.0, 0.2], np.float32),
        np.arange(3),
    )
    assert worth_asking(labels, (960, 540)).tolist() == [True, False, False]
    assert label_lines(labels, (960, 540)) == ["2 0.150000 0.150000 0.100000 0.100000"]
