"""What a camera's session description says of its video (RFC 8866; RFC 6184, section 8.1; RFC 7798, section 7.1)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field

METADATA = "SMPTE336M"  # KLV, RFC 6597
CODECS = {"H264": "h264", "H265": "hevc", "HEVC": "hevc"}
_SETS = {"h264": ("sprop-parameter-sets",), "hevc": ("sprop-vps", "sprop-sps", "sprop-pps")}


@dataclass(frozen=True, slots=True)
class Media:
    """One m= section. `parameters` are those of its payload type's fmtp line, names in small letters."""

    kind: str
    payload_type: int
    encoding: str
    clock_hz: int
    control: str
    parameters: dict[str, str] = field(default_factory=dict)
    frame_rate: float | None = None

    @property
    def codec(self) -> str | None:
        """FFmpeg's name of it; None for what is not received here."""
        return CODECS.get(self.encoding)

    @property
    def parameter_sets(self) -> tuple[bytes, ...]:
        """NAL units, in the order in which a decoder needs them; those that are no Base64 are left out."""
        found = []
        for name in _SETS.get(self.codec or "", ()):
            for text in self.parameters.get(name, "").split(","):
                unit = _decoded(text)
                if unit:
                    found.append(unit)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Description:
    control: str
    media: tuple[Media, ...]

    @property
    def video(self) -> Media | None:
        """The first one, as players do: on cameras that is the stream which was asked for."""
        return next((media for media in self.media if media.kind == "video"), None)

    @property
    def metadata(self) -> Media | None:
        """A drone's KLV beside its video."""
        return next((media for media in self.media if media.encoding == METADATA), None)


def parse(text: str) -> Description:
    head, *sections = re.split(r"(?m)^(?=m=)", text.replace("\r\n", "\n").replace("\r", "\n"))
    return Description(_attribute(head, "control") or "*", tuple(_media(section) for section in sections))


def _media(section: str) -> Media:
    words = section.partition("\n")[0].removeprefix("m=").split()
    kind = words[0].lower() if words else ""
    offered = [int(word) for word in words[3:] if word.isascii() and word.isdigit()] or [-1]
    # The first one, unless only a later one is ours.
    payload_type = next((number for number in offered if _encoding(section, number) in CODECS), offered[0])
    clock = _of_type(section, "rtpmap", payload_type).partition("/")[2]
    rate = _attribute(section, "framerate")
    return Media(
        kind=kind,
        payload_type=payload_type,
        # 26 is JPEG by RFC 3551, and never needs an rtpmap.
        encoding=_encoding(section, payload_type) or ("JPEG" if payload_type == 26 else ""),
        clock_hz=int(clock.partition("/")[0]) if re.match(r"[1-9]\d{0,8}(/|$)", clock) else 90_000,
        control=_attribute(section, "control"),
        parameters=_parameters(_of_type(section, "fmtp", payload_type)),
        frame_rate=float(rate) if re.fullmatch(r"\d{1,3}(\.\d+)?", rate) and float(rate) > 0 else None,
    )


def _encoding(section: str, payload_type: int) -> str:
    return _of_type(section, "rtpmap", payload_type).partition("/")[0].strip().upper()


def _attribute(section: str, name: str) -> str:
    found = re.search(rf"(?m)^a={name}:[ \t]*(.*?)[ \t]*$", section)
    return found[1] if found else ""


def _of_type(section: str, name: str, payload_type: int) -> str:
    found = re.search(rf"(?m)^a={name}:[ \t]*{payload_type}[ \t]+(.*?)[ \t]*$", section)
    return found[1] if found else ""


def _parameters(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


def _decoded(text: str) -> bytes:
    text = text.strip()
    try:
        # Some cameras leave the padding out.
        unit = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
    return unit.removeprefix(b"\x00\x00\x00\x01")
