"""Errors of training: `ModelError` > `TrainError` > `BadTrainSettings`, `BadPictures`, `NoTrainingPackages`."""

from __future__ import annotations

from models.errors import ModelError


class TrainError(ModelError):
    """Training cannot go on; the message says what is needed."""


class BadTrainSettings(TrainError):
    """A setting lies outside what the run can use."""


class BadPictures(TrainError):
    """A picture folder or label file is not what it should be."""


class NoTrainingPackages(TrainError):
    """torch or ultralytics is not installed in this environment."""
