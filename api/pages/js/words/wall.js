/** The wall: its pictures, its feed, its map. */

import { addWords } from "../i18n.js";

addWords({
  "title.wall": ["三巡 · 指挥大屏", "Sanxun · Wall"],

  "connection.live": ["实时", "Live"],
  "connection.polling": ["实时推送中断，每 5 秒刷新", "Live updates interrupted; refreshing every 5 s"],
  "connection.lost": ["连接中断，正在重连", "Connection lost, trying again"],

  "count.open_hazards": ["未消除隐患", "Open hazards"],

  "tiles.title": ["实时画面", "Live pictures"],
  "tiles.none": ["还没有摄像机", "No cameras yet"],
  "tiles.none_help": [
    "由管理员用 sanxun site apply 导入站点文件，摄像机会自动出现。",
    "An administrator imports a site file with sanxun site apply; cameras then appear by themselves.",
  ],
  "tiles.loading": ["正在读取摄像机…", "Reading cameras…"],
  "tiles.boxes": ["识别框", "Boxes"],
  "tiles.enlarge": ["放大 {name}", "Enlarge {name}"],
  "tiles.shrink": ["回到全部画面", "Back to all pictures"],
  "tiles.previous": ["上一页", "Previous page"],
  "tiles.next": ["下一页", "Next page"],
  "tiles.page": ["第 {page} / {pages} 页", "Page {page} of {pages}"],
  "tiles.picture_of": ["{name} 的实时画面", "Live picture of {name}"],

  "camera.live": ["实时", "Live"],
  "camera.connecting": ["连接中", "Connecting"],
  "camera.stalled": ["画面停滞", "Stalled"],
  "camera.down": ["离线", "Down"],
  "camera.disabled": ["已停用", "Switched off"],
  "camera.unknown": ["未知", "Unknown"],
  "camera.waiting": ["等待画面", "Waiting for the picture"],
  "camera.waiting_help": ["摄像机已连接，画面马上就到。", "The camera is connected; its picture comes in a moment."],
  "camera.connecting_help": ["正在连接摄像机。", "The system is connecting to the camera."],
  "camera.stalled_help": [
    "自 {time} 起没有新画面。画面已停，不是实时。",
    "No new picture since {time}. What was here has stopped; it is not live.",
  ],
  "camera.down_help": [
    "自 {time} 起离线，系统正在重连。请检查摄像机电源和网络。",
    "Down since {time}; the system keeps trying. Check the camera's power and network.",
  ],
  "camera.disabled_help": ["管理员已停用这台摄像机。", "An administrator has switched this camera off."],
  "camera.unknown_help": [
    "识别服务没有报告这台摄像机。请检查它是否在运行。",
    "No worker reports on this camera. Check that the detection service is running.",
  ],
  "camera.lost_help": ["本页与服务器的连接中断，正在重连。", "This page has lost the server and is trying again."],
  "camera.age": ["画面 {seconds} 秒前", "Picture {seconds} s old"],

  "trouble.flat": ["画面无内容", "Shows nothing"],
  "trouble.frozen": ["画面冻结", "Picture frozen"],
  "trouble.covered": ["镜头被遮挡", "Lens covered"],
  "trouble.defocused": ["画面失焦", "Out of focus"],
  "trouble.turned": ["镜头已偏转", "Turned away"],
  "trouble.clock_stepped": ["时钟跳变", "Clock was set"],
  "trouble.clock_drifts": ["时钟漂移", "Clock runs off"],
  "trouble.unknown": ["期间不作判断：不产生、不解除隐患。", "Nothing is raised or cleared meanwhile."],
  "trouble.total": ["本次运行累计未知 {time}。", "Unknown for {time} in all since the worker began."],
  "trouble.accept": ["接受此视角", "Accept this view"],
  "trouble.accept_sure": [
    "“{name}”现在的视角是否正确？区域是画在原视角上的，接受前请核对区域。",
    "Is “{name}” aimed as it should be? Its zones were drawn on the view before: check them first.",
  ],

  "object.person": ["人", "Person"],
  "object.two_wheeler": ["两轮车", "Two-wheeler"],
  "object.car": ["轿车", "Car"],
  "object.bus": ["客车", "Bus"],
  "object.truck": ["货车", "Truck"],

  "worker.disk_full": [
    "识别服务 {worker}：磁盘已满。隐患仍在记录，最早的录像和画面正在让位。请清理磁盘。",
    "Worker {worker}: its disk is full. Hazards are still recorded; the oldest clips and pictures make room. Free some disk.",
  ],
  "worker.lost_evidence": [
    "识别服务 {worker}：近一天因空间不足丢弃录像 {clips} 段、画面 {stills} 张。",
    "Worker {worker}: {clips} clips and {stills} pictures were dropped for want of room in the last day.",
  ],
  "worker.lost_events": [
    "识别服务 {worker}：近一天丢失隐患事件 {events} 条。请立即检查磁盘和网络。",
    "Worker {worker}: {events} EVENTS WERE LOST in the last day. Look at its disk and network now.",
  ],
  "worker.refused": [
    "识别服务 {worker}：有 {count} 条事件未被接受，请管理员查看（sanxun outbox status）。",
    "Worker {worker}: {count} events were not accepted; an administrator should look (sanxun outbox status).",
  ],

  "feed.title": ["隐患", "Hazards"],
  "feed.all": ["全部", "All"],
  "feed.open": ["未消除", "Open"],
  "feed.cleared": ["已消除", "Cleared"],
  "feed.empty": ["目前没有隐患", "No hazards now"],
  "feed.empty_help": [
    "摄像机正在看着。发现隐患会立刻出现在这里。",
    "The cameras are looking. What they find appears here at once.",
  ],
  "feed.empty_filter": ["这一类里没有隐患", "No hazards of this kind"],
  "feed.loading": ["正在读取隐患…", "Reading hazards…"],

  "colours.title": ["四色图", "Four colours"],
  "colours.inside": ["四色图 · {name}", "Four colours · {name}"],
  "colours.up": ["返回上一级", "Back to the level above"],
  "colours.hint": ["点一个区域，看它为什么是这个颜色。", "Choose an area to see why it has its colour."],
  "colours.why": ["{name}：{colour}色，{because}", "{name} ({colour}): {because}"],

  "colour.red": ["红", "Red"],
  "colour.orange": ["橙", "Orange"],
  "colour.yellow": ["黄", "Yellow"],
  "colour.blue": ["蓝", "Blue"],
});
