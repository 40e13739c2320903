"""One file over HTTP that survives broken connections: gone on with where it is provably the same file."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from models.errors import PullFailed
from models.urls import checked, scrubbed

_MOST_REDIRECTS = 5
# Breaks in a row without one new byte; any byte of progress begins the count anew.
_MOST_EMPTY_TRIES = 4
_PAUSES_S = (1.0, 3.0, 10.0)
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
# Worth another try by themselves; any other refusal stays one.
_LATER = (408, 425, 429, 500, 502, 503, 504)

Progress = Callable[[int, int | None], None]


class _Broke(Exception):
    """The connection or the server failed in a way that may pass."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole file at `path`. `url` is where redirects led, `etag` the server's mark of it, `received_bytes` those of
    this run: fewer than the file has where an earlier run had begun it."""

    path: Path
    url: str
    etag: str | None
    received_bytes: int

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        _mark_file(self.path).unlink(missing_ok=True)


def fetch(
    http: httpx.Client,
    url: str,
    path: Path,
    *,
    most_bytes: int,
    known_tag: str | None = None,
    progress: Progress,
    pause: Callable[[float], None],
) -> Fetched | None:
    """The file at `url` in `path`; None where the server says that it is still the one of `known_tag`.

    `path` may hold the beginning from an earlier run, with the server's mark beside it in `path`.json. It is gone on
    with only while the server confirms that mark (If-Range); a server that cannot sends the whole again.

    Raises:
        PullFailed: refused, too large, no room on the disk, fetched by another process just now, or broken off again
            and again.
    """
    checked(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _held(path):
        run = _Run(http, url, path, most_bytes, known_tag, progress)
        empty_tries = 0
        while True:
            before = run.received_bytes
            try:
                return run.once()
            except (_Broke, httpx.TransportError) as fault:
                empty_tries = empty_tries + 1 if run.received_bytes == before else 0
                if empty_tries >= _MOST_EMPTY_TRIES:
                    raise PullFailed(f"{scrubbed(url)}: {_words(fault)}; {run.standing()}") from None
                pause(_PAUSES_S[min(empty_tries, len(_PAUSES_S) - 1)])
            except OSError as fault:
                raise PullFailed(f"{path} cannot be written: {fault.strerror}") from fault


class _Run:
    """The tries of one fetch."""

    def __init__(
        self, http: httpx.Client, url: str, path: Path, most_bytes: int, known_tag: str | None, progress: Progress
    ) -> None:
        self._http, self._url, self._path = http, url, path
        self._most, self._known_tag, self._progress = most_bytes, known_tag, progress
        self._total: int | None = None
        self.received_bytes = 0

    def standing(self) -> str:
        have = self._have()
        if not have or _read_mark(self._path) is None:
            return "nothing usable has arrived"
        return f"{have} of {self._total or 'unknown'} bytes are kept: the same command goes on from there"

    def once(self) -> Fetched | None:
        """One request, gone through to the end of its body."""
        have = self._have()
        mark = _read_mark(self._path) if have else None
        headers = {"Accept-Encoding": "identity"}
        if have and mark:
            headers |= {"Range": f"bytes={have}-", "If-Range": mark}
        elif self._known_tag:
            headers["If-None-Match"] = self._known_tag
        with self._answer(headers) as response:
            if response.status_code == 304:
                return None
            if response.status_code == 416 and have and mark:
                return self._at_the_end(response, have)
            start = self._start(response, have, mark)
            self._take(response, start)
            etag = response.headers.get("etag")
            return Fetched(self._path, str(response.url), etag, self.received_bytes)

    @contextmanager
    def _answer(self, headers: dict[str, str]) -> Iterator[httpx.Response]:
        """The answer behind the redirects. Never from https to plain http: the bytes would be anybody's."""
        url = self._url
        for _ in range(_MOST_REDIRECTS + 1):
            with self._http.stream("GET", url, headers=headers, follow_redirects=False) as response:
                if not response.has_redirect_location:
                    yield response
                    return
                following = checked(urljoin(url, response.headers["location"]))
            if urlsplit(url).scheme == "https" and urlsplit(following).scheme != "https":
                raise PullFailed(f"{scrubbed(url)} redirects to plain http: refused")
            url = following
        raise PullFailed(f"{scrubbed(self._url)}: more than {_MOST_REDIRECTS} redirects")

    def _start(self, response: httpx.Response, have: int, mark: str | None) -> int:
        """At which byte of the file the body begins, after checking that it can be used."""
        if response.headers.get("content-encoding", "identity") not in ("", "identity"):
            raise PullFailed(f"{scrubbed(self._url)} comes compressed although that was declined: not usable")
        if response.status_code == 206:
            return self._continued(response, have, mark)
        if response.status_code in _LATER:
            raise _Broke(f"the server answers {response.status_code} {response.reason_phrase}")
        if response.status_code != 200:
            raise PullFailed(
                f"{scrubbed(self._url)}: the server answers {response.status_code} {response.reason_phrase}"
            )
        length = response.headers.get("content-length")
        self._total = int(length) if length is not None and length.isdigit() else None
        # Emptied before it is marked: a crash between the two must not leave the old beginning under the new mark.
        os.truncate(self._path, 0)
        _write_mark(self._path, _mark_of(response))
        return 0

    def _continued(self, response: httpx.Response, have: int, mark: str | None) -> int:
        found = _RANGE.fullmatch(response.headers.get("content-range", ""))
        if found is None or int(found[1]) != have or mark is None or _mark_of(response) not in (None, mark):
            # Part of some file, but not the part that was asked for, or of another file: begin again.
            _mark_file(self._path).unlink(missing_ok=True)
            raise _Broke("the server answered with another part than was asked for")
        self._total = int(found[3]) if found[3] != "*" else None
        return have

    def _at_the_end(self, response: httpx.Response, have: int) -> Fetched:
        """Nothing after what is here: then it is whole, if the server says so, else it is of another file."""
        said = response.headers.get("content-range", "").removeprefix("bytes */")
        etag = _read_mark(self._path)
        if said != str(have):
            _mark_file(self._path).unlink(missing_ok=True)
            raise _Broke(f"{have} bytes are here, but the file has {said or 'an unknown number'}")
        return Fetched(self._path, str(response.url), etag if etag and etag.startswith('"') else None, 0)

    def _take(self, response: httpx.Response, start: int) -> None:
        self._check_room(start)
        done = start
        with self._path.open("r+b") as stream:
            stream.truncate(start)
            stream.seek(start)
            # As they come: with a chunk size, httpx holds back what a break then loses.
            for chunk in response.iter_raw():
                done += len(chunk)
                if done > self._most:
                    stream.truncate(0)
                    raise self._too_large(done)
                stream.write(chunk)
                # Counted as it arrives: a break keeps what is written, and that is progress.
                self.received_bytes += len(chunk)
                stream.flush()
                self._progress(done, self._total)
            os.fsync(stream.fileno())
        if self._total is not None and done != self._total:
            raise _Broke(f"{done} of {self._total} bytes arrived")

    def _check_room(self, start: int) -> None:
        if self._total is None:
            return
        if self._total > self._most:
            raise self._too_large(self._total)
        free = shutil.disk_usage(self._path.parent).free
        # Once here and once copied into the catalogue.
        if 2 * self._total - start > free:
            raise PullFailed(f"{self._total} bytes are to come and {free} are free on the disk of {self._path.parent}")

    def _too_large(self, size: int) -> PullFailed:
        return PullFailed(f"{scrubbed(self._url)} has {size} bytes or more; at most {self._most} are taken (--most-mb)")

    def _have(self) -> int:
        return self._path.stat().st_size


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """The file exists and is this process's alone."""
    with path.open("ab") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PullFailed("another process is pulling from this url just now") from None
        yield


def _mark_of(response: httpx.Response) -> str | None:
    """What tells this file from another at the same url: a strong ETag, else its date of change (RFC 9110, 13.1.5)."""
    etag: str = response.headers.get("etag", "")
    if etag.startswith('"'):
        return etag
    changed: str | None = response.headers.get("last-modified")
    return changed


def _mark_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _write_mark(path: Path, mark: str | None) -> None:
    if mark is None:
        _mark_file(path).unlink(missing_ok=True)
    else:
        _mark_file(path).write_text(json.dumps({"mark": mark}), encoding="utf-8")


def _read_mark(path: Path) -> str | None:
    try:
        mark = json.loads(_mark_file(path).read_text(encoding="utf-8"))["mark"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return mark if isinstance(mark, str) else None


def _words(fault: Exception) -> str:
    return str(fault) or type(fault).__name__
