"""A camera that sends over UDP: what it sends, in what order and from where, is the test's."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.streams.rtp_peer import Packer
from tests.streams.rtsp_peer import Asked, Camera, answer
from tests.streams.rtsp_played import sent


def datagrams(first: int = 0, last: int = 40) -> list[bytes]:
    """The pictures of `rtsp_played.sent()` as RTP packets; those before `first` have taken their numbers."""
    packer = Packer()
    packed = [packer.pack(unit) for unit in sent()]
    return [packet for packets in packed[first:last] for packet in packets]


@dataclass
class UdpCamera(Camera):
    """Sends `packets` to the port that SETUP names once it is asked to PLAY, `pause_s` after every tenth."""

    packets: Sequence[bytes] = ()
    strangers: Sequence[bytes] = ()
    """Sent first, from 127.0.0.2."""
    pause_s: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)
    _player: threading.Thread | None = None

    def __enter__(self) -> UdpCamera:
        self.odd = self._over_udp
        self._media, self._control = _bound("127.0.0.1"), _bound("127.0.0.1")
        super().__enter__()
        return self

    def __exit__(self, *told: object) -> None:
        super().__exit__(None, None, None)
        if self._player is not None:
            self._player.join(60)
        self._media.close()
        self._control.close()

    def reports(self, timeout_s: float = 30.0) -> bytes:
        """The next datagram on the control port."""
        self._control.settimeout(timeout_s)
        return self._control.recv(2048)

    def _over_udp(self, asked: Asked) -> bytes | None:
        if asked.method == "SETUP":
            if "TCP" in asked.headers["transport"]:
                return answer(asked, 461)
            found = re.fullmatch(r"RTP/AVP;unicast;client_port=(\d+)-(\d+)", asked.headers["transport"])
            assert found, asked.headers["transport"]
            self._to = ("127.0.0.1", int(found[1]))
            ports = f"{self._media.getsockname()[1]}-{self._control.getsockname()[1]}"
            told = f"RTP/AVP;unicast;client_port={found[1]}-{found[2]};server_port={ports}"
            return answer(asked, headers={"Transport": told, "Session": self.session})
        if asked.method == "PLAY":
            self._player = threading.Thread(target=self._play, daemon=True)
            self._player.start()
        return None

    def _play(self) -> None:
        time.sleep(0.2)  # the answer to PLAY goes first
        with _bound("127.0.0.2") as stranger:
            for packet in self.strangers:
                stranger.sendto(packet, self._to)
        for number, packet in enumerate(self.packets):
            self._media.sendto(packet, self._to)
            if number % 10 == 9 and self.pause_s:
                time.sleep(self.pause_s)
        self.ended.set()


def _bound(host: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((host, 0))
    return made
