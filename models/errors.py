"""Errors of weights and their running.

ModelError
├── UnknownModel         no such name and no such file
├── UnsupportedModel     the graph is none of the heads that Sanxun reads
├── CorruptModel         the bytes are not those that the catalogue was written for
├── PullFailed           weights that could not be fetched from a url
├── ChecksumDiffers      fetched weights are other bytes than expected
├── NotBetter            a challenger that did not prove better than the champion
├── NothingToRollBack    nobody was promoted
├── NoTrainingEnvironment no interpreter with torch and Ultralytics is known
├── UnusablePictures     pictures to measure on that are not there or cannot be read
├── NotQuantised         weights that no eight-bit version could be made of
├── NoProvider           ONNX Runtime could start the model on no execution provider
└── InferenceFailed      a running model gave no answer
"""


class ModelError(Exception):
    """Something about weights that the user can act on; the message says what to do."""


class UnknownModel(ModelError):
    """Neither a catalogue name nor a file."""


class UnsupportedModel(ModelError):
    """The graph's inputs or outputs are none that Sanxun reads."""


class CorruptModel(ModelError):
    """Bytes or hash differ from the catalogue's."""


class PullFailed(ModelError):
    """The server, the network or the disk kept weights from being fetched."""


class ChecksumDiffers(ModelError):
    """Fetched bytes do not hash to what was given, or to what the same url gave before."""


class NotBetter(ModelError):
    """The challenger was not promoted; the message gives the figures."""


class NothingToRollBack(ModelError):
    """There is no promotion to withdraw."""


class NoTrainingEnvironment(ModelError):
    """Training and export run in an environment of their own, and there is none."""


class UnusablePictures(ModelError):
    """Pictures or labels to measure on, absent or unreadable."""


class NotQuantised(ModelError):
    """No eight-bit version could be made; float32 goes on as before."""


class NoProvider(ModelError):
    """No execution provider could load the model."""


class InferenceFailed(ModelError):
    """A batch that could not be computed, or a batcher that has been closed."""
