"""From compressed packets to an MP4 file: nothing is decoded, nothing is encoded again.

A clip is an unredacted original: whoever holds its file must keep it sealed.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.packet import Packet as AvPacket
from av.video.stream import VideoStream

from streams.delivery.events import utc_text
from streams.errors import StreamError
from streams.sources.annexb import reader_of
from streams.sources.packets import Packet

# FFmpeg's names of raw streams, through which its own parser tells size, profile and parameter sets of a first picture.
_RAW_FORMATS = {"h264": "h264", "hevc": "hevc", "mjpeg": "mjpeg", "mpeg4": "m4v"}
_TICKS = 90_000
_DEFAULT_INTERVAL_S = 0.04

Timed = tuple[float, Packet]


class ClipImpossible(StreamError):
    """No clip can be made of these packets; the message says why."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A finished file. `began_at` is the capture time (UTC) of its first picture; `pictures` are packets written."""

    path: Path
    began_at: datetime
    duration_s: float
    pictures: int
    size_bytes: int


def from_key(packets: Sequence[Timed], from_s: float, to_s: float) -> list[Timed]:
    """The run to cut, in decoding order: from the key frame at or before `from_s` to the last picture up to `to_s`.

    Later pictures that those refer to stay; pictures before the first key frame, which cannot be decoded, go.
    """
    keys = [i for i, (_, packet) in enumerate(packets) if packet.is_keyframe]
    if not keys:
        return []
    first = max((i for i in keys if packets[i][0] <= from_s + 1e-6), default=keys[0])
    last = max((i for i in range(first, len(packets)) if packets[i][0] <= to_s + 1e-6), default=-1)
    began_s = packets[first][0]
    return [pair for pair in packets[first : last + 1] if pair[0] >= began_s]


def write_clip(
    path: Path,
    packets: Sequence[Timed],
    *,
    codec: str,
    extradata: bytes | None,
    began_at: datetime,
    about: dict[str, str] | None = None,
) -> Clip:
    """Write packets (media time in seconds, decoding order, a key frame first) as MP4; times count from the first.

    Media times are presentation times; decoding times are made from them, so B-frames need none. `about` goes into
    the file's metadata beside `captured_at`, which is `began_at` to the millisecond. The file appears whole or not at
    all, and is for its owner alone. Raises `ClipImpossible`.
    """
    if not packets or not packets[0][1].is_keyframe:
        raise ClipImpossible("no key frame was kept from around the event")
    if codec not in _RAW_FORMATS:
        raise ClipImpossible(f"clips are made of {', '.join(sorted(_RAW_FORMATS))}; this camera sends {codec}")
    with appearing(path) as part:
        _mux(part, packets, codec, extradata, tags_of(began_at, about))
    return clip_of(path, [at_s for at_s, _ in packets], began_at)


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Where to write what becomes the file `path`, whole or not at all and for its owner alone; `ClipImpossible`."""
    part = path.with_name(path.name + ".part")
    try:
        part.touch(mode=0o600)
        yield part
        part.replace(path)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise ClipImpossible(f"the clip {path.name} cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def tags_of(began_at: datetime, about: dict[str, str] | None) -> dict[str, str]:
    return {"creation_time": utc_text(began_at), "captured_at": utc_text(began_at), **(about or {})}


def clip_of(path: Path, times_s: Sequence[float], began_at: datetime) -> Clip:
    """The finished file whose pictures have those media times."""
    duration_s = max(times_s) - min(times_s) + _interval_s(times_s)
    return Clip(path, began_at, duration_s, len(times_s), path.stat().st_size)


def began_at(packets: Sequence[Timed], at_s: float, at: datetime) -> datetime:
    """Capture time of the first packet, where media time `at_s` was captured at `at`."""
    return at - timedelta(seconds=at_s - packets[0][0])


def decoding_times(shown: Sequence[int]) -> list[int]:
    """Decoding times for presentation times given in decoding order, all in ticks, at least one tick apart.

    The sorted presentation times, put back by as much as it takes that nothing is shown before it is decoded: for
    pictures without reordering that is nothing.
    """
    in_order = sorted(shown)
    delay = max((t - s for t, s in zip(in_order, shown, strict=True)), default=0)
    times: list[int] = []
    for tick in in_order:
        times.append(max(tick - delay, times[-1] + 1 if times else tick - delay))
    return times


def _mux(path: Path, packets: Sequence[Timed], codec: str, extradata: bytes | None, tags: dict[str, str]) -> None:
    to_stream_form, before_first = reader_of(codec, extradata)
    shown = [round((at_s - packets[0][0]) * _TICKS) for at_s, _ in packets]
    step = max(1, round(_interval_s([at_s for at_s, _ in packets]) * _TICKS))
    first = before_first + to_stream_form(packets[0][1].data)
    # +faststart: the index comes first, so that a browser plays it while it still loads.
    options = {"movflags": "+faststart+use_metadata_tags", "video_track_timescale": str(_TICKS)}
    with (
        av.open(io.BytesIO(first), format=_RAW_FORMATS[codec]) as sample,
        av.open(str(path), "w", format="mp4", options=options) as out,
    ):
        out.metadata.update(tags)
        stream = out.add_stream_from_template(sample.streams.video[0])
        if codec == "hevc":
            stream.codec_context.codec_tag = "hvc1"  # browsers play no other
        stream.time_base = Fraction(1, _TICKS)
        for i, ((_, packet), pts, dts) in enumerate(zip(packets, shown, decoding_times(shown), strict=True)):
            data = first if i == 0 else to_stream_form(packet.data)
            out.mux_one(_av_packet(data, pts, dts, step, packet.is_keyframe, stream))


def _av_packet(data: bytes, pts: int, dts: int, duration: int, is_key: bool, stream: VideoStream) -> AvPacket:  # type: ignore[type-arg]
    made: AvPacket = AvPacket(data)  # type: ignore[type-arg]
    made.stream = stream
    made.time_base = Fraction(1, _TICKS)
    made.pts, made.dts, made.duration = max(pts, dts), dts, duration
    made.is_keyframe = is_key
    return made


def _interval_s(times: Sequence[float]) -> float:
    """The usual distance of two pictures: how long the last one is shown."""
    in_order = sorted(times)
    gaps = sorted(b - a for a, b in itertools.pairwise(in_order) if b > a)
    return gaps[len(gaps) // 2] if gaps else _DEFAULT_INTERVAL_S
