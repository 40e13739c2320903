"""Words: both languages of each key, all that are used exist and are loaded, all that exist are used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from api.auth.roles import PEOPLE
from api.auth.schemas import Session
from api.cameras.health import CameraState
from api.colours.rule import Colour
from api.hazards import merging
from api.hazards.kinds import Kind, Source
from api.hazards.models import HazardState
from api.ledger.loop import By
from api.mutes.schemas import Purpose
from api.reports.schemas import Progress
from api.tickets.false_alarm import FalseAlarm
from api.tickets.states import Command, TicketState, allowed_aside
from api.town.duty import Part
from api.town.given import FaultKind
from api.town.settings import THREE_SHIFTS
from api.town.units import Level
from api.whistles.models import WhistleState
from models.spec import ObjectClass
from streams.delivery.camera_events import Trouble
from streams.suggest.proposal import Reason
from streams.suggest.words import REASONS
from tests.pages.sources import HTML, PAGES, SCRIPTS, WORDS, dictionaries, imported, words_of
from vision.hazards.why import PHRASES

# What the pages offer apart from the chain.
SIDE = {command.value for state in TicketState for role in PEOPLE for command in allowed_aside(state, role)}
# Keys that the scripts put together from a name that the server sends.
FAMILIES: dict[str, list[str]] = {
    "kind": [kind.value for kind in Kind],
    "hazard": [state.value for state in HazardState],
    "state": [state.value for state in TicketState],
    "command": [command.value for command in Command],
    "camera": [state.value for state in CameraState],
    "trouble": [trouble.value for trouble in Trouble if trouble not in (Trouble.DOWN, Trouble.STALLED)],
    "object": [name.label for name in ObjectClass],
    "why": [phrase.name for phrase in PHRASES],
    "false_alarm": [reason.value for reason in FalseAlarm],
    "suggest": [reason.value for reason in Reason],
    "connection": ["live", "polling", "lost"],
    "colour": [colour.value for colour in Colour],
    "clock": ["respond", "rectify"],
    "progress": list(get_args(Progress)),
    "role": [role.value for role in PEOPLE],
    "phone": ["dispatched", "working", "verifying", "suspended", "closed"],
    "do": ["register", "reject", "dispatch", "resume", *sorted(SIDE)],
    "whistle": [*(state.value for state in WhistleState), "do_report", "do_refuse"],
    "calls": ["called", "called_none", "reported", "reported_none"],
    "source": [source.value for source in Source],
    "merge": [
        *("distance_m", "radius_m", "unsure_m", "most_unsure_m", "minutes_apart", "iou"),
        *("merge", "merge_help", "split", "split_help"),
    ],
    "mute": list(get_args(Purpose)),
    "method": list(get_args(Session.model_fields["method"].annotation)),
    "factor": ["codes", "remove"],
    "ledger": ["found", "on_foot", "cleared", "overdue", "refound", "open", "place", "enough", "xlsx", "csv"],
    "loop": [*(by.value for by in By), "count", "share", "p50", "p95", "answers"],
    "level": [level.value for level in Level],
    "part": [part.value for part in Part],
    "shift": [shift.name for shift in THREE_SHIFTS],
    "fault": [kind.value for kind in FaultKind],
    "town": [f"fault_{name}" for name in ("kind", "unit", "what", "where")],
}


def said(path: Path) -> set[str]:
    """Every key that stands in a script or page as a whole string: in t(), in tables, in data-i18n."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        return set(re.findall(r'data-i18n(?:-label)?="([\w.]+)"', text))
    found = set(re.findall(r'"([a-z]\w*(?:\.\w+)+)"', text)) | set(re.findall(r'\bt\("(\w+)"', text))
    return found - {"sanxun.language", "sanxun.boxes"}


def composed(path: Path) -> set[str]:
    """The families of keys that a script puts together from a name."""
    text = path.read_text(encoding="utf-8")
    return set(re.findall(r"`([a-z]\w*)\.[^`]*\$\{", text) + re.findall(r'tName\("(\w+)"', text)) - {"sanxun"}


def used() -> set[str]:
    return {key for path in (*SCRIPTS, *HTML) for key in said(path)}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_imports_the_words_that_it_says_and_no_others(path: Path) -> None:
    """So that a page loads no words that it has no use for, and none is missing, whichever script comes in later."""
    families = composed(path)
    needed = {
        f"words/{words.name}"
        for words in WORDS
        if words_of(words).keys() & said(path) or {key.split(".")[0] for key in words_of(words)} & families
    }
    assert {name for name in imported(path) if name.startswith("words/")} == needed


@pytest.mark.parametrize("path", HTML, ids=lambda path: path.name)
def test_the_scripts_of_a_page_bring_the_words_of_its_markup(path: Path) -> None:
    first = re.findall(r'<script type="module" src="/static/js/(.+?)">', path.read_text(encoding="utf-8"))
    loaded, todo = set(), first
    while todo:
        name = todo.pop()
        if name not in loaded and not name.startswith("words/"):
            todo.extend(imported(PAGES / "js" / name))
        loaded.add(name)
    assert said(path) <= {key for words in WORDS if f"words/{words.name}" in loaded for key in words_of(words)}


def test_each_key_stands_once_and_there_are_many() -> None:
    assert len(dictionaries()["zh"]) > 100


def test_english_phrases_are_those_of_the_command_line() -> None:
    words = dictionaries()["en"]
    assert [words[f"why.{phrase.name}"] for phrase in PHRASES] == [phrase.english for phrase in PHRASES]


def test_reasons_of_suggestions_are_those_of_the_command_line() -> None:
    words = dictionaries()["en"]
    assert {reason: words[f"suggest.{reason}"] for reason in Reason} == REASONS


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_words_are_empty(language: str) -> None:
    assert [key for key, words in dictionaries()[language].items() if not words.strip()] == []


def test_both_languages_fill_in_the_same_places() -> None:
    words = dictionaries()
    places = {
        language: {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in words[language].items()}
        for language in words
    }
    assert places["zh"] == places["en"]


def test_every_key_that_is_used_exists() -> None:
    assert used() - set(dictionaries()["zh"]) == set()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_name_that_the_server_sends_has_words(family: str) -> None:
    assert {f"{family}.{name}" for name in FAMILIES[family]} - set(dictionaries()["zh"]) == set()


def test_every_key_is_used() -> None:
    known = {f"{family}.{name}" for family, names in FAMILIES.items() for name in names}
    known |= {f"camera.{state}_help" for state in (*FAMILIES["camera"], "waiting", "lost")} - {"camera.live_help"}
    known |= {"command.note_confirm", "command.note_return", "command.note_reject"}
    figures = {key for key in dictionaries()["zh"] if key.startswith("by.")}
    assert set(dictionaries()["zh"]) - used() - known - figures == set()


def test_english_is_english_and_chinese_is_chinese() -> None:
    words = dictionaries()
    han = re.compile(r"[\u4e00-\u9fff]")
    assert [key for key, text in words["en"].items() if han.search(text)] == []
    assert [
        key
        for key, text in words["zh"].items()
        if not han.search(text) and key not in ("clock.none", "list.comma", "mute.here_why")
    ] == []


def test_every_rule_of_merging_has_words_in_both_languages() -> None:
    """The page knows the rules by the server's own English names."""
    source = Path(merging.__file__).read_text(encoding="utf-8")
    rules = set(re.findall(r'Verdict\.(?:SAME|PERHAPS),\s*\{"rule": "(.+?)"', source)) | {"a person says so"}
    assert len(rules) > 5
    text = (PAGES / "js" / "merges.js").read_text(encoding="utf-8")
    assert rules - set(re.findall(r'^  "(.+?)": "merge\.\w+",$', text, re.M)) == set()
