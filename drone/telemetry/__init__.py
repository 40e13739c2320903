"""What drones and vehicles write about where they were: read into one `PoseTrack`, whatever the format."""

from drone.telemetry.reading import read_telemetry
from drone.telemetry.track import PoseTrack, Timing

__all__ = ["PoseTrack", "Timing", "read_telemetry"]
