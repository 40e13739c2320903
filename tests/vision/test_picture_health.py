"""A picture that cannot be believed is found; light, weather and traffic are not faults."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from tests.vision.street import Street, behind_a_truck, blurred, covered, moved
from vision.picture_health import HOLD_S, FaultKind, PictureFault, PictureHealth
from vision.types import Picture

Change = Callable[[Street, Picture], Picture]


class Watch:
    """A camera on a street, looked at once a second."""

    def __init__(self, health: PictureHealth | None = None, street: Street | None = None) -> None:
        self.health = health or PictureHealth()
        self.street = street or Street()
        self.at_s = 1000.0

    def look(self, seconds: int, change: Change = lambda street, bare: street.noisy(bare)) -> PictureFault | None:
        """The fault after so many looks through `change`."""
        fault = None
        for _ in range(seconds):
            self.at_s += 1
            fault = self.health.see(change(self.street, self.street.bare()), self.at_s)
        return fault

    def faults(self, seconds: int, change: Change) -> set[FaultKind]:
        return {fault.kind for _ in range(seconds) if (fault := self.look(1, change))}


@pytest.fixture(scope="module")
def learnt() -> Watch:
    made = Watch()
    assert made.look(60) is None
    return made


@pytest.fixture
def watch(learnt: Watch) -> Watch:
    """A camera that knows its street, restored as after a restart: learning takes longer than most of what follows."""
    made = Watch()
    made.health.restore(learnt.health.state())
    return made


ELSEWHERE = Street(seed=77)
FAULTS: dict[str, tuple[Change, FaultKind]] = {
    "black": (lambda s, p: s.noisy(np.zeros_like(p)), FaultKind.FLAT),
    "one colour": (lambda s, p: np.full_like(p, 140), FaultKind.FLAT),
    "cloth": (lambda s, p: s.noisy(covered(p, 1.0)), FaultKind.COVERED),
    "out of focus": (lambda s, p: s.noisy(blurred(p, 3)), FaultKind.DEFOCUSED),
    "turned by a tenth": (lambda s, p: s.noisy(moved(p, 0.1, 0.05)), FaultKind.TURNED),
    "turned by half": (lambda s, p: s.noisy(moved(p, 0.5)), FaultKind.TURNED),
    "sagged": (lambda s, p: s.noisy(moved(p, 0.0, 0.06)), FaultKind.TURNED),
    "about its axis": (lambda s, p: s.noisy(moved(p, 0, 0, 12)), FaultKind.TURNED),
    "elsewhere": (lambda s, p: s.noisy(ELSEWHERE.bare()), FaultKind.TURNED),
}
BENIGN: dict[str, Change] = {
    "traffic": lambda s, p: s.noisy(p),
    "night": lambda s, p: s.night(p),
    "infra-red": lambda s, p: s.infra_red(p),
    "headlights": lambda s, p: s.headlights(p),
    "rain": lambda s, p: s.rain(p),
    "fog": lambda s, p: s.noisy((p * 0.3 + 130).astype(np.uint8)),
    "wind": lambda s, p: s.noisy(moved(p, *np.random.default_rng(int(p.sum())).uniform(-0.01, 0.01, 2))),
    "a truck": lambda s, p: s.noisy(behind_a_truck(p, 0.6)),
}


@pytest.mark.parametrize(("change", "kind"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_found_in_time_and_named(watch: Watch, change: Change, kind: FaultKind) -> None:
    began_s = watch.at_s + 1
    assert watch.look(3, change) is None
    fault = watch.look(int(HOLD_S[kind]) + 10, change)
    assert fault is not None
    assert fault.kind is kind
    assert began_s <= fault.since_s <= began_s + 12
    assert all(np.isfinite(value) for value in fault.why.values())


@pytest.mark.parametrize("change", BENIGN.values(), ids=BENIGN.keys())
def test_light_weather_and_traffic_are_no_faults(watch: Watch, change: Change) -> None:
    assert watch.faults(100, change) == set()
    assert watch.faults(30, BENIGN["traffic"]) == set()


@pytest.mark.parametrize("name", ["black", "cloth", "turned by a tenth", "sagged", "about its axis", "elsewhere"])
def test_a_fault_is_found_at_night_too(watch: Watch, name: str) -> None:
    """But for defocus: what noise has covered cannot be missed."""
    change, kind = FAULTS[name]
    watch.look(100, BENIGN["night"])
    fault = watch.look(40, lambda s, p: s.night(change(s, p)))
    assert fault is not None
    # In the dark a cloth and a black picture are one.
    assert fault.kind in {kind, FaultKind.FLAT if kind is FaultKind.COVERED else kind}


def test_a_fault_ends_with_the_trouble_and_not_at_once(watch: Watch) -> None:
    assert watch.look(30, FAULTS["cloth"][0])
    assert watch.look(3), "a moment's sight is not the end"
    assert watch.look(10) is None
    assert watch.health.doubt is None


def test_a_bad_look_is_doubted_before_it_is_a_fault(watch: Watch) -> None:
    assert watch.look(1, FAULTS["black"][0]) is None
    assert watch.health.doubt is FaultKind.FLAT


def test_what_lasts_for_a_moment_is_no_fault(watch: Watch) -> None:
    for _ in range(6):
        assert watch.faults(8, FAULTS["cloth"][0]) == set()
        assert watch.faults(12, BENIGN["traffic"]) == set()


def test_a_cover_that_creeps_over_the_lens_is_found_when_nearly_all_is_gone(watch: Watch) -> None:
    shares = np.linspace(0, 1, 300)
    seen = iter(shares)
    assert watch.faults(200, lambda s, p: s.noisy(covered(p, next(seen)))) == set(), "a third is still in view"
    assert watch.faults(99, lambda s, p: s.noisy(covered(p, next(seen)))) == {FaultKind.COVERED}


def test_a_lens_that_fogs_up_over_twenty_minutes_is_found(watch: Watch) -> None:
    steps = iter(np.linspace(0.3, 4, 1200))
    assert FaultKind.DEFOCUSED in watch.faults(1200, lambda s, p: s.noisy(blurred(p, next(steps))))


def test_the_same_picture_again_and_again_is_frozen(watch: Watch) -> None:
    last = watch.street.next()
    began_s = watch.at_s + 1
    fault = watch.look(14, lambda s, p: last)
    assert fault is not None
    assert (fault.kind, fault.since_s) == (FaultKind.FROZEN, began_s)
    assert watch.look(10) is None


def test_a_frozen_picture_with_a_running_clock_is_frozen(watch: Watch) -> None:
    last = watch.street.next()

    def with_clock(street: Street, bare: Picture) -> Picture:
        shown = last.copy()
        shown[8:24, 8:120] = street.noisy(np.full((16, 112), 100, np.uint8), 60)
        return shown

    fault = watch.look(20, with_clock)
    assert fault is not None
    assert fault.kind is FaultKind.FROZEN


def test_an_empty_street_with_noise_is_not_frozen(watch: Watch) -> None:
    assert watch.faults(300, lambda s, p: s.noisy(s.bare(cars=0), 0.7)) == set()


def test_a_camera_that_is_wont_to_repeat_itself_gets_longer() -> None:
    """A smart encoder sends nothing while nothing happens: runs of 20 s are its way, two minutes are not."""
    watch = Watch()
    for _ in range(20):
        held = watch.street.next()
        assert watch.look(20, lambda s, p, held=held: held) is None  # type: ignore[misc]
    held = watch.street.next()
    assert watch.look(50, lambda s, p: held) is None
    fault = watch.look(30, lambda s, p: held)
    assert fault is not None
    assert fault.kind is FaultKind.FROZEN


def test_the_picture_may_change_its_size(watch: Watch) -> None:
    for size_wh in ((352, 288), (640, 480), (320, 180), (64, 36)):
        watch.street.size_wh = size_wh
        assert watch.faults(60, BENIGN["traffic"]) == set()


def test_a_view_that_people_accept_is_learnt(watch: Watch) -> None:
    turned = FAULTS["turned by half"][0]
    assert watch.look(30, turned)
    watch.health.accept_view()
    assert watch.faults(90, turned) == set()
    assert FaultKind.TURNED in watch.faults(40, BENIGN["traffic"]), "back is away now"


def test_a_camera_that_is_covered_from_its_first_picture_on_is_found() -> None:
    """And once the cloth is gone its view is learnt as any other."""
    cloth, watch = FAULTS["cloth"][0], Watch()
    fault = watch.look(16, cloth)
    assert fault is not None
    assert fault.kind is FaultKind.COVERED
    assert watch.faults(120, cloth) == {FaultKind.COVERED}
    assert watch.look(10, BENIGN["traffic"]) is None
    assert watch.faults(60, BENIGN["traffic"]) == set()
    assert watch.faults(20, cloth) == {FaultKind.COVERED}


def test_a_bare_wall_that_people_accept_is_no_cover() -> None:
    wall, watch = FAULTS["cloth"][0], Watch()
    assert watch.look(20, wall)
    watch.health.accept_view()
    assert watch.faults(60, wall) == set()
    assert restarted(watch, watch.health.view).faults(30, wall) == set()


@pytest.mark.parametrize("change", BENIGN.values(), ids=BENIGN.keys())
def test_no_light_or_weather_of_the_first_pictures_is_a_cover(change: Change) -> None:
    assert Watch().faults(30, change) == set()


def test_a_turned_view_is_accepted_by_itself_only_where_that_is_wanted() -> None:
    for accepts_after_s, expected in ((None, FaultKind.TURNED), (60.0, None)):
        watch = Watch(PictureHealth(accepts_after_s=accepts_after_s))
        watch.look(60)
        fault = watch.look(150, FAULTS["turned by half"][0])
        assert (fault.kind if fault else None) == expected


def restarted(watch: Watch, view: int = 0) -> Watch:
    """The worker was away for an hour."""
    again = Watch(PictureHealth(view=view), watch.street)
    again.health.restore(json.loads(json.dumps(watch.health.state())))
    again.at_s = watch.at_s + 3600
    return again


def test_a_camera_turned_while_the_worker_was_down_is_found(watch: Watch) -> None:
    fault = restarted(watch).look(30, FAULTS["turned by a tenth"][0])
    assert fault is not None
    assert fault.kind is FaultKind.TURNED
    assert restarted(watch).faults(60, BENIGN["traffic"]) == set()


def test_a_fault_outlasts_a_restart(watch: Watch) -> None:
    before = watch.look(40, FAULTS["cloth"][0])
    again = restarted(watch)
    assert again.health.fault == before
    after = again.look(5, FAULTS["cloth"][0])
    assert before is not None
    assert after is not None
    assert after.since_s == before.since_s
    assert again.look(15) is None


def test_another_view_number_begins_anew(watch: Watch) -> None:
    watch.look(40, FAULTS["turned by half"][0])
    assert restarted(watch, view=1).faults(60, FAULTS["turned by half"][0]) == set()


def test_state_is_small_and_bad_state_is_refused(watch: Watch) -> None:
    state = watch.health.state()
    assert len(json.dumps(state)) < 16_000
    damaged = {**state["lights"][0], "field": "AAAA" + state["lights"][0]["field"][4:]}
    for broken in (
        {**state, "version": 99},
        {**state, "lights": [{"field": "!"}]},
        {**state, "lights": [damaged]},
        {"version": 1},
    ):
        with pytest.raises((ValueError, KeyError, TypeError)):
            PictureHealth().restore(broken)


def test_a_camera_that_moves_is_judged_by_flat_and_frozen_only() -> None:
    watch = Watch(PictureHealth(is_fixed=False))
    steps = iter(np.linspace(0, 1, 200))
    assert watch.faults(200, lambda s, p: s.noisy(moved(p, next(steps)))) == set()
    assert watch.look(10, FAULTS["black"][0])
