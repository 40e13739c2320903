/** Sealed clips, and who opened them. */

import { addWords } from "../i18n.js";

addWords({
  "sealed.title": ["封存录像", "Sealed clip"],
  "sealed.length": ["{seconds} 秒", "{seconds} s"],
  "sealed.open": ["开封查看", "Open the sealed clip"],
  "sealed.opening": ["正在开封…", "Opening…"],
  "sealed.unplayable": [
    "此浏览器放不了摄像机的视频编码（多为 H.265）。请换用支持它的浏览器，或者：",
    "This browser cannot play the camera's video, most likely H.265. Use a browser that can, or:",
  ],
  "sealed.save": ["保存后用播放器打开（文件同样未经遮挡）", "save it for a player (the file is not redacted either)"],
  "sealed.close": ["收起录像", "Close the clip"],
  "sealed.reason": ["查看事由（至少五个字）", "Why do you need to see it? (5 characters at least)"],
  "sealed.warning": [
    "录像未经遮挡。您的姓名、时间和事由将记入审计记录，不能删改。",
    "Nothing in it is redacted. Your name, the time and your reason go into the audit trail, for good.",
  ],
  "sealed.not_for_you": [
    "未经遮挡的原始录像，只有执法人员或管理员可以写明事由后开封查看。",
    "An unredacted original: an officer or an administrator may open it, with a written reason.",
  ],
  "sealed.deleted": ["保存期已满，已删除：", "Deleted when its retention ended:"],
  "sealed.never_opened": ["还没有人开封看过。", "Nobody has opened it."],
  "sealed.openings": ["查看记录（{count} 次）", "Who opened it ({count})"],
});
