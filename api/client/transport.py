"""How the client speaks: credentials, problems as errors, repeats that are done once."""

from __future__ import annotations

import ssl
import time
import uuid
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

# What a proxy or a restarting server answers; the request may be sent again.
_PASSING = (429, 502, 503, 504)


class Problem(Exception):
    """The API said no: its RFC 9457 document. `members` holds whatever else the document says."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.type = str(document.get("type", "about:blank"))
        self.title = str(document.get("title", ""))
        self.detail = str(document.get("detail", ""))
        self.members = dict(document)
        super().__init__(f"{status} {self.title}: {self.detail}")


class Unreachable(Exception):
    """No answer, however often it was asked."""


class Transport:
    """One connection to a server. `token` is a service token or a session's secret; without it, sign in or be nobody.

    A POST carries an Idempotency-Key, the same at every try: it is done once however often the line breaks.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout_s: float = 20.0,
        tries: int = 3,
        wait: Callable[[float], None] = time.sleep,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout_s, verify=verify)
        self._tries, self._wait = tries, wait
        self.etag: str | None = None  # of the newest answer: what `if_match` takes before something is overwritten

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        body: Any = None,
        content: bytes | None = None,
        media_type: str | None = None,
    ) -> Any:
        """The answer's JSON, or its bytes, None where there is none. Raises `Problem`, `Unreachable`."""
        sent = {name: value for name, value in (headers or {}).items() if value is not None}
        if method == "POST":
            sent.setdefault("Idempotency-Key", str(uuid.uuid4()))
        if content is not None and media_type:
            sent["Content-Type"] = media_type
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        answer = self._answer(method, path, asked, sent, body, content)
        self.etag = answer.headers.get("ETag")
        return _read(answer)

    def _answer(
        self, method: str, path: str, query: dict[str, Any], headers: dict[str, str], body: Any, content: bytes | None
    ) -> httpx.Response:
        for turn in range(1, self._tries + 1):
            try:
                answer = self._http.request(method, path, params=query, headers=headers, json=body, content=content)
            except httpx.TransportError as error:
                if turn == self._tries:
                    raise Unreachable(f"{self._http.base_url} does not answer: {error}") from error
                self._wait(2.0**turn / 4)
                continue
            if answer.status_code not in _PASSING or turn == self._tries:
                return answer
            self._wait(_pause_s(answer, turn))
        raise ValueError(f"tries must be at least 1, got {self._tries}")


def _pause_s(answer: httpx.Response, turn: int) -> float:
    named = answer.headers.get("Retry-After", "")
    return min(30.0, float(named)) if named.isdigit() else 2.0**turn / 4


def _read(answer: httpx.Response) -> Any:
    kind = answer.headers.get("Content-Type", "")
    if answer.status_code >= 400:
        raise Problem(answer.status_code, answer.json() if "json" in kind else {"detail": answer.text[:500]})
    if not answer.content:
        return None
    return answer.json() if "json" in kind else answer.content
