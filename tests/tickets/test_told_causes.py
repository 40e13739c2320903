"""Every sentence that the system itself gives as a cause is one that a notice can tell."""

from __future__ import annotations

from api.notify import causes
from api.tickets.assign import Spot
from api.tickets.states import Command
from tests.tickets.street import ON_THE_BORDER, Street


def _whole(town: Street, sentence: str) -> bool:
    parts = list(causes._parts(sentence))
    return len(causes.read(sentence, town.town)) == len(parts) > 0


def test_what_the_rules_say_is_known_to_the_notices(town: Street) -> None:
    silent, taken, unsure = town.open("fire_lane"), town.open(), town.open(spot=Spot(*ON_THE_BORDER, radius_m=30))
    nowhere = town.open(spot=Spot())
    said = {ticket.cause for ticket in town.tickets}
    town.give(taken, Command.ACCEPT)
    town.whistle(silent)
    for minutes in (6, 31, 120, 1440):
        town.passes(minutes=minutes)
        said |= {ticket.cause for ticket in (silent, taken, unsure, nowhere)}
    town.roster({})
    said.add(town.open().cause)
    assert len(said) >= 7
    assert [sentence for sentence in sorted(said) if not _whole(town, sentence)] == []
