"""Where a camera is, from its address; and the addresses of its tracks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from streams.sources.rtsp.auth import Credentials
from streams.sources.urls import split_userinfo

_PORTS = {"rtsp": 554, "rtsps": 322}
_AUTHORITY = re.compile(r"(\[[^\]]+\]|[^:\[\]]+)(?::(\d{1,5}))?")
_PIN = re.compile(r"sha256=([0-9A-Fa-f:]{64,95})")
# Everything that may stand in an address as it is; what is already %-encoded stays so.
_SAFE = "/?&=;:@!$'()*+,~%-._[]"


@dataclass(frozen=True, slots=True)
class Address:
    """`request_url` is what goes over the wire: without credentials and pin. `typed` is the whole of
    it, to take its secrets out of what others say."""

    scheme: str
    host: str
    port: int
    request_url: str
    credentials: Credentials | None
    pin: str = ""
    typed: str = field(default="", repr=False)

    @property
    def tls(self) -> bool:
        return self.scheme == "rtsps"


def parse(url: str) -> Address:
    """Raises ValueError, which says what is wrong and holds nothing of the address."""
    scheme, _, rest = url.partition("://")
    scheme = scheme.lower()
    if scheme not in _PORTS:
        raise ValueError("expected rtsp:// or rtsps://")
    userinfo, rest = split_userinfo(rest)
    rest, _, fragment = rest.partition("#")
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    found = _AUTHORITY.fullmatch(authority)
    if found is None or (found[2] and not 0 < int(found[2]) < 65_536):
        raise ValueError("expected rtsp://host:port/path, the port a number from 1 to 65535")
    pin = _PIN.fullmatch(fragment)
    if fragment.startswith("sha256") and pin is None:
        raise ValueError("expected #sha256= and the 64 hexadecimal digits of the certificate's fingerprint")
    user, _, password = userinfo.partition(":")
    return Address(
        scheme=scheme,
        host=found[1].strip("[]"),
        port=int(found[2]) if found[2] else _PORTS[scheme],
        request_url=f"{scheme}://{authority}{quote(rest[len(authority) :], safe=_SAFE)}",
        credentials=Credentials(unquote(user), unquote(password)) if userinfo else None,
        pin=pin[1].replace(":", "").lower() if pin else "",
        typed=url,
    )


def track_url(base: str, control: str) -> str:
    """A control attribute against its base, as players resolve it: appended, not as RFC 3986 would."""
    control = control.replace(" ", "%20")
    if control in ("", "*"):
        return base
    if re.match(r"(?i)rtsps?://", control):
        return control
    if control.startswith("?"):
        return base.rstrip("/") + control
    return base.rstrip("/") + "/" + control.lstrip("/")
