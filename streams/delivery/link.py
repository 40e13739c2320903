"""The worker's side of the API: fetching the site, delivering events, telling of health, sending live tiles."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from streams.delivery.events import utc_text
from streams.delivery.outbox import OutboxCounts
from streams.delivery.sender import Sender
from streams.errors import ApiAway, ApiDenied, ApiRefused, LinkError
from streams.health.meter import CameraHealth
from streams.site import Site, site_from

__all__ = ["ApiLink", "LinkError", "Receipt", "Sender"]

# A tile's boxes travel in a header, and servers bound those at 16 KB or so.
_MOST_BOXES = 120


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch of events: stored now, or stored by an earlier delivery."""

    accepted: tuple[str, ...]
    duplicates: tuple[str, ...]


def _trust(authority: str | None) -> ssl.SSLContext | bool:
    """Whose certificates are good: the public authorities', or those of a PEM file of the town's own."""
    try:
        return ssl.create_default_context(cafile=authority) if authority else True
    except (OSError, ssl.SSLError) as error:
        raise LinkError(f"SANXUN_API_CA names {authority}, which cannot be used: {error}") from None


class ApiLink:
    """Speaks `/api/v1` with a worker's token; safe between threads. All calls raise `LinkError`.

    The token is in no message: errors name the path and the status alone.
    """

    def __init__(self, base_url: str, token: str, *, timeout_s: float = 10.0) -> None:
        self.base_url = base_url.rstrip("/")
        self._client = httpx.Client(
            base_url=f"{self.base_url}/api/v1/",
            headers={"Authorization": f"Bearer {token}", "User-Agent": "sanxun-worker"},
            timeout=httpx.Timeout(timeout_s, connect=min(5.0, timeout_s)),
            verify=_trust(os.environ.get("SANXUN_API_CA")),
            # The API is an address that was given; a proxy of the environment is meant for other things.
            trust_env=False,
        )
        self._site_etag: str | None = None
        self.looks_wanted: tuple[dict[str, Any], ...] = ()

    def fetch_site(self) -> Site | None:
        """The whole site, or None while it is what the last call returned. Raises `BadSite` too."""
        headers = {"If-None-Match": self._site_etag} if self._site_etag else {}
        response = self._ask("GET", "worker/site", headers=headers)
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return None
        site = site_from(_field(response, "site", dict), f"the site of {self.base_url}")
        self._site_etag = response.headers.get("ETag")
        return site

    def post_events(self, bodies: Sequence[dict[str, Any]]) -> Receipt:
        """Deliver 1 to 100 events. All of them are stored when this returns, none when it raises `ApiRefused`;
        when it raises anything else, nobody knows."""
        response = self._ask("POST", "events", json={"events": list(bodies)})
        return Receipt(tuple(_field(response, "accepted", list)), tuple(_field(response, "duplicates", list)))

    def post_status(
        self,
        worker: str,
        model: str,
        cameras: Sequence[CameraHealth],
        *,
        provider: str = "",
        outbox: OutboxCounts | None = None,
    ) -> tuple[str, ...]:
        """Tell of the cameras' health and the outbox; returns the cameras that somebody is looking at now. What is to
        be looked at again is in `looks_wanted` then."""
        body: dict[str, Any] = {
            "worker": worker,
            "model": model,
            "provider": provider,
            "cameras": [_health_json(camera) for camera in cameras],
        }
        if outbox is not None:
            body["outbox"] = _outbox_json(outbox)
        answer = self._ask("POST", "worker/status", json=body)
        looked_at = tuple(_field(answer, "looked_at", list))
        self.looks_wanted = tuple(answer.json().get("looks", ()))  # an API of before knows of none
        return looked_at

    def post_looks(self, looks: Sequence[dict[str, Any]]) -> None:
        """Say what was seen of what was to be looked at again: 1 to 200 looks. Sent again, they count once."""
        self._ask("POST", "worker/looks", json={"looks": list(looks)})

    def put_tile(self, camera: str, jpeg: bytes, captured_at: datetime, boxes: Sequence[Sequence[float | str]]) -> None:
        """Send one live picture. `boxes`: x1, y1, x2, y2 in 0..1, class label, confidence; the surest 120 are sent."""
        if len(boxes) > _MOST_BOXES:
            boxes = sorted(boxes, key=lambda box: -float(box[5]))[:_MOST_BOXES]
        headers = {
            "Content-Type": "image/jpeg",
            "X-Captured-At": utc_text(captured_at),
            "X-Boxes": json.dumps([list(box) for box in boxes], separators=(",", ":")),
        }
        self._ask("PUT", f"worker/tiles/{camera}", content=jpeg, headers=headers)

    def put_clip(self, event_id: str, mp4: Path) -> None:
        """Hand over an event's clip, to be sealed. Raises FileNotFoundError too. Sent again, it is stored once."""
        with mp4.open("rb") as file:
            headers = {"Content-Type": "video/mp4", "Content-Length": str(mp4.stat().st_size)}
            self._ask("PUT", f"worker/events/{event_id}/clip", content=file, headers=headers)

    def put_still(self, event_id: str, jpeg: bytes) -> None:
        """Hand over a better picture of an event, redacted, in place of the one that came with it."""
        self._ask("PUT", f"worker/events/{event_id}/still", content=jpeg, headers={"Content-Type": "image/jpeg"})

    def post_suggestion(self, camera: str, body: dict[str, Any]) -> None:
        """Propose zones for a camera, for a person to accept; it replaces what was proposed before."""
        self._ask("POST", f"cameras/{camera}/suggestion", json=body)

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, method: str, path: str, **parts: Any) -> httpx.Response:
        what = f"{method} {self.base_url}/api/v1/{path}"
        try:
            response = self._client.request(method, path, **parts)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ApiAway(f"{what}: {type(error).__name__}: {error or 'no answer'}") from error
        status = response.status_code
        if status < 300 or status == httpx.codes.NOT_MODIFIED:
            return response
        if status in (401, 403):
            raise ApiDenied(f"{what}: the token was not accepted ({status}); make one with `sanxun token create`")
        if status >= 500 or status in (408, 425, 429) or status < 400:
            raise ApiAway(f"{what}: answered {status}")
        detail = _detail(response)
        raise ApiRefused(f"{what}: refused with {status}: {detail}", status, detail)


def _outbox_json(counts: OutboxCounts) -> dict[str, Any]:
    values = asdict(counts)
    del values["oldest_at"]
    return values


def _field(response: httpx.Response, name: str, kind: type) -> Any:
    """One field of a JSON answer. A proxy's sign-in page answers 200 as well, and must not pass for a receipt."""
    try:
        value = response.json()[name]
    except (ValueError, KeyError, TypeError):
        value = None
    if not isinstance(value, kind):
        raise ApiAway(f"{response.request.url}: the answer has no {name}: is this a Sanxun API?")
    return value


def _detail(response: httpx.Response) -> str:
    """The words of a problem document, or the beginning of whatever came."""
    try:
        body = response.json()
        return str(body.get("detail") or body.get("title") or body)[:500]
    except (ValueError, AttributeError):
        return response.text[:200]


def _health_json(health: CameraHealth) -> dict[str, Any]:
    return {
        "camera": health.camera,
        "state": health.state.value,
        "since": utc_text(health.since),
        "last_frame_at": utc_text(health.last_frame_at) if health.last_frame_at else None,
        "resolution_wh": list(health.resolution_wh) if health.resolution_wh else None,
        "fps": health.fps,
        "looks_per_s": health.looks_per_s,
        "dropped": health.dropped,
        "reconnects": health.reconnects,
        "unknown_s": health.unknown_s,
        "unknown_by": dict(health.unknown_by),
        "fault": health.fault,
        "fault_since": utc_text(health.fault_since) if health.fault_since else None,
        "error": health.error,
        "codec": health.codec,
        "key_interval_s": health.key_interval_s,
        "b_frames": health.b_frames,
        "decoding": health.decoding,
        "because": health.because,
        "decode_errors": health.decode_errors,
    }
