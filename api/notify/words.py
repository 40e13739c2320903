"""What a notice says, in either language: the title, a few lines, and the way to the ticket."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from api.notify import causes
from api.notify.models import NoticeRow
from api.notify.notices import FACTS

Language = Literal["zh", "en"]

_TITLES: dict[str, tuple[str, str]] = {
    "dispatched": ("新工单", "New ticket"),
    "returned": ("工单退回", "Ticket returned"),
    "overdue": ("工单超时", "Ticket overdue"),
    "escalated": ("工单上报", "Ticket escalated"),
    "whistled": ("吹哨：请报到", "A department is called"),
    "forecast": ("即将开始", "Due soon"),
    "trouble": ("设备异常", "Something needs a look"),
}
_KINDS: dict[str, tuple[str, str]] = {
    "illegal_parking": ("违规停车", "Illegal parking"),
    "fire_lane": ("消防通道占用", "Fire lane blocked"),
    "wiring": ("私拉电线", "Private wiring"),
    "gathering": ("人员聚集", "Gathering"),
    "ageing_facility": ("设施老化", "Ageing facility"),
    "damaged_facility": ("公共设施损坏", "Damaged facility"),
    "cluttered_stairs": ("楼道堆物", "Cluttered stairs"),
    "e_bike": ("电动自行车违规", "E-bike indoors"),
    "rubbish": ("垃圾堆放", "Rubbish"),
    "other": ("其他", "Other"),
}
_FACTS: dict[str, tuple[str, str]] = {
    "number": ("编号", "No."),
    "kind": ("类型", "What"),
    "place": ("地点", "Where"),
    "unit": ("网格", "Grid"),
    "level": ("层级", "Level"),
    "department": ("部门", "Department"),
    "cause": ("原因", "Why"),
    "clock": ("时限", "Clock"),
    "due_at": ("截止", "Due"),
    "respond_by": ("到场时限", "On the spot by"),
    "rectify_by": ("整改时限", "Settled by"),
    "answer_by": ("报到时限", "Answer by"),
    "camera": ("摄像头", "Camera"),
    "name": ("名称", "Name"),
}
# In the order that people read them in; what is not named here is for programs, and goes to webhook and MQTT alone.
_TIMES = frozenset({"due_at", "respond_by", "rectify_by", "answer_by"})


def title(notice: NoticeRow, language: Language) -> str:
    which = 0 if language == "zh" else 1
    topic = _TITLES.get(notice.topic, (notice.topic, notice.topic))[which]
    kind = notice.facts.get("kind")
    what = _KINDS.get(str(kind), (str(kind), str(kind)))[which] if kind else ""
    number = notice.facts.get("number")
    numbered = f" #{number:g}" if isinstance(number, int | float) else (f" #{number}" if number else "")
    return f"{topic}{numbered}" + (f" {what}" if what else "")


def text(notice: NoticeRow, language: Language, zone: ZoneInfo) -> str:
    which = 0 if language == "zh" else 1
    lines = []
    for name, labels in _FACTS.items():
        value = notice.facts.get(name)
        if value is None or value == "" or name in ("number", "kind"):
            continue
        shown = causes.words(value, language) if isinstance(value, list) else str(value)
        if not shown:
            continue
        shown = _local(shown, zone) if name in _TIMES else shown
        lines.append(f"{labels[which]}{'：' if which == 0 else ': '}{shown}")
    return "\n".join(lines)


def _local(text: str, zone: ZoneInfo) -> str:
    """A moment in the site's zone, for people; other text as it is."""
    try:
        return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return text


def body(notice: NoticeRow, delivery_id: str, url: str, zone: ZoneInfo) -> dict[str, Any]:
    """For programs: the facts themselves, and the words in both languages."""
    return {
        "id": delivery_id,
        "topic": notice.topic,
        "at": notice.at.isoformat(timespec="milliseconds"),
        "ticket": notice.ticket_id,
        "unit": notice.unit,
        # Rows of an older Sanxun may hold more.
        "facts": {name: value for name, value in notice.facts.items() if name in FACTS},
        "title": {"zh": title(notice, "zh"), "en": title(notice, "en")},
        "text": {"zh": text(notice, "zh", zone), "en": text(notice, "en", zone)},
        "url": url,
    }
