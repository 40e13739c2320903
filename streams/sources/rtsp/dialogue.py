"""The conversation with a camera up to its answer to PLAY, and what keeps the session alive."""

from __future__ import annotations

import math
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from streams.errors import SourceUnusable
from streams.sources.rtsp import rtcp, sdp
from streams.sources.rtsp.address import Address, track_url
from streams.sources.rtsp.auth import Challenge, best_challenge
from streams.sources.rtsp.codecs import units_for
from streams.sources.rtsp.datagrams import Datagrams
from streams.sources.rtsp.errors import NotOurs, Redirected, TcpRefused
from streams.sources.rtsp.interleaved import Interleaved
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


@dataclass(frozen=True, slots=True)
class Session:
    """An open connection on which the video has begun. `heard` takes in what comes on the connection, `packets` what
    comes of the video: over TCP the two are one receiver."""

    wire: Wire
    heard: Receiver
    packets: Interleaved | Datagrams
    units: Units
    codec: str
    clock_hz: int
    frame_rate: float | None
    dialogue: Dialogue

    @property
    def receiver(self) -> Receiver:
        return self.packets.receiver


class Dialogue:
    """Requests and answers on one connection. Belongs to one thread.

    `transport`: "tcp", "udp", or "auto" for TCP where the camera has it.
    """

    def __init__(
        self, address: Address, wire: Wire, withheld: frozenset[str] = frozenset(), transport: str = "tcp"
    ) -> None:
        self._address = address
        self._wire = wire
        self._heard_by = Receiver()
        self._packets: Interleaved | Datagrams = (
            Datagrams(wire, Receiver.large()) if transport == "udp" else Interleaved(wire, self._heard_by)
        )
        self._may_change = transport == "auto"
        self.why = ""  # the packets come otherwise than was asked first
        self._withheld = withheld  # schemes that are not answered here: the password was given for somebody else
        self._challenge: Challenge | None = None
        self._nonce_uses = 0
        self._cseq = 0
        self._session = ""
        self._timeout_s = _DEFAULT_SESSION_S
        self._public = ""
        self._url = address.request_url
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
        track = track_url(base, video.control or description.control)
        try:
            self._set_up(track, video, units)
        except TcpRefused as refusal:
            if not self._may_change:
                raise
            self.why = str(refusal)
            self._packets = Datagrams(self._wire, Receiver.large())
            self._set_up(track, video, units)
        if description.metadata is not None:
            own = track_url(base, description.metadata.control or description.control)
            self._set_up_beside(own, description.metadata)
        self._url = track_url(base, description.control)
        self._ask("PLAY", self._url, {"Range": "npt=0.000-"})
        self._playing = True
        self._wire.free()
        self._kept_s = time.monotonic()
        self._reported_s = self._kept_s
        return Session(self._wire, self._heard_by, self._packets, units, codec, video.clock_hz, video.frame_rate, self)

    def keep(self, now_s: float) -> None:
        """Call it after every drain: keeps the session alive, reports what was received, reads the answers.

        Raises `Ended` where the camera says that it is over.
        """
        while self._heard_by.messages:
            self._heard(self._heard_by.messages.popleft())
        if self._packets.receiver.ended:
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

    def close(self) -> None:
        """Give back the ports, where there are any."""
        self._packets.close()

    @property
    def _keeper(self) -> str:
        return "GET_PARAMETER" if "GET_PARAMETER" in self._public else "OPTIONS"

    def _set_up(self, url: str, video: sdp.Media, units: Units) -> None:
        answer = self._ask("SETUP", url, {"Transport": self._packets.asks()})
        self._session, _, rest = answer.header("session").partition(";")
        channels = self._packets.answered(answer.header("transport"))
        self._packets.receiver.expect(units, video.payload_type, *channels, video.clock_hz)
        timeout = re.search(r"(?i)timeout\s*=\s*(\d{1,6})", rest)
        if timeout and int(timeout[1]) > 0:
            self._timeout_s = max(2.0, float(timeout[1]))

    def _set_up_beside(self, url: str, metadata: sdp.Media) -> None:
        """What a drone tells beside its pictures. A camera that will not send it sends its video all the same."""
        answer = self._ask("SETUP", url, {"Transport": self._packets.asks()}, least=False)
        if not 200 <= answer.status < 300:
            return
        channels = self._packets.answered(answer.header("transport"))
        self._packets.receiver.beside = Beside(metadata.payload_type, *channels, metadata.clock_hz)

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
            if isinstance(self._packets, Datagrams):
                raise SourceUnusable("the camera does not send over UDP (461): set its transport to tcp")
            raise TcpRefused(_STATUSES[461])
        if least and not 200 <= answer.status < 300:
            raise SourceUnusable(self._meaning(answer))
        return answer

    def _answer(self) -> Message:
        """Waits, and takes in the video that some cameras send before they answer PLAY."""
        while True:
            while self._heard_by.messages:
                message = self._heard_by.messages.popleft()
                if message.status >= 200 and message.cseq in (self._cseq, None):
                    return message
                self._heard(message)
            self._heard_by.took(self._wire.receive_into(self._heard_by.space()), time.monotonic())
            if self._heard_by.junk_bytes > _MOST_JUNK_BYTES:
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
        units = self._packets.receiver.units
        if units is None or units.ssrc is None:
            return
        counts = units.counts
        now = rtcp.Reception(units.ssrc, units.highest_sequence, counts.packets + counts.lost, counts.lost)
        packet = rtcp.receiver_report(self._ssrc, now, self._reception, self._packets.receiver.clock.newest, now_s)
        self._reception = now
        self._packets.report(packet)


def _ours(video: sdp.Media) -> str:
    """FFmpeg's name of the codec. Raises `NotOurs`."""
    if video.codec is None:
        raise NotOurs(f"the stream is {video.encoding or f'RTP payload type {video.payload_type}'}")
    if video.parameters.get("packetization-mode") == "2" or video.parameters.get("sprop-max-don-diff", "0") != "0":
        raise NotOurs("the stream is interleaved (decoding order numbers)")
    return video.codec
