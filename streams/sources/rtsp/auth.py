"""Basic and Digest authentication (RFC 7617, RFC 7616), as RTSP uses them."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

_PARAMETER = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))')
_SCHEME = re.compile(r"(?i)(?:^|,\s*)(basic|digest)(?=\s|,|$)")
_HASHES = {"MD5": "md5", "SHA-256": "sha256"}


@dataclass(frozen=True, slots=True)
class Credentials:
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the camera asks for. `parameters` have their names in small letters."""

    scheme: str
    parameters: dict[str, str]

    @property
    def stale(self) -> bool:
        """The password was right, the nonce too old."""
        return self.parameters.get("stale", "").lower() == "true"

    @property
    def strength(self) -> int:
        """0 where we cannot answer it; the greatest is taken."""
        if self.scheme == "basic":
            return 1
        name = self._algorithm.removesuffix("-SESS")
        return {"MD5": 2, "SHA-256": 3}.get(name, 0) if self._qop is not None else 0

    @property
    def _algorithm(self) -> str:
        return self.parameters.get("algorithm", "MD5").upper() or "MD5"

    @property
    def _qop(self) -> str | None:
        """`auth`, empty for the form before there was any, None where only integrity of bodies is offered."""
        offered = [word.strip().lower() for word in self.parameters.get("qop", "").split(",") if word.strip()]
        return "" if not offered else "auth" if "auth" in offered else None

    def answer(self, who: Credentials, method: str, url: str, count: int) -> str:
        """The Authorization header. `count` is how often this nonce has been used, from 1."""
        if self.scheme == "basic":
            return "Basic " + base64.b64encode(f"{who.user}:{who.password}".encode()).decode()
        return self._digest(who, method, url, count, secrets.token_hex(8))

    def _digest(self, who: Credentials, method: str, url: str, count: int, cnonce: str) -> str:
        realm, nonce, qop = self.parameters.get("realm", ""), self.parameters.get("nonce", ""), self._qop
        kind = _HASHES[self._algorithm.removesuffix("-SESS")]

        def hashed(*words: str) -> str:
            return hashlib.new(kind, ":".join(words).encode(), usedforsecurity=False).hexdigest()

        secret = hashed(who.user, realm, who.password)
        if self._algorithm.endswith("-SESS"):
            secret = hashed(secret, nonce, cnonce)
        middle = (f"{count:08x}", cnonce, qop) if qop else ()
        response = hashed(secret, nonce, *middle, hashed(method, url))
        fields = {"username": who.user, "realm": realm, "nonce": nonce, "uri": url, "response": response}
        text = ", ".join(f'{name}="{_escaped(value)}"' for name, value in fields.items())
        if "algorithm" in self.parameters:
            text += f", algorithm={self.parameters['algorithm']}"
        if "opaque" in self.parameters:
            text += f', opaque="{_escaped(self.parameters["opaque"])}"'
        if qop or self._algorithm.endswith("-SESS"):
            text += f', cnonce="{cnonce}"' + (f", qop={qop}, nc={count:08x}" if qop else "")
        return "Digest " + text


def best_challenge(headers: Iterable[str]) -> Challenge | None:
    """The strongest that can be answered, of all WWW-Authenticate headers; None where there is none."""
    found = [challenge for header in headers for challenge in _challenges(header) if challenge.strength]
    return max(found, key=lambda challenge: challenge.strength, default=None)


def _challenges(header: str) -> list[Challenge]:
    """Several may stand in one header, a comma between them as between their parameters."""
    starts = list(_SCHEME.finditer(header))
    ends = [*(match.start() for match in starts[1:]), len(header)][: len(starts)]
    return [
        Challenge(
            match[1].lower(),
            {
                name.lower(): re.sub(r"\\(.)", r"\1", quoted) or bare
                for name, quoted, bare in _PARAMETER.findall(header[match.end() : end])
            },
        )
        for match, end in zip(starts, ends, strict=True)
    ]


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
