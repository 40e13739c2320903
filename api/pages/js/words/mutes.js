/** Mutes and maintenance windows. */

import { addWords } from "../i18n.js";

addWords({
  "mute.title": ["静默和维护", "Mutes and maintenance"],
  "mute.loading": ["正在读取…", "Reading…"],
  "mute.none": ["现在没有静默。所有隐患都会派单。", "Nothing is muted: every hazard becomes a ticket."],
  "mute.new": ["新建静默", "New mute"],
  "mute.help": [
    "期间机器发现的隐患照常保存，不派单、不响铃；到时自动结束，还在的隐患再派单。居民和网格员上报不受影响。",
    "What machines find meanwhile is kept and rings nobody. It ends by itself; what is still there then becomes a ticket. People's reports are never muted.",
  ],
  "mute.no_places": ["没有可静默的摄像机或网格。", "There is no camera and no unit to mute."],
  "mute.where": ["哪里", "Where"],
  "mute.other_unit": ["别的网格，填编号…", "Another unit, by its id…"],
  "mute.unit": ["网格编号", "The unit's id"],
  "mute.purpose": ["用途", "Purpose"],
  "mute.mute": ["静默", "Mute"],
  "mute.maintenance": ["维护", "Maintenance"],
  "mute.how_long": ["多久", "For how long"],
  "mute.make": ["开始静默", "Mute it"],
  "mute.made": ["已静默，到 {time} 自动结束。", "Muted; it ends by itself at {time}."],
  "mute.holds": ["生效中", "Holds"],
  "mute.ended": ["已提前结束", "Ended early"],
  "mute.over": ["已到期", "Over"],
  "mute.comes": ["未开始", "To come"],
  "mute.end": ["现在结束", "End it now"],
  "mute.sure": ["再按一次，结束", "Press again to end it"],
  "mute.by": ["{name} · {from} 至 {until}", "{name} · {from} to {until}"],
  "mute.ended_by": ["{name} 于 {time} 提前结束", "ended by {name} at {time}"],
  "mute.held": ["压下 {count} 处隐患", "holds back {count} hazard(s)"],
  "mute.only_now": ["只看有效的", "Only those that hold"],
  "mute.past_too": ["也看过去的", "Also those that are over"],
  "mute.this": ["静默此处", "Mute this place"],
  "mute.here": ["{purpose}中，到 {time} 自动结束，之后才派单", "{purpose}: no ticket until it ends at {time}"],
  "mute.here_why": ["{name}：{why}", "{name}: {why}"],
});
