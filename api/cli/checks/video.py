"""What FFmpeg, as PyAV brings it, can decode and encode."""

from __future__ import annotations

from typing import Literal

from api.cli.checks.check import MISSING, OK, Check

_AGAIN = "install PyAV's own wheel: pip install av"
_CODECS = ("h264", "hevc", "mjpeg")
_MAKERS = ("cuvid", "qsv", "v4l2m2m", "vaapi", "videotoolbox")


def decoders() -> Check:
    import av

    version = ".".join(map(str, av.library_versions["libavcodec"]))
    found = f"PyAV {av.__version__}, libavcodec {version}"
    lacking = [name for name in _CODECS if not _has(name, "r")]
    if lacking:
        return Check("video", MISSING, f"{found}, cannot decode {', '.join(lacking)}", _AGAIN)
    return Check("video", OK, f"{found}: decodes H.264, H.265 and MJPEG")


def hardware() -> Check:
    """Said for whoever asks; nothing depends on them: what is decoded at rest is key frames alone."""
    from av.codec import Codec

    built = sorted({f"{name}_{maker}" for name in _CODECS for maker in _MAKERS if _has(f"{name}_{maker}", "r")})
    devices = {config.device_type.name for name in _CODECS for config in Codec(name, "r").hardware_configs or ()}
    start = sorted(device for device in devices if _starts(device))
    here = f"{', '.join(start)} starts here" if start else "none starts here"
    found = f"FFmpeg is built with {', '.join(built) or 'none'}; {here}; software decoding is used"
    return Check("hardware decoders", OK, found)


def h264_encoder() -> Check:
    encoders = [name for name in ("libx264", "libopenh264", "h264_nvenc", "h264_vaapi") if _has(name, "w")]
    if "libx264" in encoders:
        return Check("h264 encoder", OK, ", ".join(encoders))
    return Check(
        "h264 encoder", MISSING, ", ".join(encoders) or "none", f"the demonstration's clip cannot be made: {_AGAIN}"
    )


def _has(name: str, mode: Literal["r", "w"]) -> bool:
    from av.codec import Codec
    from av.error import FFmpegError

    try:
        Codec(name, mode)
    except (FFmpegError, ValueError):
        return False
    return True


def _starts(device: str) -> bool:
    """Whether a device that the H.264 decoder can use opens on this machine."""
    from av.codec.context import CodecContext
    from av.codec.hwaccel import HWAccel
    from av.error import FFmpegError

    try:
        wanted = HWAccel(device, allow_software_fallback=False)
        CodecContext.create("h264", "r", hwaccel=wanted).open()
    except (FFmpegError, OSError, ValueError, NotImplementedError, RuntimeError):
        return False
    return True
