"""What is said of a lost link before anybody confirms, by the vehicle's own parameters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drone.fly.fence_kept import fence_said
from drone.fly.link_loss import LinkLoss, link_loss_of, statement
from tests.drone.peers.plans import sweep
from tests.drone.peers.world import virtually, world

AFTER = "After 5 s without the ground station the vehicle "
AWAY = "123 m"  # 120 m east and 25 m north
TO = "the nearest of home and 1 rally point"
FAR = f"to {TO}, from {AWAY} away at most, and lands there."


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (LinkLoss("returns", 5.0, 15.0), f"{AFTER}returns at 15 m above home or as high as it is, straight {FAR}"),
        (LinkLoss("returns", 5.0, 0.0), f"{AFTER}returns at the height that it has, straight {FAR}"),
        (LinkLoss("returns", None, None), f"Without the ground station the vehicle returns, straight {FAR}"),
        (
            LinkLoss("returns the way it came", 5.0, 15.0),
            f"{AFTER}returns the way it came; where it cannot, straight at 15 m above home or as high as it is {FAR}",
        ),
        (
            LinkLoss("comes back or lands", 5.0, 15.0),
            f"{AFTER}returns the way it came; where it cannot, it lands where it is, {AWAY} from home at most.",
        ),
        (LinkLoss("lands", 5.0), f"{AFTER}lands where it is, {AWAY} from home at most."),
        (
            LinkLoss("stops its motors", 5.0),
            f"{AFTER}stops its motors and falls where it is, {AWAY} from home at most.",
        ),
        (LinkLoss("holds", 5.0), f"{AFTER}holds where it is, until its pilot or its battery brings it down."),
        (
            LinkLoss("goes on", 5.0, heeds=1),
            "Without the ground station the vehicle goes on: it flies the mission to its end, and nobody here can "
            "stop it.",
        ),
        (
            LinkLoss("not told"),
            "What the vehicle does when the link is lost is not told by it: find out before it flies.",
        ),
        (
            LinkLoss("lands", 5.0, heeds=252),
            f"{AFTER}lands where it is, {AWAY} from home at most. BUT the ground station that it heeds is system 252, "
            "and this one is 255: when this link is lost it does nothing of that. Set SYSID_MYGCS (MAV_GCS_SYSID since "
            "4.7) to 255 first.",
        ),
    ],
    ids=[
        "returns",
        "as high",
        "bare",
        "smart",
        "smart or lands",
        "lands",
        "falls",
        "holds",
        "goes on",
        "not told",
        "another's",
    ],
)
def test_one_sentence_says_what_happens_on_this_plan(loss: LinkLoss, said: str) -> None:
    assert statement(loss, sweep(2)) == said


@pytest.mark.parametrize(
    ("parameters", "loss"),
    [
        ({"FS_GCS_ENABLE": 1, "RTL_ALT": 1500, "SYSID_MYGCS": 255}, LinkLoss("returns", 5.0, 15.0, 255)),
        (
            {"FS_GCS_ENABLE": 3, "RTL_ALT_M": 15, "MAV_GCS_SYSID": 255},
            LinkLoss("returns the way it came", 5.0, 15, 255),
        ),
        ({"FS_GCS_ENABLE": 4, "RTL_ALT": 1500, "SYSID_MYGCS": 255}, LinkLoss("comes back or lands", 5.0, 15.0, 255)),
        ({"FS_GCS_ENABLE": 6, "RTL_ALT": 0, "SYSID_MYGCS": 252}, LinkLoss("returns", 5.0, 0.0, 252)),
        ({"FS_GCS_ENABLE": 1, "FS_OPTIONS": 2, "MAV_GCS_SYSID": 1}, LinkLoss("goes on", 5.0, None, 1)),
        (
            {"FS_GCS_ENABLE": 5, "MAV_GCS_SYSID": 250, "MAV_GCS_SYSID_HI": 255},
            LinkLoss("lands", 5.0, None, 255),
        ),
        ({"FS_GCS_ENABLE": 99}, LinkLoss("not told", 5.0)),
        ({}, LinkLoss("not told")),
    ],
    ids=["4.6", "4.7", "lands else", "another's", "on in its mission", "several", "unknown", "silent"],
)
def test_it_is_read_from_the_vehicle_by_either_versions_names(parameters: dict[str, float], loss: LinkLoss) -> None:
    async def read() -> None:
        async with world() as there:
            timeout = {"FS_GCS_TIMEOUT": 5.0} if parameters else {}
            there.copter.parameters = {**timeout, **{name: float(value) for name, value in parameters.items()}}
            assert await link_loss_of(await there.vehicle()) == loss

    virtually(read)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"FENCE_ENABLE": 0, "FENCE_AUTOENABLE": 0}, "NOT hold the vehicle: FENCE_ENABLE is 0, set it to 1"),
        ({"FENCE_ENABLE": 0}, "NOT hold the vehicle: FENCE_ENABLE is 0"),
        ({"FENCE_ENABLE": 1, "FENCE_ACTION": 0, "FENCE_TYPE": 7}, "FENCE_ACTION is 0, which only reports"),
        ({"FENCE_ENABLE": 1, "FENCE_ACTION": 1, "FENCE_TYPE": 3}, "FENCE_TYPE is 3 and leaves polygons"),
        ({"FENCE_ENABLE": 1, "FENCE_ACTION": 1}, "is not told by it"),
        ({}, "is not told by it"),
        ({"FENCE_ENABLE": 1, "FENCE_ACTION": 1, "FENCE_TYPE": 7}, None),
        ({"FENCE_ENABLE": 0, "FENCE_AUTOENABLE": 3, "FENCE_ACTION": 1, "FENCE_TYPE": 4}, None),
    ],
    ids=["off", "off before 4.6", "reports", "other kinds", "half told", "silent", "kept to", "kept to in flight"],
)
def test_a_fence_that_the_vehicle_does_not_keep_to_is_said(parameters: dict[str, float], said: str | None) -> None:
    """Uploaded and read back, and switched off in the vehicle as it comes: nobody would know."""

    async def read() -> None:
        async with world() as there:
            there.copter.parameters = {name: float(value) for name, value in parameters.items()}
            vehicle = await there.vehicle()
            told = await fence_said(vehicle, sweep(2))
            assert (told is None) if said is None else (told is not None and said in told)
            assert await fence_said(vehicle, replace(sweep(2), fence=())) is None

    virtually(read)
