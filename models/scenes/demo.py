"""The two places of the demonstration.

Neither is a training scene: their grounds, cameras, lights and traffic are laid out by hand, and no seed of
`random_scene` makes them (training seeds start at 1000; the seeds 11 and 12 here only colour walls and coats).
"""

from __future__ import annotations

from models.scenes.demo_court import fire_lane_court
from models.scenes.demo_scene import DemoScene
from models.scenes.demo_street import no_parking_street

__all__ = ["DemoScene", "demo_scenes"]


def demo_scenes() -> tuple[DemoScene, ...]:
    """Both scenes; made anew on each call, always the same."""
    return no_parking_street(), fire_lane_court()
