"""What a training run is fed at each moment of it."""

from __future__ import annotations

import numpy as np

from models.spec import ObjectClass
from models.train import pictures as pics
from models.train.feed import Source, Wish
from models.train.settings import TrainSettings, mosaic_share, picture_side_px

_AIR_WEIGHT = 0.8  # half of all that a detector for drones is fed
_ON_FOOT_OR_TWO_WHEELS = (ObjectClass.PERSON, ObjectClass.TWO_WHEELER)


class Diet:
    """Photographs, and from `scenes_from` on rendered scenes too.

    A run that starts from another's weights knows the scenes: it is fed them from its beginning, and fewer of them.
    One for drones lives on scenes seen from the air; of the rest it keeps half, which are real.
    """

    def __init__(self, settings: TrainSettings) -> None:
        self.settings = settings
        self._sources: list[Source] = []
        self._with_scenes = False

    def wish(self, progress: float) -> Wish:
        if not self._sources:
            self._sources = self._photographs()
        if not self._with_scenes and (self.settings.start_from is not None or progress >= self.settings.scenes_from):
            self._sources += self._scenes()
            self._with_scenes = True
        side_px = picture_side_px(progress, self.settings.sides_px)
        return Wish(self._sources, side_px, mosaic_share(progress), self.settings.batch)

    def _photographs(self) -> list[Source]:
        folder = self.settings.pictures
        street = pics.street_train(folder)
        found = [
            Source(street, 0.42, (0.65, 1.45), False, 480),
            Source(pics.atl_train(folder), 0.05, (480, 1100), True, 1280),
        ]
        people = [one for one in street if np.isin(one.class_id, _ON_FOOT_OR_TWO_WHEELS).any()]
        if people:
            # A second time: a third of the photographs show any, and that is where the detector is weakest.
            found.append(Source(people, 0.13, (0.65, 1.45), False, 480))
        return found

    def _scenes(self) -> list[Source]:
        weight = 0.40 if self.settings.start_from is None else 0.20
        scenes = pics.read_folder(self.settings.scenes, pics.OURS)
        found = [Source(scenes, weight, (440, 1000), True, 960)]
        if self.settings.above is not None:
            found.append(Source(pics.read_folder(self.settings.above, pics.OURS), weight / 2.5, (440, 1000), True, 960))
        if self.settings.air is not None:
            found.append(Source(pics.read_folder(self.settings.air, pics.OURS), _AIR_WEIGHT, (330, 1100), True, 960))
        return found
