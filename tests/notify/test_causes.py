"""What leaves in a notice: codes and their words in the reader's language, and nobody's own words."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api.notify import causes, words
from api.notify.models import NoticeRow
from api.notify.notices import Notice, NoticeTopic
from api.town.units import Department
from tests.town.builders import small_town


def read(sentence: str) -> list[dict[str, str]]:
    town = small_town()
    town.departments = (Department("fire", "Fire brigade", (), (), 30),)
    return causes.read(sentence, town)


@pytest.mark.parametrize(
    ("sentence", "zh"),
    [
        ("to grid g1: nobody is on duty in micro-grid m1", "派至网格g1；m1无人在岗"),
        ("to the whole site: the place lies in no grid", "派至全域；该处不在任何网格内"),
        ("to grid g1: the place is known to 30 m and may lie in m1, m2 and others",
         "派至网格g1；位置误差30米，可能在m1、m2"),
        ("held: nobody is on duty here, nor at any level above", "暂存：本级和上级都无人在岗"),
        ("not settled in time: to community c1; nobody is on duty in grid g1", "逾期未整改；派至社区c1；g1无人在岗"),
        ("fire has not answered in time; to the command centre: nobody is on duty above",
         "fire未按时报到；转指挥中心；上级无人在岗"),
        ("nobody has come in time; nobody is on duty above: it goes up when somebody is",
         "超时无人到场；上级无人在岗，有人时上报"),
        ("there still: seen in 3 looks since it was said to be done", "隐患仍在；报完成后又看到3次"),
        ("fire refuses: ask Wang Wei of no. 3; to community c1", "fire不来；派至社区c1"),
        ("there still: Wang Wei refuses to move it", "隐患仍在"),
        ("Wang refuses", ""),
        ("to grid Wang", ""),
    ],
)  # fmt: skip
def test_a_cause_is_told_in_codes_and_without_anybodys_words(sentence: str, zh: str) -> None:
    found = read(sentence)
    assert causes.words(found, "zh") == zh
    assert "Wang" not in str(found)
    english = causes.words(found, "en")
    assert english.isascii()
    assert bool(english) == bool(zh)


def test_a_chinese_notice_has_no_english_in_it() -> None:
    facts = {
        "number": 7,
        "kind": "fire_lane",
        "place": "东门",
        "cause": read("to grid g1: nobody is on duty in micro-grid m1"),
    }
    notice = NoticeRow(topic="dispatched", at=datetime(2026, 11, 22, tzinfo=UTC), ticket_id="t", unit="g1", facts=facts)
    assert words.text(notice, "zh", ZoneInfo("UTC")) == "地点：东门\n原因：派至网格g1；m1无人在岗"
    # A row that an older Sanxun has left behind.
    notice.facts = facts | {"why": "Wang Wei knows", "note": "ask Wang Wei"}
    assert "Wang" not in str(words.body(notice, "d-1", "", ZoneInfo("UTC")))


def test_a_fact_that_may_hold_a_persons_words_is_refused() -> None:
    with pytest.raises(ValueError, match="a person's words"):
        Notice(NoticeTopic.WHISTLED, datetime(2026, 11, 22, tzinfo=UTC), ("ann",), facts={"why": "ask Wang Wei"})
