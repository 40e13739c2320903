"""What an answer says when something is changed: nothing of how much anybody did. As in `test_no_persons`, with the
same walk through every operation on two servers, of which one has a past that many people did, and one that a single
person did who does nothing now."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.fuzz import populated
from tests.api.house import FakeTime, Served, serving
from tests.api.stored import copied
from tests.api.walk_rest import NOTIFY, WholeWalk
from tests.ledger.same_work import PEOPLE, Seen, give_the_work_to, shown, write_accounts_and_tickets

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text())
Applied = tuple[Path, dict[str, str]]
Answers = list[tuple[str, Seen]]
# Whoever walks: a count of one's own work would be theirs on the one server, and nobody's on the other.
WALKERS = ("token:grid_worker", "token:command_centre", "token:administrator", "token:officer", "pilot", "grid1")
# Drawn anew each time: ids, secrets, what stands for a state. A figure is in none of them.
DRAWN = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{11,}|\b[a-z0-9]{4,5}(-[a-z0-9]{4,5})+\b", re.ASCII)
SECRET = {"secret", "codes", "password", "receipt", "uri", "id", "url", "code_url", "point", "qr_svg"}
# How far a delivery has got is a matter of the moment at which it is asked for.
OF_DELIVERY = {"attempts", "last_error", "due_at", "done_at", "state"}
# Nothing comes back with them.
EMPTY = {
    operation["operationId"]
    for item in DOCUMENT["paths"].values()
    for operation in item.values()
    if "204" in operation["responses"] and "200" not in operation["responses"]
}


def plain(node: Any) -> Any:
    """JSON without what is drawn."""
    if isinstance(node, dict):
        of_moment = OF_DELIVERY if "channel" in node else set[str]()
        drawn = {key for key, found in node.items() if key in SECRET and isinstance(found, str | list)} | of_moment
        return {key: "drawn" if key in drawn else plain(found) for key, found in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    return DRAWN.sub("drawn", node) if isinstance(node, str) else node


def seen_of(answer: httpx.Response) -> Seen:
    status, text = shown(answer)
    is_json = text and "json" in answer.headers.get("content-type", "")
    return status, json.dumps(plain(json.loads(text))) if is_json else text


@contextmanager
def walked(
    folder: Path, applied: tuple[Path, dict[str, str]], past: tuple[str, ...], clip: bytes
) -> Iterator[list[tuple[str, Seen]]]:
    """Every answer of the walk, by operation, on a server whose past was the work of these people."""
    clock, data, found = FakeTime(), folder / "data", Answers()
    copied(applied[0], data)
    (data / "notify.toml").write_text(NOTIFY)
    (data / "notify.toml").chmod(0o600)
    with serving(data, clock) as url:
        house = Served(url, data, clock)

        def told(name: str, answer: httpx.Response) -> None:
            found.append((name, seen_of(answer)))

        populated(house, DOCUMENT)
        write_accounts_and_tickets(data)
        give_the_work_to(data, past)
        walk = WholeWalk(house, DOCUMENT, dict(applied[1]), told)
        walk.all()
        walk.rest(clip)
        assert walk.broken == []
        yield found
        house.close()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, applied: Applied, mp4: bytes) -> Iterator[list[Answers]]:
    of_many, of_one = (tmp_path_factory.mktemp(name) for name in ("many", "one"))
    with (
        walked(of_many, applied, (*WALKERS, *PEOPLE[1:]), mp4) as many,
        walked(of_one, applied, PEOPLE[:1], mp4) as one,
    ):
        yield [many, one]


def test_no_answer_to_a_change_tells_how_much_a_person_did(both: list[Answers]) -> None:
    many, one = both
    assert [name for name, _ in many] == [name for name, _ in one], "the same walk"
    for (name, there), (_, here) in zip(many, one, strict=True):
        assert there == here, name


def test_every_operation_that_changes_something_was_seen(both: list[Answers]) -> None:
    """So that a new one is looked at: give it a step in tests/api/walk.py or walk_rest.py."""
    reached = {name for name, (status, _) in both[0] if 200 <= status < 300}
    changing = {
        operation["operationId"]
        for item in DOCUMENT["paths"].values()
        for method, operation in item.items()
        if method != "get"
    }
    assert changing - reached - EMPTY == set()
