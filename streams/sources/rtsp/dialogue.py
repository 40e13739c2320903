"""The conversation with a camera up to its answer to PLAY, and what keeps the session alive."""

from __future__ import annotations

import math
import re
import secrets
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass

from streams.errors import SourceUnusable
from streams.sources.rtsp import rtcp, sdp
from streams.sources.rtsp.address import Address, track_url
from streams.sources.rtsp.auth import Challenge, best_challenge
from streams.sources.rtsp.codecs import units_for
from streams.sources.rtsp.messages import Message, request
from streams.sources.rtsp.metadata import Beside
from streams.sources.rtsp.receiver import Receiver
from streams.sources.rtsp.units import Units
from streams.sources.rtsp.wire import Ended, Wire
from streams.sources.urls import scrub

_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({300, 301, 302, 303, 305, 307, 308})
_DEFAULT_SESSION_S = 60.0
_REPORT_EVERY_S = 5.0
_MOST_JUNK_BYTES = 65_536

# Statuses for which an operator can do something.
_STATUSES = {
    400: "the camera does not understand the address (400): check its path",
    403: "the camera forbids this user the stream (403)",
    404: "the camera has no such stream (404): check the path of the address",
    405: "the camera does not allow this (405)",
    406: "the camera cannot describe this stream (406)",
    408: "the camera gave up waiting (408)",
    453: "the camera has no bandwidth left (453): too many viewers, or too high a bit rate",
    454: "the camera no longer knows the session (454)",
    455: "the camera is in no state to play (455)",
    461: "the camera does not send over TCP (461)",
    500: "the camera has an internal fault (500)",
    503: "the camera is busy (503): too many viewers?",
    551: "the camera lacks an option that it needs (551)",
}
_STRANGE_401 = "the camera asks for credentials in a way that is not supported (401)"
_MOVED_401 = "it sends us to another host, which asks for the password (401): if that may have it, put its address in"
NOT_RTSP = "what answers there does not speak RTSP as a camera does"


class NotOurs(Exception):
    """Nothing is wrong with the camera, but FFmpeg must receive it. The message says why."""


class TcpRefused(NotOurs):
    """The camera answers 461 to TCP."""


class Redirected(Exception):
    """To another address; carries it."""


@dataclass(frozen=True, slots=True)
class Session:
    """An open connection on which the video has begun."""

    wire: Wire
    receiver: Receiver
    units: Units
    codec: str
    clock_hz: int
    frame_rate: float | None
    dialogue: Dialogue


class Dialogue:
    """Requests and answers on one connection. Belongs to one thread."""

    def __init__(self, address: Address, wire: Wire, withheld: frozenset[str] = frozenset()) -> None:
        self._address = address
        self._wire = wire
        self._receiver = Receiver()
        self._withheld = withheld  # schemes that are not answered here: the password was given for somebody else
        self._challenge: Challenge | None = None
        self._nonce_uses = 0
        self._cseq = 0
        self._session = ""
        self._timeout_s = _DEFAULT_SESSION_S
        self._public = ""
        self._url = address.request_url
        self._control_channel = 1
        self._ssrc = secrets.randbits(32)
        self._kept_s = self._reported_s = math.inf
        self._reception: rtcp.Reception | None = None
        self._retried = -1
        self._playing = False

    def open(self) -> Session:
        """OPTIONS, DESCRIBE, SETUP, PLAY. Raises `SourceUnusable`, `NotOurs`, `OSError`."""
        # Some cameras want to be asked what they can do, some refuse it: the answer to DESCRIBE is what counts.
        self._public = self._ask("OPTIONS", self._url, least=False).header("public").upper()
        described = self._ask("DESCRIBE", self._url, {"Accept": "application/sdp"})
        base = described.header("content-base") or described.header("content-location") or self._url
        description = sdp.parse(described.body.decode("utf-8", "replace"))
        video = description.video
        if video is None:
            raise SourceUnusable("it holds no video")
        codec = _ours(video)
        units = units_for(codec, video.parameter_sets, video.clock_hz)
        self._set_up(track_url(base, video.control or description.control), video, units)
        if description.metadata is not None:
            own = track_url(base, description.metadata.control or description.control)
            self._set_up_beside(own, description.metadata)
        self._url = track_url(base, description.control)
        self._ask("PLAY", self._url, {"Range": "npt=0.000-"})
        self._playing = True
        self._wire.free()
        self._kept_s = time.monotonic()
        self._reported_s = self._kept_s
        return Session(self._wire, self._receiver, units, codec, video.clock_hz, video.frame_rate, self)

    def keep(self, now_s: float) -> None:
        """Call it after every drain: keeps the session alive, reports what was received, reads the answers.

        Raises `Ended` where the camera says that it is over.
        """
        while self._receiver.messages:
            self._heard(self._receiver.messages.popleft())
        if self._receiver.ended:
            raise Ended("the camera ended the stream")
        if now_s - self._kept_s >= self._timeout_s * 0.45:
            self._kept_s = now_s
            self._say(self._keeper, self._url)
        if now_s - self._reported_s >= _REPORT_EVERY_S:
            self._reported_s = now_s
            self._report(now_s)

    def end(self) -> None:
        """TEARDOWN, without waiting for an answer. Raises `OSError`."""
        self._say("TEARDOWN", self._url)

    @property
    def _keeper(self) -> str:
        return "GET_PARAMETER" if "GET_PARAMETER" in self._public else "OPTIONS"

    def _set_up(self, url: str, video: sdp.Media, units: Units) -> None:
        answer = self._ask("SETUP", url, {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"})
        channel, self._control_channel = _channels(answer.header("transport"))
        self._receiver.expect(units, video.payload_type, channel, self._control_channel, video.clock_hz)
        self._session, _, rest = answer.header("session").partition(";")
        timeout = re.search(r"(?i)timeout\s*=\s*(\d{1,6})", rest)
        if timeout and int(timeout[1]) > 0:
            self._timeout_s = max(2.0, float(timeout[1]))

    def _set_up_beside(self, url: str, metadata: sdp.Media) -> None:
        """What a drone tells beside its pictures. A camera that will not send it sends its video all the same."""
        first = max(2, self._control_channel + 1)
        transport = f"RTP/AVP/TCP;unicast;interleaved={first}-{first + 1}"
        answer = self._ask("SETUP", url, {"Transport": transport}, least=False)
        if not 200 <= answer.status < 300:
            return
        told = answer.header("transport")
        channels = _channels(told) if "interleaved" in told.lower() else (first, first + 1)
        self._receiver.beside = Beside(metadata.payload_type, *channels, metadata.clock_hz)

    def _ask(self, method: str, url: str, headers: Mapping[str, str] | None = None, *, least: bool = True) -> Message:
        """Send and wait for the answer, with credentials where they are asked for."""
        tried: Challenge | None = self._challenge
        self._say(method, url, headers)
        answer = self._answer()
        while answer.status == 401:
            challenge = self._acceptable(answer)
            if self._address.credentials is None:
                raise SourceUnusable("the camera asks for a user and a password (401): put them into the address")
            if challenge is None:
                raise SourceUnusable(_MOVED_401 if self._withheld else _STRANGE_401)
            if tried is not None and not (challenge.stale and tried.parameters != challenge.parameters):
                raise SourceUnusable("the camera refused the user or the password (401)")
            tried = self._challenge = challenge
            self._nonce_uses = 0
            self._say(method, url, headers)
            answer = self._answer()
        if answer.status in _REDIRECTS and answer.header("location"):
            raise Redirected(answer.header("location"))
        if least and answer.status == 461:
            raise TcpRefused(_STATUSES[461])
        if least and not 200 <= answer.status < 300:
            raise SourceUnusable(self._meaning(answer))
        return answer

    def _answer(self) -> Message:
        """Waits, and takes in the video that some cameras send before they answer PLAY."""
        while True:
            while self._receiver.messages:
                message = self._receiver.messages.popleft()
                if message.status >= 200 and message.cseq in (self._cseq, None):
                    return message
                self._heard(message)
            self._receiver.took(self._wire.receive_into(self._receiver.space()), time.monotonic())
            if self._receiver.junk_bytes > _MOST_JUNK_BYTES:
                raise SourceUnusable(NOT_RTSP)

    def _heard(self, message: Message) -> None:
        """An answer that nobody waits for, or something that the camera asks of us."""
        if message.method in ("OPTIONS", "GET_PARAMETER", "SET_PARAMETER", "ANNOUNCE"):
            self._wire.send(f"RTSP/1.0 200 OK\r\nCSeq: {message.header('cseq')}\r\n\r\n".encode())
        elif message.method in ("TEARDOWN", "REDIRECT"):
            raise Ended("the camera ended the session")
        elif message.status == 401:
            if not self._playing:
                return  # not the answer that `_ask` waits for
            # The nonce of the last request has become too old: once more with the new one.
            challenge = self._acceptable(message)
            if challenge is None or self._retried == self._cseq - 1:
                raise Ended("the camera no longer accepts the user or the password (401)")
            self._challenge, self._nonce_uses = challenge, 0
            self._retried = self._cseq
            self._say(self._keeper, self._url)
        elif message.status == 454:
            raise Ended(_STATUSES[454])
        elif message.status in (405, 501, 551):
            self._public = ""  # so it is OPTIONS that keeps the session

    def _acceptable(self, refusal: Message) -> Challenge | None:
        """What a 401 asks for; None where we cannot answer it, or must not."""
        challenge = best_challenge(refusal.headers.get("www-authenticate", ()))
        return None if challenge is not None and challenge.scheme in self._withheld else challenge

    def _say(self, method: str, url: str, headers: Mapping[str, str] | None = None) -> None:
        self._cseq += 1
        every = dict(headers or {})
        if self._session:
            every["Session"] = self._session
        if self._challenge is not None and self._address.credentials is not None:
            self._nonce_uses += 1
            every["Authorization"] = self._challenge.answer(self._address.credentials, method, url, self._nonce_uses)
        self._wire.send(request(method, url, self._cseq, every))

    def _meaning(self, answer: Message) -> str:
        words = scrub(re.sub(r"[^ -~]", "", answer.reason)[:80], self._address.typed)
        return _STATUSES.get(answer.status, f"the camera answered {answer.status} {words}".rstrip())

    def _report(self, now_s: float) -> None:
        units = self._receiver.units
        if units is None or units.ssrc is None:
            return
        counts = units.counts
        now = rtcp.Reception(units.ssrc, units.highest_sequence, counts.packets + counts.lost, counts.lost)
        packet = rtcp.receiver_report(self._ssrc, now, self._reception, self._receiver.clock.newest, now_s)
        self._reception = now
        self._wire.send(struct.pack(">cBH", b"$", self._control_channel, len(packet)) + packet)


def _ours(video: sdp.Media) -> str:
    """FFmpeg's name of the codec. Raises `NotOurs`."""
    if video.codec is None:
        raise NotOurs(f"the stream is {video.encoding or f'RTP payload type {video.payload_type}'}")
    if video.parameters.get("packetization-mode") == "2" or video.parameters.get("sprop-max-don-diff", "0") != "0":
        raise NotOurs("the stream is interleaved (decoding order numbers)")
    return video.codec


def _channels(transport: str) -> tuple[int, int]:
    """The camera's choice of channels, which need not be what we asked for."""
    found = re.search(r"(?i)interleaved\s*=\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?", transport)
    if "tcp" not in transport.lower() and found is None and transport:
        raise TcpRefused("the camera answers TCP with another transport")
    if found is None:
        return 0, 1
    return int(found[1]), int(found[2]) if found[2] else int(found[1]) + 1
