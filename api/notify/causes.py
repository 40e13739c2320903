"""Why a ticket went where it went, for those outside: as codes, with their words in both languages.

A ticket keeps its cause as a sentence, made of the system's phrases and, where a person gave a reason, of their own
words. Those may name somebody, and stay here: what leaves is what one of the phrases below says in full, and of it only
numbers and ids of units and departments that there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.town.index import Town

Cause = dict[str, str]
_LEVELS = {"micro-grid": "微网格", "grid": "网格", "community": "社区", "street": "街道"}
_UNIT = rf"(?P<level>{'|'.join(_LEVELS)}) (?P<unit>\S+)"
_UNITS = r"(?P<units>\S+(?: \S+)?(?:, \S+(?: \S+)?)*)"


@dataclass(frozen=True, slots=True)
class _Phrase:
    """`text` is what the rules of tickets write, as a pattern that must match a whole part of the sentence."""

    code: str
    text: str
    zh: str
    en: str


_PHRASES = (
    _Phrase("to_unit", f"to {_UNIT}", "派至{level}{unit}", "to {level} {unit}"),
    _Phrase("to_site", "to the whole site", "派至全域", "to the whole site"),
    _Phrase("to_centre", "(?:to|with|by) the command centre", "转指挥中心", "to the command centre"),
    _Phrase("nobody_here", f"nobody is on duty in {_UNITS}", "{units}无人在岗", "nobody is on duty in {units}"),
    _Phrase("nobody_above", "nobody is on duty above", "上级无人在岗", "nobody is on duty above"),
    _Phrase(
        "waits_above",
        "nobody is on duty above: it goes up when somebody is",
        "上级无人在岗，有人时上报",
        "nobody is on duty above: it goes up when somebody is",
    ),
    _Phrase(
        "held",
        "held: nobody is on duty here, nor at any level above",
        "暂存：本级和上级都无人在岗",
        "held: nobody is on duty here, nor at any level above",
    ),
    _Phrase(
        "place_unsure",
        rf"the place is known to (?P<metres>\d+) m and may lie in {_UNITS}(?: and others)?",
        "位置误差{metres}米，可能在{units}",
        "the place is known to {metres} m and may lie in {units}",
    ),
    _Phrase("no_grid", "the place lies in no grid", "该处不在任何网格内", "the place lies in no grid"),
    _Phrase("no_place", "its place is not known|nobody said where it is", "位置不明", "its place is not known"),
    _Phrase(
        "camera_unplaced",
        "the camera has no lon and lat|the camera is not in the site any more",
        "摄像机没有坐标",
        "the camera has no place",
    ),
    _Phrase(
        "no_shifts",
        "no shifts are planned here and no grid worker has an account",
        "此处没有排班，也没有网格员账号",
        "no shifts are planned here",
    ),
    _Phrase("not_come", "nobody has come in time", "超时无人到场", "nobody has come in time"),
    _Phrase("still_not_come", "nobody has come yet", "仍无人到场", "nobody has come yet"),
    _Phrase("not_settled", "not settled in time", "逾期未整改", "not settled in time"),
    _Phrase("still_not_settled", "not settled yet", "仍未整改", "not settled yet"),
    _Phrase("expired", "the acknowledgement (?:has )?expired", "接单已失效", "the acknowledgement has expired"),
    _Phrase("resumed", "resumed", "恢复办理", "resumed"),
    _Phrase("handed_up", "handed up", "已上报", "handed up"),
    _Phrase("unmerged", "taken out of the merge", "已从合并中拆出", "taken out of the merge"),
    _Phrase("refused", r"(?P<department>\S+) refuses", "{department}不来", "{department} does not come"),
    _Phrase(
        "silent",
        r"(?P<department>\S+) has not answered in time",
        "{department}未按时报到",
        "{department} has not answered in time",
    ),
    _Phrase("there_still", "there still", "隐患仍在", "there still"),
    _Phrase(
        "looks",
        r"seen in (?P<times>\d+) looks since it was said to be done",
        "报完成后又看到{times}次",
        "seen in {times} looks since it was said to be done",
    ),
    _Phrase("test", "a test", "试发", "a test"),
)
_BY_CODE = {phrase.code: phrase for phrase in _PHRASES}
_PATTERNS = [(phrase.code, re.compile(phrase.text)) for phrase in _PHRASES]


def read(sentence: str, town: Town | None = None) -> list[Cause]:
    """The codes of a ticket's cause, in order, with their values; what is not one of ours is left out."""
    return [found for part in _parts(sentence) if (found := _cause(part, town)) is not None]


def _parts(sentence: str) -> Iterator[str]:
    for part in sentence.split("; "):
        if any(pattern.fullmatch(part) for _, pattern in _PATTERNS):
            yield part
        else:
            yield from part.split(": ")


def _cause(part: str, town: Town | None) -> Cause | None:
    for code, pattern in _PATTERNS:
        if found := pattern.fullmatch(part):
            values = {name: value for name, value in found.groupdict().items() if value}
            if "units" in values:
                named = [one.rpartition(" ")[2] for one in values["units"].removesuffix(" and others").split(", ")]
                values["units"] = " ".join(unit for unit in named if town and town.unit(unit))
            return {"code": code, **values} if _is_known(values, town) else None
    return None


def _is_known(values: Cause, town: Town | None) -> bool:
    unit, department = values.get("unit"), values.get("department")
    if values.get("units") == "" or (unit is not None and not (town and town.unit(unit))):
        return False
    return department is None or bool(town and town.department(department))


def words(causes: Sequence[Cause], language: str) -> str:
    """For people."""
    said = [_said(cause, language) for cause in causes if cause.get("code") in _BY_CODE]
    return ("；" if language == "zh" else "; ").join(said)


def _said(cause: Cause, language: str) -> str:
    phrase, values = _BY_CODE[cause["code"]], dict(cause)
    if language == "zh":
        values["level"] = _LEVELS.get(values.get("level", ""), "")
    if "units" in values:
        values["units"] = ("、" if language == "zh" else ", ").join(values["units"].split())
    return (phrase.zh if language == "zh" else phrase.en).format_map(values)
