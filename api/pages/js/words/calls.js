/** Whistles: departments that are called. */

import { addWords } from "../i18n.js";

addWords({
  "calls.called": ["等待报到", "Waiting for an answer"],
  "calls.called_none": ["现在没有等待报到的吹哨。", "Nothing waits for an answer."],
  "calls.reported": ["已报到，处置中", "Reported, being settled"],
  "calls.reported_none": ["没有正在处置的。", "Nothing is being settled."],
  "calls.over": ["已结束的吹哨", "Whistles that are over"],
  "calls.loading": ["正在读取…", "Reading…"],
  "calls.place": ["地点", "Place"],
  "calls.reason": ["吹哨原因", "What for"],
  "calls.from": ["由谁吹哨", "Called by"],
  "calls.at": ["吹哨时间", "Called at"],
  "calls.answered": ["答复时间", "Answered at"],
  "calls.answer": ["答复", "Answer"],
  "calls.passed": ["已转给", "Passed to"],
  "calls.settle": ["去处置工单", "Settle the ticket"],
  "calls.why_not": ["不来的原因（会转给上一级）", "Why not (the level above will read it)"],
  "calls.note": ["说明（可不写）", "Note (optional)"],
  "calls.changed": [
    "这次吹哨已有答复，现在显示的是最新状态。",
    "It has been answered already; what you see now is its newest state.",
  ],

  "whistle.called": ["等待报到", "Waiting"],
  "whistle.reported": ["已报到", "Reported"],
  "whistle.refused": ["不来", "Refused"],
  "whistle.unanswered": ["逾期未答复", "Not answered in time"],
  "whistle.withdrawn": ["工单已结束，撤回", "Withdrawn: the ticket has ended"],
  "whistle.do_report": ["报到：我们来", "We come"],
  "whistle.do_refuse": ["不来，说明原因", "We do not come"],
});
