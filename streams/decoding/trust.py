"""Whether a stream's key frames can be decoded on their own: found out by decoding them."""

from __future__ import annotations

from av.video.frame import VideoFrame

from streams.decoding.decoders import KeyDecoders
from streams.sources.packets import Packet

_USELESS_AFTER = 2
_TRIED_EVERY = 5
_TRUSTED_AFTER = 3


class KeyTrust:
    """Intra-refresh streams mark pictures as key frames from which only a run of pictures recovers: two failures in a
    row, and none is relied on until three in a row have succeeded.

    `told` may be called by whoever decoded a key frame, on any thread.
    """

    def __init__(self) -> None:
        self.useless = False
        self._fruitless = self._fruitful = 0
        self._trial = KeyDecoders(most=1)

    @property
    def shaken(self) -> bool:
        """The last key frame could not be decoded."""
        return self._fruitless > 0

    def told(self, picture: VideoFrame | None) -> None:
        """What became of a key frame; None where it could not be decoded."""
        if picture is not None:
            self._fruitful += 1
            self._fruitless = 0
            if self._fruitful >= _TRUSTED_AFTER:
                self.useless = False
            return
        self._fruitful = 0
        self._fruitless += 1
        if self._fruitless >= _USELESS_AFTER:
            self.useless = True

    def on_trial(self, key_packets: int) -> bool:
        """Whether this key frame, the stream's so manieth, is to show if they can be decoded alone: after a failure
        each, later now and then."""
        if self.useless:
            return self._fruitful > 0 or key_packets % _TRIED_EVERY == 0
        return self.shaken

    def tried(self, codec: str, extradata: bytes | None, packet: Packet) -> VideoFrame | None:
        """Decode a key frame on the side, on a decoder kept for that."""
        return self._trial.picture(codec, extradata, packet)
