"""Decoding every packet of one stream, for a spell."""

from __future__ import annotations

import math
from collections import Counter

import av.error
from av.codec.context import Flags as CodecFlags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from streams.decoding.decoders import SELF_CONTAINED, open_decoder
from streams.sources.heal import HEALED_S
from streams.sources.packets import Packet
from streams.sources.source import Source


class DenseDecoder:
    """A decoder of the source's own, kept only while it is needed: it holds 15 to 20 MB at 1080p.

    `primed` says whether it has seen a key frame and may be fed on. `sparse` leaves out pictures that no other one
    depends on. `counts` gets `decoded`, `errors` and `corrupt`.

    What is made of a damaged picture is damaged too, though no decoder says so: it is left out until a key frame, or
    for as long as an intra-refresh stream takes to heal.
    """

    def __init__(self, source: Source, counts: Counter[str]) -> None:
        self._source, self._counts = source, counts
        self._context: VideoCodecContext | None = None
        self._healed_s = math.inf
        self._mended_s = -math.inf
        self.primed = False
        self.sparse = False

    def open(self) -> None:
        """Raises nothing; a decoder that is open stays as it is."""
        if self._context is None:
            self._context = self._opened()

    def close(self) -> None:
        self._context = None
        self.primed, self._mended_s = False, -math.inf

    def begin_without_key(self, heals_at_s: float) -> None:
        """Go on from any packet; from the media time `heals_at_s` on its pictures are taken to be whole again."""
        self.open()
        self.primed, self._healed_s = True, heals_at_s
        assert self._context is not None
        # Without a key frame or a recovery point FFmpeg would call every picture corrupt and keep it, for ever.
        self._context.flags |= CodecFlags.output_corrupt

    def pictures(self, packet: Packet | None, newest_s: float) -> list[VideoFrame]:
        """What a packet brings out, or with None what is still held back. Damaged pictures are left out."""
        if self._context is None:
            return []
        self._context.skip_frame = "NONREF" if self.sparse else "DEFAULT"
        try:
            found = self._context.decode(packet.for_decoder() if packet else None)
        except av.error.EOFError:
            return []
        except av.error.FFmpegError:
            self._counts["errors"] += 1
            self._mended_s = newest_s + HEALED_S
            return []
        finally:
            if packet is None:
                self._context.flush_buffers()
        sound = [picture for picture in found if self._is_sound(picture, newest_s)]
        self._counts["decoded"] += len(found)
        self._counts["corrupt"] += len(found) - len(sound)
        return sound

    def alone(self, packet: Packet) -> VideoFrame | None:
        """One key frame on its own; None where it is damaged."""
        context = self._context = self._opened()
        try:
            found = context.decode(packet.for_decoder()) + context.decode(None)
        except av.error.FFmpegError:
            found = []
        context.flush_buffers()
        return next((picture for picture in found if not picture.is_corrupt), None)

    def _is_sound(self, picture: VideoFrame, newest_s: float) -> bool:
        if newest_s >= self._healed_s:
            return True
        if picture.is_corrupt:
            if picture.pict_type != PictureType.B:  # of which hardly anything is made
                self._mended_s = newest_s + HEALED_S
            return False
        if picture.key_frame:
            self._mended_s = -math.inf
        return newest_s >= self._mended_s

    def _opened(self) -> VideoCodecContext:
        if self._source.codec in SELF_CONTAINED:
            return open_decoder(self._source.codec, self._source.extradata)
        context = self._source.context
        if not context.is_open:
            context.thread_count = 1
        return context
