"""From packets that no browser plays, or that have no key frame, to an H.264 clip: decoded and encoded again.

The exception: motion JPEG, MPEG-4 Part 2, and streams that refresh their picture piece by piece (intra refresh).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.codec.context import Flags as CodecFlags
from av.container import OutputContainer
from av.packet import Packet as AvPacket
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from streams.decoding.decoders import open_decoder
from streams.evidence.clip import Clip, ClipImpossible, Timed, appearing, clip_of, tags_of
from streams.sources.packets import Packet

_PLAYED = frozenset({"h264", "hevc"})
# Eleven pictures a second show what happened, and cost the machine little beside its cameras.
_LEAST_GAP_S = 0.09
# What FFmpeg's decoders take a picture for that they were never given.
_GREY, _BLOCK_PX = 128, 8
_H264 = {"preset": "superfast", "crf": "23", "x264-params": "keyint=20:bframes=0:threads=1"}
_MP4 = {"movflags": "+faststart+use_metadata_tags"}
_TICKS = 90_000


def needs_recoding(packets: Sequence[Timed], codec: str) -> bool:
    return codec not in _PLAYED or not any(packet.is_keyframe for _, packet in packets)


def recode_clip(
    path: Path,
    packets: Sequence[Timed],
    *,
    codec: str,
    extradata: bytes | None,
    from_s: float,
    to_s: float,
    captured_at: Callable[[float], datetime],
    about: dict[str, str] | None = None,
) -> Clip:
    """Write the pictures of `from_s` to `to_s` (media time, seconds) as MP4, at most eleven a second.

    `packets` are in decoding order and may begin before `from_s`: by those a stream without key frames heals. Where it
    has not healed by then, the clip begins later. `captured_at` is the capture time of a media time; else as
    `streams.evidence.clip.write_clip`. Raises `ClipImpossible`.
    """
    times: list[float] = []
    with appearing(path) as part, av.open(str(part), "w", format="mp4", options=_MP4) as out:
        stream: VideoStream | None = None
        for at_s, picture in _pictures(packets, codec, extradata):
            if not from_s <= at_s <= to_s or (times and at_s < times[-1] + _LEAST_GAP_S):
                continue
            if not times and not packets[0][1].is_keyframe and not _has_healed(picture):
                continue
            if stream is None:
                stream = _stream_of(out, picture)
                out.metadata.update(tags_of(captured_at(at_s), {"encoded_again_from": codec, **(about or {})}))
            times.append(at_s)
            frame = picture.reformat(stream.width, stream.height, "yuv420p", threads=1)
            frame.pts, frame.time_base = round((at_s - times[0]) * _TICKS), Fraction(1, _TICKS)
            out.mux(stream.encode(frame))
        if stream is None:
            raise ClipImpossible("no whole picture could be decoded from around the event")
        out.mux(stream.encode(None))
    return clip_of(path, times, captured_at(times[0]))


def _pictures(packets: Sequence[Timed], codec: str, extradata: bytes | None) -> Iterator[tuple[float, VideoFrame]]:
    """Whatever the decoder makes of them, with its media time; a packet that it cannot read is left out."""
    decoder = open_decoder(codec, extradata)
    decoder.flags |= CodecFlags.output_corrupt
    for pair in (*packets, None):
        try:
            found = decoder.decode(None if pair is None else _timed(*pair))
        except av.error.FFmpegError:
            continue
        yield from ((float(picture.pts or 0) / _TICKS, picture) for picture in found)


def _timed(at_s: float, packet: Packet) -> AvPacket:  # type: ignore[type-arg]
    fed: AvPacket = AvPacket(packet.data)  # type: ignore[type-arg]
    fed.pts, fed.time_base = round(at_s * _TICKS), Fraction(1, _TICKS)
    return fed


def _stream_of(out: OutputContainer, picture: VideoFrame) -> VideoStream:
    stream = out.add_stream("libx264", options=_H264)
    stream.width, stream.height = picture.width // 2 * 2, picture.height // 2 * 2
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = Fraction(1, _TICKS)
    return stream


def _has_healed(picture: VideoFrame) -> bool:
    """Whether no block of the picture is still the bare grey from which a decoder without a key frame begins."""
    luma = picture.reformat(format="yuv420p", threads=1).to_ndarray()
    high, wide = picture.height // _BLOCK_PX, picture.width // _BLOCK_PX
    blocks = (luma[: high * _BLOCK_PX, : wide * _BLOCK_PX] == _GREY).reshape(high, _BLOCK_PX, wide, _BLOCK_PX)
    return not blocks.all(axis=(1, 3)).any()
