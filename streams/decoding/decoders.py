"""FFmpeg's decoders, made from a codec's name and parameters, apart from any container."""

from __future__ import annotations

from collections import OrderedDict
from typing import cast

import av.error
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from streams.sources.packets import Packet

# Codecs whose packets and extradata say everything; others keep quirks in their container.
SELF_CONTAINED = frozenset({"h264", "hevc"})


def open_decoder(codec: str, extradata: bytes | None, options: dict[str, str] | None = None) -> VideoCodecContext:
    """A decoder of one thread: with many cameras FFmpeg's own threads would only get into each other's way."""
    context = cast(VideoCodecContext, CodecContext.create(codec, "r"))
    if extradata:
        context.extradata = extradata
    if options:
        context.options = options
    context.thread_count = 1
    return context


class KeyDecoders:
    """Decodes single key frames, of any camera in any order. Belongs to one thread.

    A decoder holds 15 to 20 MB at 1080p. At rest a camera needs one for 25 ms every other second, so a thread's cameras
    share: one decoder a set of parameters, the least recently used given up beyond `most`. Cameras that carry their
    parameter sets in the stream all share one.
    """

    def __init__(self, most: int = 4) -> None:
        self._most = most
        self._contexts: OrderedDict[tuple[str, bytes | None], VideoCodecContext] = OrderedDict()

    def picture(self, codec: str, extradata: bytes | None, packet: Packet) -> VideoFrame | None:
        """The picture of a key frame's packet; None where it cannot be decoded on its own or is damaged."""
        key = codec, extradata
        context = self._contexts.pop(key, None) or open_decoder(codec, extradata, {"skip_loop_filter": "all"})
        try:
            # Drained at once: a decoder that reorders would sit on the picture until the next one.
            pictures = context.decode(packet.for_decoder()) + context.decode(None)
            context.flush_buffers()
        except av.error.FFmpegError:
            return None  # and the decoder with it: what state it is in now is anybody's guess
        self._contexts[key] = context
        if len(self._contexts) > self._most:
            self._contexts.popitem(last=False)
        return next((picture for picture in pictures if not picture.is_corrupt), None)
