/** Zones that are proposed. The English reasons are those of streams/suggest/words.py. */

import { addWords } from "../i18n.js";

addWords({
  "suggest.open": ["区域建议 {count}", "Suggestions {count}"],
  "suggest.title": ["建议的区域", "Suggested zones"],
  "suggest.help": [
    "根据画面统计得出，您采用之前不会生效。可以拖动角点、改名称、改类型。",
    "Made from counts of what was seen; nothing is in force until you take it. Drag corners, rename, change the kind.",
  ],
  "suggest.watched": [
    "观察了 {time}，驶过 {vehicles} 辆，停过 {stood} 辆",
    "Watched for {time}: {vehicles} vehicles drove by, {stood} stood",
  ],
  "suggest.none": ["没有待处理的建议。", "No suggestion waits."],
  "suggest.picture": ["摄像机画面，人头已遮挡", "The camera's picture, heads made unrecognisable"],
  "suggest.picture_none": ["没有画面", "There is no picture"],
  "suggest.corner": ["第 {number} 个角点，可用方向键移动", "Corner {number}; the arrow keys move it"],
  "suggest.take": ["采用", "Take it"],
  "suggest.confidence": ["把握 {percent}%", "{percent}% sure"],
  "suggest.name": ["名称", "Name"],
  "suggest.kind": ["类型", "Kind"],
  "suggest.dwell": ["限时（秒）", "Limit (s)"],
  "suggest.free_lane": ["{vehicles} 辆车从这里驶过，没有一辆停下", "{vehicles} vehicles drove through and none stood"],
  "suggest.queue": [
    "{stood} 辆车在这里停过，一般不超过 {usual_s} 秒，然后开走：这里是等候的车流",
    "{stood} vehicles stood here, {usual_s} s at most as a rule, and drove on: traffic waits here",
  ],
  "suggest.standing": [
    "{stood} 辆车在这里停放，最长 {longest_s} 秒，几乎没有车驶过",
    "{stood} vehicles stood here, the longest for {longest_s} s, and hardly any drove through",
  ],
  "suggest.people": ["这里有人活动，最多 {together} 人聚在一起", "people are here, {together} near each other at most"],
  "suggest.small": ["{percent}% 的目标很小：开启切片识别", "{percent}% of what was found is small: look in tiles too"],
  "suggest.ground": [
    "地面：摄像机高 {height} 米，俯角 {tilt} 度（由 {boxes} 个目标推算）",
    "Ground: camera {height} m high, looking {tilt} degrees down (learnt from {boxes} things)",
  ],
  "suggest.keys": [
    "关键帧每 {seconds} 秒一个，太少：请把摄像机改为每 2 秒一个，解码可省十几倍。",
    "A key frame comes every {seconds} s, too seldom: set the camera to one every 2 s, and it is decoded for a twelfth of the cost.",
  ],
  "suggest.accept": ["采用所选 {count} 个区域", "Take the {count} chosen zones"],
  "suggest.discard": ["全部丢弃", "Discard all"],
  "suggest.sure": ["再按一次，全部丢弃", "Press again to discard all"],
  "suggest.crossing": ["“{name}”的边互相交叉，请拖动角点。", "The edges of “{name}” cross: drag its corners."],
  "suggest.changed": [
    "这份建议或站点设置刚被改过，现在显示的是最新内容。",
    "The suggestion or the site has just been changed; this is how it is now.",
  ],
});
