"""Go or no-go before a vehicle is sent up without a server: the server's checklist, asked for at the terminal or given
in a file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.patrol.operator import Operator
from api.cli.patrol.terminal import next_line
from api.cli.say import say
from api.errors import BadRequest, WrongState
from api.patrols.checklist import ASKED, ITEMS, Item

if TYPE_CHECKING:
    from drone.fly.flight import Flight

Checklist = Annotated[
    Path | None,
    typer.Option(
        "--checklist",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help='The go/no-go answers, in place of being asked: JSON, {"airframe": true, "battery": "no: swollen", …}.',
    ),
]
Answers = dict[Item, tuple[bool, str]] | None  # whether it is so, and a note; None: to be asked
_YES, _NO = frozenset({"y", "yes", "true"}), frozenset({"n", "no", "false"})
_MOST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Said:
    """An item's answer, as a server keeps it: whether it is so, a note, by whom and when (UTC)."""

    ok: bool
    note: str
    by: str
    at: str


def read_answers(path: Path | None, *, server: bool) -> Answers:
    """The answers of a file; None where they are to be asked. Raises `BadRequest` with what is wrong in it."""
    if path is None:
        return None
    if server:
        raise typer.BadParameter("with --api the checklist is the server's: answer it there, without --checklist")
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadRequest(f"{path} is no checklist: expected JSON, {error}") from None
    if not isinstance(given, dict):
        raise BadRequest(f"{path} is no checklist: expected an object of {', '.join(ITEMS)}, got {given!r:.40}")
    if unknown := [name for name in given if name not in set(ITEMS)]:
        raise BadRequest(f"{path} answers what is not asked: {', '.join(unknown)}; expected {', '.join(ITEMS)}")
    if missing := [item.value for item in ITEMS if item.value not in given]:
        raise BadRequest(f"{path} leaves unanswered: {', '.join(missing)}; every item needs yes or no")
    found: dict[Item, tuple[bool, str]] = {}
    for item in ITEMS:
        said = given[item.value]
        answer = answer_of(said if isinstance(said, str) else json.dumps(said))
        if answer is None:
            raise BadRequest(f'{path}: {item} is {said!r}: expected true, false, "yes: NOTE" or "no: NOTE"')
        found[item] = answer
    return found


def answer_of(line: str) -> tuple[bool, str] | None:
    """`yes` or `no`, and a note behind a colon; None for anything else.

    >>> answer_of("no: left rear propeller chipped")
    (False, 'left rear propeller chipped')
    """
    word, _, note = line.strip().partition(":")
    word = word.strip().lower()
    return (word in _YES, note.strip()[:_MOST_NOTE]) if word in _YES | _NO else None


async def cleared_to_go(flight: Flight, operator: Operator, given: Answers, *, asked: bool) -> None:
    """All items are answered, kept with the flight and in the trail, and all of them with yes. Where they are not
    `asked`, a server keeps them, or nothing moves.

    Raises:
        WrongState: one of them is no, or was not answered.
    """
    if not asked:
        return
    answers = given if given is not None else await _asked(operator)
    at = _now()
    said = {item.value: Said(ok, note, operator.name, at) for item, (ok, note) in answers.items()}
    flight.answered({name: asdict(one) for name, one in said.items()})
    told = ", ".join(f"{name} {'yes' if one.ok else 'NO'}" for name, one in said.items())
    refused = [item for item in ITEMS if item.value not in said or not said[item.value].ok]
    await operator.answered(flight, f"{'no_go' if refused else 'go'}: {told or 'nothing answered'}")
    if refused:
        why = "; ".join(_why(item, said.get(item.value)) for item in refused)
        raise WrongState(f"no-go, the vehicle stays on the ground: {why}. Put it right, then start again")


async def _asked(operator: Operator) -> dict[Item, tuple[bool, str]]:
    """Item by item; the end of the input leaves the rest unanswered."""
    say(f"{operator.name}: go or no-go. Answer yes or no, with a note behind a colon where there is one to make.")
    found: dict[Item, tuple[bool, str]] = {}
    for number, item in enumerate(ITEMS, start=1):
        while item not in found:
            say(f"{number} of {len(ITEMS)}, {item}: {ASKED[item]}?")
            line = await next_line()
            if not line:
                return found
            answer = answer_of(line)
            if answer is None:
                say(f"{line.strip()!r} is neither yes nor no")
            else:
                found[item] = answer
    return found


def _why(item: Item, said: Said | None) -> str:
    if said is None:
        return f"{item} was not answered (on a terminal, or with --checklist FILE)"
    return f"{item} is no" + (f" ({said.note})" if said.note else f": {ASKED[item]}")


def _now() -> str:
    from api.kit.clock import Clock
    from streams.delivery.events import utc_text

    return utc_text(Clock().now())
