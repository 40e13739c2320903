"""Groups of pictures encoded on their own and joined into a file: what repeats in a composition is encoded once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from av.packet import Packet as AvPacket

from streams.decoding.encode import EncodeError
from vision.types import Picture

Group = tuple[Hashable, Callable[[], Iterable[Picture]]]


@dataclass(slots=True)
class GopEncoder:
    """H.264 of one size, rate and bit rate, each group a closed GOP by an encoder of its own.

    Groups of the same key are encoded once, so a key must say all that is in the pictures. The same groups give the
    same bytes on a machine: one thread. `made` counts the groups that were encoded.
    """

    size_wh: tuple[int, int]
    fps: int
    bitrate_bps: int
    preset: str = "superfast"
    made: int = 0
    _known: dict[Hashable, list[bytes]] = field(default_factory=dict)

    def write(self, path: Path, groups: Sequence[Group]) -> None:
        """An MP4 of these groups in order. Raises `EncodeError`; no half-written file stays behind then."""
        part = path.with_name(path.name + ".part")
        try:
            with av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"}) as container:
                stream = container.add_stream("libx264", rate=self.fps, options=self._options())
                stream.width, stream.height = self.size_wh
                stream.pix_fmt, stream.bit_rate = "yuv420p", self.bitrate_bps
                container.start_encoding()
                tick = round(1 / (stream.time_base or Fraction(1, self.fps)) / self.fps)
                at = 0
                for key, pictures in groups:
                    for i, data in enumerate(self._group(key, pictures)):
                        packet = AvPacket(data)
                        packet.stream = stream
                        packet.time_base = stream.time_base or Fraction(1, self.fps)
                        packet.pts = packet.dts = at * tick
                        packet.duration = tick
                        packet.is_keyframe = i == 0
                        container.mux(packet)
                        at += 1
            part.replace(path)
        except (av.error.FFmpegError, av.codec.codec.UnknownCodecError, OSError) as error:
            raise EncodeError(f"cannot write {path}: {getattr(error, 'strerror', None) or error}") from error
        finally:
            part.unlink(missing_ok=True)

    def keep_only(self, wanted: Callable[[Hashable], bool]) -> None:
        """Free the groups whose keys will not be asked for again."""
        self._known = {key: data for key, data in self._known.items() if wanted(key)}

    def _group(self, key: Hashable, pictures: Callable[[], Iterable[Picture]]) -> list[bytes]:
        if key not in self._known:
            self._known[key] = self._encode(pictures())
            self.made += 1
        return self._known[key]

    def _encode(self, pictures: Iterable[Picture]) -> list[bytes]:
        context = av.CodecContext.create("libx264", "w")
        context.width, context.height = self.size_wh
        context.pix_fmt, context.bit_rate = "yuv420p", self.bitrate_bps
        context.time_base, context.framerate = Fraction(1, self.fps), Fraction(self.fps)
        context.options = self._options()
        packets: list[bytes] = []
        for i, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")
            frame = frame.reformat(format="yuv420p", threads=1)
            frame.pts, frame.time_base = i, Fraction(1, self.fps)
            packets += [bytes(packet) for packet in context.encode(frame)]
        packets += [bytes(packet) for packet in context.encode(None)]
        return packets

    def _options(self) -> dict[str, str]:
        kbit = self.bitrate_bps // 1000
        exact = "keyint=1000:min-keyint=1000:scenecut=0:bframes=0:threads=1:annexb=0:repeat-headers=0"
        return {"preset": self.preset, "x264-params": f"{exact}:vbv-maxrate={kbit}:vbv-bufsize={kbit}"}
