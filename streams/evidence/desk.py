"""All evidence of one worker in one place: clips, full-size stills, the shelf they wait on, and their way out."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from streams.clock import Clock
from streams.delivery.events import Event
from streams.delivery.outbox import Outbox
from streams.evidence.clips import ClipMaker
from streams.evidence.full_size import Detect, FullSize
from streams.evidence.sender import EvidenceLink, EvidenceSender
from streams.evidence.shelf import Shelf
from streams.site import CameraSpec
from streams.sources.ring import Tape
from vision.types import Change, Detections

log = logging.getLogger("sanxun.evidence")


# Longer than `FullSize` looks for a main stream's key frame.
_MAIN_WITHIN_S = 14.0


class EvidenceDesk:
    """Nothing here holds up whoever calls: `raised` only asks, threads of its own do the rest."""

    def __init__(self, shelf: Shelf, outbox: Outbox, link: EvidenceLink, detect: Detect, clock: Clock) -> None:
        self.clips = ClipMaker(shelf, clock=clock)
        self.full_size = FullSize(self.clips, shelf, detect, clock)
        self.sender = EvidenceSender(shelf, outbox, link, clock=clock)

    def start(self) -> None:
        self.clips.start()
        self.full_size.start()
        self.sender.start()

    def stop(self) -> None:
        """Clips in the making are made of what there is; what is on the shelf leaves at the next start. Takes seconds
        at most: a delivery in hand to an API that does not answer is given up."""
        self.full_size.stop(wait_s=0.5)
        self.clips.stop(wait_s=4.0)
        self.sender.stop(wait_s=1.0)

    def follow(self, cameras: Sequence[CameraSpec]) -> None:
        """The cameras as the site has them now."""
        self.full_size.follow(tuple(cameras))

    def raised(self, camera: CameraSpec, tape: Tape | None, events: Sequence[Event], seen: Detections) -> None:
        """Ask for the evidence of the raised ones among a look's events. `tape` has the packets of the look's own
        session, which may be over by now; `seen` is what the look showed."""
        for event in events:
            if event.change is not Change.RAISED:
                continue
            if tape is not None:
                # Of the two clips of a two-stream camera the main stream's is made, where it can be had in time.
                hold_s = _MAIN_WITHIN_S + camera.post_event_s if camera.watch_url else 0.0
                self.clips.wanted(event, tape, pre_s=camera.pre_event_s, post_s=camera.post_event_s, hold_s=hold_s)
            self.full_size.wanted(camera, event, seen)

    @property
    def counts(self) -> dict[str, int]:
        """Clips made, cut short, refused and impossible; full-size evidence fetched and failed; files delivered."""
        clips, full = self.clips.counts, self.full_size.counts
        named = {f"clips_{name}": n for name, n in clips.items()} | {f"full_size_{name}": n for name, n in full.items()}
        return named | {f"files_{name}": n for name, n in self.sender.counts.items()}
