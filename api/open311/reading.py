"""What GeoReport v2 asks for and sends, read strictly: queries, urlencoded forms, and multipart forms with a photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from python_multipart.multipart import MultipartParser, parse_options_header

from api.errors import BadRequest
from api.evidence.photos import MOST_BYTES
from api.hazards.kinds import Kind

# The specification's own bounds: at most 90 days, and at most 1000 requests, at a time. What lies behind those is read
# by `page` and `page_size`, which the specification lacks and the servers of its cities have.
SPAN, MOST = timedelta(days=90), 1000
_MOST_PAGES = 1_000_000
_MOST_FIELDS = 64


@dataclass(frozen=True, slots=True)
class Form:
    fields: Mapping[str, str]
    photo: bytes | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query for requests. `is_open` None: open and closed alike. Pages count from 1."""

    ids: tuple[str, ...]
    kinds: tuple[Kind, ...]
    since: datetime
    until: datetime
    is_open: bool | None
    page: int
    page_size: int


def read_form(content_type: str, body: bytes) -> Form:
    """Raises `BadRequest`."""
    kind, options = parse_options_header(content_type)
    if kind == b"application/x-www-form-urlencoded":
        try:
            pairs = parse_qsl(
                body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
            )
        except ValueError as error:
            raise BadRequest(f"the form cannot be read: {error}") from None
        return Form(dict(pairs), None)
    if kind == b"multipart/form-data" and b"boundary" in options:
        return _multipart(options[b"boundary"], body)
    raise BadRequest("a request is sent as application/x-www-form-urlencoded or, with a photo, as multipart/form-data")


class _Parts:
    """Collects the parts of a multipart form."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.photo: bytes | None = None
        self._header = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._data = bytearray()

    def begin(self) -> None:
        self._headers, self._data = {}, bytearray()

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if name == "media":
            self.photo = bytes(self._data) or None
        elif len(self.fields) < _MOST_FIELDS:
            self.fields[name] = self._data.decode("utf-8", "replace")


def _multipart(boundary: bytes, body: bytes) -> Form:
    parts = _Parts()
    callbacks = {
        "on_part_begin": parts.begin,
        "on_header_field": parts.header_field,
        "on_header_value": parts.header_value,
        "on_header_end": parts.header_end,
        "on_part_data": parts.data,
        "on_part_end": parts.end,
    }
    try:
        parser = MultipartParser(boundary, callbacks, max_size=MOST_BYTES + 256 * 1024)  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except Exception as error:  # the parser has many ways to say that a form is broken
        raise BadRequest(f"the multipart form cannot be read: {error}") from None
    return Form(parts.fields, parts.photo)


def wanted(query: Mapping[str, str], now: datetime) -> Wanted:
    """Raises `BadRequest`."""
    ids = tuple(one.strip() for one in query.get("service_request_id", "").split(",") if one.strip())
    if len(ids) > MOST:
        raise BadRequest(f"service_request_id may name {MOST} requests at a time, got {len(ids)}")
    until = _moment(query.get("end_date"), "end_date") or now
    since = _moment(query.get("start_date"), "start_date") or until - SPAN
    if ids:
        since, until = datetime(1970, 1, 1, tzinfo=UTC), now
    elif since > until or until - since > SPAN:
        raise BadRequest(f"start_date to end_date may span {SPAN.days} days at most, the earlier first")
    page = _count(query.get("page"), "page", 1, _MOST_PAGES)
    page_size = _count(query.get("page_size"), "page_size", MOST, MOST)
    return Wanted(ids, _kinds(query.get("service_code")), since, until, _status(query.get("status")), page, page_size)


def _count(text: str | None, name: str, usual: int, most: int) -> int:
    if not text:
        return usual
    plain = text.strip()
    if not (plain.isascii() and plain.isdecimal() and len(plain) < 9 and 1 <= int(plain) <= most):
        raise BadRequest(f"{name} must be a whole number from 1 to {most}, got {text[:40]!r}")
    return int(plain)


def _moment(text: str | None, name: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.strip().replace(" ", "+"))
        # Ninety days before the first days of the calendar there is none.
        if not 1970 <= found.year < 3000:
            raise ValueError(found)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except ValueError:
        raise BadRequest(f"{name} must be like 2026-11-22T08:00:00Z, got {text[:40]!r}") from None


def _kinds(text: str | None) -> tuple[Kind, ...]:
    try:
        return tuple(Kind(code.strip()) for code in (text or "").split(",") if code.strip())
    except ValueError as error:
        raise BadRequest(f"{error}: see /open311/v2/services.json") from None


def _status(text: str | None) -> bool | None:
    words = {one.strip() for one in (text or "").split(",") if one.strip()}
    if words - {"open", "closed"}:
        raise BadRequest(f"status is open, closed or both, got {text!r:.60}")
    return None if len(words) != 1 else words == {"open"}


def degrees(fields: Mapping[str, str], name: str, most: float) -> float | None:
    """A coordinate, None where it is missing. Raises `BadRequest`."""
    text = fields.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -most <= value <= most:
        raise BadRequest(f"{name} must be WGS-84 degrees from -{most:g} to {most:g}, got {text[:40]!r}")
    return value
