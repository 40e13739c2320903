"""The words of a ledger that leaves the system, in Chinese and English."""

from __future__ import annotations

from typing import Literal

Language = Literal["zh", "en"]

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("隐患周周清台账", "Weekly ledger of hazards"),
    "week": ("周次", "Week"),
    "summary": ("汇总", "Summary"),
    "lines": ("明细", "Lines"),
    "sign": ("签核", "Signed off"),
    "street": ("街道", "Street"),
    "community": ("社区", "Community"),
    "grid": ("网格", "Grid"),
    "micro_grid": ("微网格", "Micro-grid"),
    "id": ("编号", "Id"),
    "path": ("所属", "Part of"),
    "name": ("名称", "Name"),
    "found": ("发现", "Found"),
    "on_foot": ("其中步巡", "of these on foot"),
    "cleared": ("本周销号", "Cleared"),
    "cleared_of_found": ("本周发现已清", "Cleared of found"),
    "overdue": ("超期", "Overdue"),
    "refound": ("复发", "Re-found"),
    "open": ("周末未清", "Open at the end"),
    "dismissed": ("不成立", "Dismissed"),
    "enough": ("达到最少发现数", "Looked for enough"),
    "share_cleared": ("清零率", "Share cleared"),
    "least": ("每网格每周至少发现", "Each grid looks for at least"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "elsewhere": ("不在任何网格内", "in no such unit"),
    "total": ("合计", "Total"),
    "number": ("单号", "Number"),
    "place": ("位置", "Place"),
    "kind": ("类型", "Kind"),
    "source": ("来源", "Source"),
    "state": ("状态", "State"),
    "found_at": ("发现时间", "Found at"),
    "deadline": ("整改期限", "Deadline"),
    "done_at": ("整改完成", "Done at"),
    "closed_at": ("销号时间", "Closed at"),
    "department": ("部门", "Department"),
    "sign_community": ("社区负责人签字", "For the community"),
    "sign_street": ("街道负责人签字", "For the street"),
    "sign_date": ("日期", "Date"),
    "sign_text": ("以上台账经核对属实。", "The ledger above was checked and is right."),
    "illegal_parking": ("违停", "Illegal parking"),
    "fire_lane": ("占用消防通道", "Blocked fire lane"),
    "wiring": ("私拉电线", "Private wiring"),
    "gathering": ("聚集", "Gathering"),
    "ageing_facility": ("设施老化", "Ageing facility"),
    "damaged_facility": ("设施损坏", "Damaged facility"),
    "cluttered_stairs": ("楼道堆物", "Cluttered stairs"),
    "e_bike": ("电动自行车", "E-bike indoors"),
    "rubbish": ("垃圾堆放", "Rubbish"),
    "other": ("其他", "Other"),
    "camera": ("摄像机", "Camera"),
    "drone": ("空巡", "Drone"),
    "vehicle": ("车巡", "Vehicle"),
    "report": ("居民上报", "Report"),
    "manual": ("步巡", "On foot"),
    "received": ("受理", "Received"),
    "registered": ("立案", "Registered"),
    "dispatched": ("派遣", "Dispatched"),
    "working": ("处置", "Working"),
    "verifying": ("核查", "Verifying"),
    "closed": ("结案", "Closed"),
    "rejected": ("不予立案", "Rejected"),
    "returned": ("退回", "Returned"),
    "suspended": ("挂起", "Suspended"),
    "voided": ("作废", "Voided"),
    "merged": ("合并", "Merged"),
}


def word(name: str, language: Language) -> str:
    """The word in a language; the name itself where it has none."""
    found = _WORDS.get(name)
    return name if found is None else found[0 if language == "zh" else 1]
