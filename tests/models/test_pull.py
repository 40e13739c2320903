"""Weights from a url, against a real server that breaks off, ignores ranges, changes the file, sends too little."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from models import catalog
from models.errors import ChecksumDiffers, ModelError, PullFailed, UnsupportedModel
from models.pull import Pulled, pull
from tests.models.wayward_server import Behaviour, wayward

FOUR = "{0: 'person', 1: 'car', 2: 'bus', 3: 'truck'}"
AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
def weights(make_onnx) -> bytes:
    return make_onnx((1, 8, 84), names=FOUR, padding="x" * 300_000).read_bytes()


@pytest.fixture
def other_weights(make_onnx) -> bytes:
    return make_onnx((1, 8, 84), names=FOUR, padding="y" * 300_000).read_bytes()


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., Pulled]:
    """`pull` into DATA, without a proxy and without waiting."""

    def pulled(url: str, **more: object) -> Pulled:
        http = httpx.Client(trust_env=False, timeout=60)
        settings: dict[str, object] = {"client": http, "pause": lambda seconds: None, "now": lambda: AT, **more}
        return pull(url, tmp_path / "data", **settings)  # type: ignore[arg-type]

    return pulled


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def left_over(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "data" / "weights").iterdir())


def test_weights_come_in_whole_and_are_pinned(take, weights: bytes, tmp_path: Path) -> None:
    shown: list[tuple[int, int | None]] = []
    with wayward(Behaviour(weights)) as url:
        got = take(f"{url}/street-v9.onnx", progress=lambda done, total: shown.append((done, total)))
    assert (got.sha256, got.received_bytes, got.pinned_now) == (digest(weights), len(weights), True)
    assert shown[-1] == (len(weights), len(weights))
    assert catalog.find("street-v9", tmp_path / "data").sha256 == digest(weights)
    assert left_over(tmp_path) == ["catalog.toml", "pins.json", "street-v9.onnx"]


def test_a_pull_that_breaks_off_goes_on_where_it_was(take, weights: bytes) -> None:
    how = Behaviour(weights, cuts=[100_000, 0, 50_000])
    with wayward(how) as url:
        got = take(f"{url}/w.onnx")
    assert [asked.get("Range") for asked in how.asked] == [None, "bytes=100000-", "bytes=100000-", "bytes=150000-"]
    assert all(asked["If-Range"] == '"one"' for asked in how.asked[1:])
    assert (got.sha256, got.received_bytes) == (digest(weights), len(weights))


def test_a_pull_given_up_is_gone_on_with_by_the_next_command(take, weights: bytes, tmp_path: Path) -> None:
    how = Behaviour(weights, cuts=[100_000, 0, 0, 0, 0])
    with wayward(how) as url:
        with pytest.raises(PullFailed, match=r"100000 of \d+ bytes are kept: the same command goes on"):
            take(f"{url}/w.onnx")
        assert catalog.verify(tmp_path / "data")[-1][0] != "w"
        got = take(f"{url}/w.onnx")
    assert how.asked[-1]["Range"] == "bytes=100000-"
    assert (got.sha256, got.received_bytes) == (digest(weights), len(weights) - 100_000)


def test_a_server_that_ignores_ranges_sends_all_of_it_again(take, weights: bytes) -> None:
    with wayward(Behaviour(weights, cuts=[100_000], ranges=False)) as url:
        got = take(f"{url}/w.onnx")
    assert (got.sha256, got.received_bytes) == (digest(weights), len(weights) + 100_000)


def test_a_server_without_a_mark_is_never_asked_for_the_rest(take, weights: bytes) -> None:
    how = Behaviour(weights, etag=None, cuts=[100_000])
    with wayward(how) as url:
        got = take(f"{url}/w.onnx")
    assert [asked.get("Range") for asked in how.asked] == [None, None]
    assert got.sha256 == digest(weights)


def test_a_file_that_changes_in_between_is_never_mixed(take, weights: bytes, other_weights: bytes) -> None:
    with wayward(Behaviour(weights, cuts=[100_000], change_after=other_weights)) as url:
        assert take(f"{url}/w.onnx").sha256 == digest(other_weights)


def test_another_part_than_asked_for_is_not_taken(take, weights: bytes) -> None:
    how = Behaviour(weights, cuts=[100_000], wrong_range=True)
    with wayward(how) as url:
        assert take(f"{url}/w.onnx").sha256 == digest(weights)
    assert [asked.get("Range") for asked in how.asked] == [None, "bytes=100000-", None]


def test_a_file_that_is_whole_already_is_known_as_such(take, make_onnx, weights: bytes, tmp_path: Path) -> None:
    catalog.add(make_onnx((1, 8, 84), names=FOUR, name="w.onnx"), tmp_path / "data")
    with wayward(Behaviour(weights)) as url:
        with pytest.raises(ModelError, match="name of other weights here"):
            take(f"{url}/w.onnx")
        got = take(f"{url}/w.onnx", name="another")
    assert (got.sha256, got.received_bytes, got.reading.spec.name) == (digest(weights), 0, "another")


def test_the_checksum_given_counts(take, weights: bytes, tmp_path: Path) -> None:
    with wayward(Behaviour(weights)) as url:
        with pytest.raises(ChecksumDiffers, match=f"expected sha256 {'0' * 64}, got {digest(weights)}"):
            take(f"{url}/w.onnx", sha256="0" * 64)
        assert left_over(tmp_path) == []
        assert take(f"{url}/w.onnx", sha256=digest(weights).upper()).sha256 == digest(weights)


def test_other_bytes_than_at_the_first_pull_are_refused(take, weights, other_weights, tmp_path: Path) -> None:
    how = Behaviour(weights)
    with wayward(how) as url:
        take(f"{url}/w.onnx")
        how.body, how.etag = other_weights, '"two"'
        with pytest.raises(ChecksumDiffers, match=r"other weights than when it was first pulled \(2026-11-22T08:00"):
            take(f"{url}/w.onnx")
        assert catalog.find("w", tmp_path / "data").sha256 == digest(weights)
        assert take(f"{url}/w.onnx", sha256=digest(other_weights), name="w2").pinned_now
        assert take(f"{url}/w.onnx", name="w2").received_bytes == 0


def test_what_is_here_and_unchanged_is_not_fetched_again(take, weights: bytes) -> None:
    how = Behaviour(weights)
    with wayward(how) as url:
        take(f"{url}/w.onnx")
        again = take(f"{url}/w.onnx")
        assert (again.received_bytes, again.pinned_now, again.reading.spec.name) == (0, False, "w")
        assert len(how.asked) == 2
        take(f"{url}/w.onnx", sha256=digest(weights))
        assert len(how.asked) == 2


@pytest.mark.parametrize("say_length", [True, False], ids=["said", "found out"])
def test_too_large_a_file_is_refused(take, weights: bytes, say_length: bool) -> None:
    with (
        wayward(Behaviour(weights, say_length=say_length)) as url,
        pytest.raises(PullFailed, match="at most 200000 are taken"),
    ):
        take(f"{url}/w.onnx", most_bytes=200_000)


def test_redirects_are_followed_to_where_the_file_is(take, weights: bytes) -> None:
    how = Behaviour(weights, cuts=[100_000], redirects={"/latest": "/files/v9.onnx?signature=secret"})
    with wayward(how) as url:
        got = take(f"{url}/latest")
    assert (got.reading.spec.name, got.sha256) == ("v9", digest(weights))


def test_redirects_in_a_circle_end(take) -> None:
    with (
        wayward(Behaviour(b"", redirects={"/a": "/b", "/b": "/a"})) as url,
        pytest.raises(PullFailed, match="more than 5 redirects"),
    ):
        take(f"{url}/a")


def test_a_server_that_is_busy_is_asked_again_and_one_that_refuses_is_not(take, weights: bytes) -> None:
    how = Behaviour(weights, statuses=[503, 429, 404])
    with wayward(how) as url:
        with pytest.raises(PullFailed, match="the server answers 404"):
            take(f"{url}/w.onnx")
        assert len(how.asked) == 3
        assert take(f"{url}/w.onnx").sha256 == digest(weights)


def test_what_holds_no_detector_is_not_kept(take, tmp_path: Path) -> None:
    with wayward(Behaviour(b"<html>sign in first</html>")) as url, pytest.raises(UnsupportedModel):
        take(f"{url}/w.onnx")
    assert catalog.verify(tmp_path / "data")[-1][0] != "w"


def test_secrets_in_a_url_are_neither_kept_nor_told(take, weights: bytes, tmp_path: Path) -> None:
    with wayward(Behaviour(weights)) as url:
        take(f"{url}/w.onnx?token=secret")
        pins = (tmp_path / "data" / "weights" / "pins.json").read_text(encoding="utf-8")
        assert "secret" not in pins
        assert len(json.loads(pins)) == 1
    with pytest.raises(PullFailed) as refused:
        take("ftp://user:secret@host/w.onnx?token=secret")
    assert "secret" not in str(refused.value)
