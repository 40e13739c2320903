/**
 * Every word on the pages, in both languages. `en` has exactly the keys of `zh` (tests/pages/test_dictionary.py).
 * A key that is missing is a console error, which fails the browser tests; people then see the key, never nothing.
 * @typedef {keyof typeof zh} Key
 */

export const zh = {
  "app.name": "三巡",
  "app.tagline": "街面隐患，发现到销号",
  "title.wall": "三巡 · 指挥大屏",
  "title.phone": "三巡 · 我的工单",
  "boot.loading": "正在打开…",
  "language.label": "语言",

  "signin.username": "用户名",
  "signin.password": "密码",
  "signin.submit": "登录",
  "signin.busy": "正在登录…",
  "signin.wrong": "用户名或密码不对。请检查后再试。",
  "signin.later": "试错次数太多，请五分钟后再试。",
  "signin.again": "登录已过期，请重新登录。未发送的内容都还在。",
  "signin.forgot": "忘记密码？请联系管理员。",
  "signout": "退出登录",

  "error.offline": "连不上服务器。请检查网络。",
  "error.server": "服务器出错（{status}）。请稍后再试；若一直如此，请联系管理员。",
  "error.refused": "服务器没有接受：{detail}",
  "error.forbidden": "您的账号没有权限做这件事。",
  "error.state": "工单现在是“{state}”状态，这一步已不能做。",
  "close": "关闭",
  "back": "返回",
  "more": "再显示一些",

  "connection.live": "实时",
  "connection.polling": "实时推送中断，每 5 秒刷新",
  "connection.lost": "连接中断，正在重连",

  "count.open_hazards": "未消除隐患",

  "kind.illegal_parking": "违规停车",
  "kind.fire_lane": "占用消防通道",
  "kind.wiring": "私拉电线",
  "kind.gathering": "人员聚集",

  "state.received": "受理",
  "state.registered": "立案",
  "state.dispatched": "派遣",
  "state.working": "处置",
  "state.verifying": "核查",
  "state.closed": "销号",

  "colour.red": "红",
  "colour.orange": "橙",
  "colour.yellow": "黄",
  "colour.blue": "蓝",
  "colours.title": "四色图",
  "colours.inside": "四色图 · {name}",
  "colours.up": "返回上一级",
  "colours.hint": "点一个区域，看它为什么是这个颜色。",
  "colours.why": "{name}：{colour}色，{because}",

  "hazard.open": "未消除",
  "hazard.cleared": "已消除",
  "hazard.began": "开始于",
  "hazard.cleared_at": "消除于",
  "hazard.dwell": "持续 {time}",
  "hazard.new": "新隐患：{kind}，{place}",

  "feed.title": "隐患",
  "feed.all": "全部",
  "feed.open": "未消除",
  "feed.cleared": "已消除",
  "feed.empty": "目前没有隐患",
  "feed.empty_help": "摄像机正在看着。发现隐患会立刻出现在这里。",
  "feed.empty_filter": "这一类里没有隐患",
  "feed.loading": "正在读取隐患…",

  "tiles.title": "实时画面",
  "tiles.none": "还没有摄像机",
  "tiles.none_help": "由管理员用 sanxun site apply 导入站点文件，摄像机会自动出现。",
  "tiles.loading": "正在读取摄像机…",
  "tiles.boxes": "识别框",
  "tiles.enlarge": "放大 {name}",
  "tiles.shrink": "回到全部画面",
  "tiles.previous": "上一页",
  "tiles.next": "下一页",
  "tiles.page": "第 {page} / {pages} 页",
  "tiles.picture_of": "{name} 的实时画面",

  "camera.live": "实时",
  "camera.connecting": "连接中",
  "camera.stalled": "画面停滞",
  "camera.down": "离线",
  "camera.disabled": "已停用",
  "camera.unknown": "未知",
  "camera.waiting": "等待画面",
  "camera.waiting_help": "摄像机已连接，画面马上就到。",
  "camera.connecting_help": "正在连接摄像机。",
  "camera.stalled_help": "自 {time} 起没有新画面。画面已停，不是实时。",
  "camera.down_help": "自 {time} 起离线，系统正在重连。请检查摄像机电源和网络。",
  "camera.disabled_help": "管理员已停用这台摄像机。",
  "camera.unknown_help": "识别服务没有报告这台摄像机。请检查它是否在运行。",
  "camera.lost_help": "本页与服务器的连接中断，正在重连。",
  "camera.for": "已 {time}",
  "camera.age": "画面 {seconds} 秒前",

  "trouble.flat": "画面无内容",
  "trouble.frozen": "画面冻结",
  "trouble.covered": "镜头被遮挡",
  "trouble.defocused": "画面失焦",
  "trouble.turned": "镜头已偏转",
  "trouble.clock_stepped": "时钟跳变",
  "trouble.clock_drifts": "时钟漂移",
  "trouble.unknown": "期间不作判断：不产生、不解除隐患。",
  "trouble.total": "本次运行累计未知 {time}。",
  "trouble.accept": "接受此视角",
  "trouble.accept_sure": "“{name}”现在的视角是否正确？区域是画在原视角上的，接受前请核对区域。",

  "object.person": "人",
  "object.two_wheeler": "两轮车",
  "object.car": "轿车",
  "object.bus": "客车",
  "object.truck": "货车",

  "ticket.title": "工单 {number}",
  "ticket.loading": "正在读取工单…",
  "ticket.none": "这个隐患没有工单",
  "ticket.gone": "找不到这张工单。它可能已被转给别人。",
  "ticket.progress": "办理进度",
  "ticket.still": "发现时的画面，框内为隐患",
  "ticket.still_none": "没有留下画面",
  "ticket.still_enlarge": "放大画面",
  "ticket.closing_photo": "处置后的照片",
  "ticket.camera": "摄像机",
  "ticket.zone": "区域",
  "ticket.grid": "网格",
  "ticket.grid_whole": "整个站点",
  "ticket.assignee": "接单人",
  "ticket.assignee_none": "还没有人接单",
  "ticket.map": "在地图中打开",
  "ticket.since": "开始时间",
  "ticket.why": "判断依据",
  "ticket.history": "记录",

  "sealed.title": "封存录像",
  "sealed.length": "{seconds} 秒",
  "sealed.open": "开封查看",
  "sealed.opening": "正在开封…",
  "sealed.close": "收起录像",
  "sealed.reason": "查看事由（至少五个字）",
  "sealed.warning": "录像未经遮挡。您的姓名、时间和事由将记入审计记录，不能删改。",
  "sealed.not_for_you": "未经遮挡的原始录像，只有执法人员或管理员可以写明事由后开封查看。",
  "sealed.deleted": "保存期已满，已删除：",
  "sealed.never_opened": "还没有人开封看过。",
  "sealed.openings": "查看记录（{count} 次）",

  "role.administrator": "管理员",
  "role.command_centre": "指挥中心",
  "role.drone_operator": "飞手",
  "role.grid_worker": "网格员",
  "role.officer": "执法人员",

  "worker.disk_full": "识别服务 {worker}：磁盘已满。隐患仍在记录，最早的录像和画面正在让位。请清理磁盘。",
  "worker.lost_evidence": "识别服务 {worker}：近一天因空间不足丢弃录像 {clips} 段、画面 {stills} 张。",
  "worker.lost_events": "识别服务 {worker}：近一天丢失隐患事件 {events} 条。请立即检查磁盘和网络。",
  "worker.refused": "识别服务 {worker}：有 {count} 条事件未被接受，请管理员查看（sanxun outbox status）。",

  "why.thing_stood": "有物品（不是车）在 {slot} 号位放了 {dwell_s} 秒",
  "why.stood": "在 {slot} 号位停了 {dwell_s} 秒",
  "why.lasted": "已持续 {dwell_s} 秒",
  "why.counted_about": "约 {count} 人（{count_low} 至 {count_high} 人）",
  "why.counted": "{count} 人",
  "why.within": "在 {radius_m} 米范围内",
  "why.dense": "每平方米 {density_m2} 人",
  "why.growth": "每分钟增加 {growth_per_min} 人",
  "why.allowed_both": "限 {limit_count} 人、{limit_s} 秒",
  "why.new_wires_m": "新增未核准电线 {new_wires_m} 米",
  "why.wires_grown": "电线占画面 {wire_share}，核准时为 {baseline_share}",
  "why.wires": "电线占画面 {wire_share}",
  "why.crossings": "交叉 {crossings} 处，核准时为 {baseline_crossings} 处",
  "why.blocked": "占通道宽度的 {blocked_share}",
  "why.allowed": "限时 {limit_s} 秒",
  "why.free": "已空出 {clear_s} 秒",
  "why.seen": "看了 {looks} 次，{boxes} 次认出",
  "why.looked": "看了 {looks} 次",
  "why.unknown": "其中 {unknown_s} 秒看不见",
  "why.new_wires": "新增电线为区域边长的 {new_wires} 倍（允许 {limit_new_wires} 倍）",
  "why.off": "地面距离误差 {length_error}",
  "why.area": "占画面 {area_share}",
  "why.sure": "可信度 {confidence}（须达 {threshold}）",
  "why.sure_alone": "可信度 {confidence}",
  "why.model": "识别模型 {model}，精度 {precision}",

  "suggest.open": "区域建议 {count}",
  "suggest.title": "建议的区域",
  "suggest.help": "根据画面统计得出，您采用之前不会生效。可以拖动角点、改名称、改类型。",
  "suggest.watched": "观察了 {time}，驶过 {vehicles} 辆，停过 {stood} 辆",
  "suggest.none": "没有待处理的建议。",
  "suggest.picture": "摄像机画面，人头已遮挡",
  "suggest.picture_none": "没有画面",
  "suggest.corner": "第 {number} 个角点，可用方向键移动",
  "suggest.take": "采用",
  "suggest.confidence": "把握 {percent}%",
  "suggest.name": "名称",
  "suggest.kind": "类型",
  "suggest.dwell": "限时（秒）",
  "suggest.free_lane": "{vehicles} 辆车从这里驶过，没有一辆停下",
  "suggest.queue": "{stood} 辆车在这里停过，一般不超过 {usual_s} 秒，然后开走：这里是等候的车流",
  "suggest.standing": "{stood} 辆车在这里停放，最长 {longest_s} 秒，几乎没有车驶过",
  "suggest.people": "这里有人活动，最多 {together} 人聚在一起",
  "suggest.small": "{percent}% 的目标很小：开启切片识别",
  "suggest.ground": "地面：摄像机高 {height} 米，俯角 {tilt} 度（由 {boxes} 个目标推算）",
  "suggest.keys": "关键帧每 {seconds} 秒一个，太少：请把摄像机改为每 2 秒一个，解码可省十几倍。",
  "suggest.accept": "采用所选 {count} 个区域",
  "suggest.discard": "全部丢弃",
  "suggest.sure": "再按一次，全部丢弃",
  "suggest.crossing": "“{name}”的边互相交叉，请拖动角点。",
  "suggest.changed": "这份建议或站点设置刚被改过，现在显示的是最新内容。",

  "false_alarm.title": "这是误报？",
  "false_alarm.help": "选一个原因，指挥中心会看画面确认，并用来改进识别。",
  "false_alarm.nothing_there": "那里什么也没有",
  "false_alarm.other_thing": "有东西，但不是这种隐患",
  "false_alarm.allowed": "允许停放，区域规则不对",
  "false_alarm.gone": "到场时已经离开",

  "clock.respond": "到场时限",
  "clock.rectify": "整改时限",
  "clock.left": "还剩 {time}",
  "clock.over": "已超时 {time}",
  "clock.by": "{time} 之前",
  "clock.met": "已按时完成",
  "clock.late": "完成，超时 {time}",
  "clock.none": "没有时限",

  "command.accept": "接单",
  "command.close": "完成",
  "command.confirm": "看过，确认销号",
  "command.return": "退回处置",
  "command.receive": "受理",
  "command.register": "立案",
  "command.dispatch": "派遣",
  "command.false_alarm": "报告误报",
  "command.clear": "摄像机确认已消除",
  "command.note_confirm": "您看到了什么？",
  "command.note_return": "为什么退回？",
  "command.cancel": "取消",
  "command.sending": "正在发送…",
  "command.changed": "这张工单刚被别人改过，现在显示的是最新状态。",
  "by.system": "系统",
  "by.camera": "摄像机 {name}",

  "phone.heading": "我的工单",
  "phone.dispatched": "待接单",
  "phone.working": "处置中",
  "phone.verifying": "核查中",
  "phone.closed": "已销号",
  "phone.empty": "现在没有您的工单",
  "phone.empty_help": "有新工单会自动出现在这里，不用刷新。",
  "phone.loading": "正在读取工单…",
  "phone.new": "有新工单：{kind}，{place}",
  "phone.offline": "没有网络。显示的是 {time} 的内容。",
  "phone.offline_first": "没有网络。联网后会自动读取。",
  "phone.trouble": "服务器暂时不可用，正在重试。显示的是 {time} 的内容。",
  "phone.waiting": "有 {count} 项没发出去，已存在手机里，会自动重发。",
  "phone.signout_waiting": "还有 {count} 项没发出去。退出后它们留在手机里，等您再次登录才会发送。仍要退出吗？",
  "phone.refused": "“{command}”没有成功（工单 {number}）：{detail}",
  "phone.queued": "已保存，联网后自动发送",
  "phone.accept_help": "接单后，指挥中心会看到有人去处理了。",
  "phone.working_help": "到现场处理好以后，点“完成”。",
  "phone.gone_help": "摄像机已看不到这个隐患了。请到现场看一眼，然后点“完成”。",
  "phone.verifying_title": "摄像机会再看一次",
  "phone.verifying_help": "确认隐患消除后会自动销号，您不用再做什么。如果还在，会退回给您。",
  "phone.closed_title": "已销号",
  "phone.closed_help": "这张工单已办结，谢谢。",
  "phone.returned": "已退回，请再处理：{note}",
  "phone.early_title": "等待派遣",
  "phone.early_help": "工单正在登记，派遣后就可以接单。",
  "phone.note": "说明（可不写）",
  "phone.photo": "处置后的照片",
  "phone.photo_why": "私拉电线需要一张处置后的照片才能销号。只拍线路，不要拍到人。",
  "phone.photo_take": "拍照",
  "phone.photo_again": "重拍",
  "phone.photo_needed": "拍好照片后就可以点“完成”。",
  "phone.photo_bad": "这个文件不是能用的照片。请重新拍一张。",

  "time.days": "{days} 天 {hours} 小时",
};

export const en = {
  "app.name": "Sanxun",
  "app.tagline": "Street hazards, from sighting to close-out",
  "title.wall": "Sanxun · Wall",
  "title.phone": "Sanxun · My tickets",
  "boot.loading": "Opening…",
  "language.label": "Language",

  "signin.username": "User name",
  "signin.password": "Password",
  "signin.submit": "Sign in",
  "signin.busy": "Signing in…",
  "signin.wrong": "User name or password is wrong. Check them and try again.",
  "signin.later": "Too many wrong tries. Wait five minutes, then try again.",
  "signin.again": "Your session has ended. Sign in again; nothing that was not sent is lost.",
  "signin.forgot": "Forgotten your password? Ask your administrator.",
  "signout": "Sign out",

  "error.offline": "The server cannot be reached. Check the network.",
  "error.server": "The server failed ({status}). Try again soon; if it goes on, tell the administrator.",
  "error.refused": "The server did not accept it: {detail}",
  "error.forbidden": "Your account may not do this.",
  "error.state": "The ticket now stands at “{state}”; this step is no longer possible.",
  "close": "Close",
  "back": "Back",
  "more": "Show more",

  "connection.live": "Live",
  "connection.polling": "Live updates interrupted; refreshing every 5 s",
  "connection.lost": "Connection lost, trying again",

  "count.open_hazards": "Open hazards",

  "kind.illegal_parking": "Illegal parking",
  "kind.fire_lane": "Fire lane blocked",
  "kind.wiring": "Private wiring",
  "kind.gathering": "Gathering",

  "state.received": "Received",
  "state.registered": "Registered",
  "state.dispatched": "Dispatched",
  "state.working": "Working",
  "state.verifying": "Verifying",
  "state.closed": "Closed",

  "colour.red": "Red",
  "colour.orange": "Orange",
  "colour.yellow": "Yellow",
  "colour.blue": "Blue",
  "colours.title": "Four colours",
  "colours.inside": "Four colours · {name}",
  "colours.up": "Back to the level above",
  "colours.hint": "Choose an area to see why it has its colour.",
  "colours.why": "{name} ({colour}): {because}",

  "hazard.open": "Open",
  "hazard.cleared": "Cleared",
  "hazard.began": "Began",
  "hazard.cleared_at": "Cleared",
  "hazard.dwell": "for {time}",
  "hazard.new": "New hazard: {kind}, {place}",

  "feed.title": "Hazards",
  "feed.all": "All",
  "feed.open": "Open",
  "feed.cleared": "Cleared",
  "feed.empty": "No hazards now",
  "feed.empty_help": "The cameras are looking. What they find appears here at once.",
  "feed.empty_filter": "No hazards of this kind",
  "feed.loading": "Reading hazards…",

  "tiles.title": "Live pictures",
  "tiles.none": "No cameras yet",
  "tiles.none_help": "An administrator imports a site file with sanxun site apply; cameras then appear by themselves.",
  "tiles.loading": "Reading cameras…",
  "tiles.boxes": "Boxes",
  "tiles.enlarge": "Enlarge {name}",
  "tiles.shrink": "Back to all pictures",
  "tiles.previous": "Previous page",
  "tiles.next": "Next page",
  "tiles.page": "Page {page} of {pages}",
  "tiles.picture_of": "Live picture of {name}",

  "camera.live": "Live",
  "camera.connecting": "Connecting",
  "camera.stalled": "Stalled",
  "camera.down": "Down",
  "camera.disabled": "Switched off",
  "camera.unknown": "Unknown",
  "camera.waiting": "Waiting for the picture",
  "camera.waiting_help": "The camera is connected; its picture comes in a moment.",
  "camera.connecting_help": "The system is connecting to the camera.",
  "camera.stalled_help": "No new picture since {time}. What was here has stopped; it is not live.",
  "camera.down_help": "Down since {time}; the system keeps trying. Check the camera's power and network.",
  "camera.disabled_help": "An administrator has switched this camera off.",
  "camera.unknown_help": "No worker reports on this camera. Check that the detection service is running.",
  "camera.lost_help": "This page has lost the server and is trying again.",
  "camera.for": "for {time}",
  "camera.age": "Picture {seconds} s old",

  "trouble.flat": "Shows nothing",
  "trouble.frozen": "Picture frozen",
  "trouble.covered": "Lens covered",
  "trouble.defocused": "Out of focus",
  "trouble.turned": "Turned away",
  "trouble.clock_stepped": "Clock was set",
  "trouble.clock_drifts": "Clock runs off",
  "trouble.unknown": "Nothing is raised or cleared meanwhile.",
  "trouble.total": "Unknown for {time} in all since the worker began.",
  "trouble.accept": "Accept this view",
  "trouble.accept_sure": "Is “{name}” aimed as it should be? Its zones were drawn on the view before: check them first.",

  "object.person": "Person",
  "object.two_wheeler": "Two-wheeler",
  "object.car": "Car",
  "object.bus": "Bus",
  "object.truck": "Truck",

  "ticket.title": "Ticket {number}",
  "ticket.loading": "Reading the ticket…",
  "ticket.none": "This hazard has no ticket",
  "ticket.gone": "This ticket cannot be found. It may have gone to somebody else.",
  "ticket.progress": "Progress",
  "ticket.still": "The picture when it was found; the box marks the hazard",
  "ticket.still_none": "No picture was kept",
  "ticket.still_enlarge": "Enlarge the picture",
  "ticket.closing_photo": "Photo after the work",
  "ticket.camera": "Camera",
  "ticket.zone": "Zone",
  "ticket.grid": "Grid",
  "ticket.grid_whole": "The whole site",
  "ticket.assignee": "Accepted by",
  "ticket.assignee_none": "Nobody yet",
  "ticket.map": "Open in maps",
  "ticket.since": "Since",
  "ticket.why": "Why it was raised",
  "ticket.history": "History",

  "sealed.title": "Sealed clip",
  "sealed.length": "{seconds} s",
  "sealed.open": "Open the sealed clip",
  "sealed.opening": "Opening…",
  "sealed.close": "Close the clip",
  "sealed.reason": "Why do you need to see it? (5 characters at least)",
  "sealed.warning": "Nothing in it is redacted. Your name, the time and your reason go into the audit trail, for good.",
  "sealed.not_for_you": "An unredacted original: an officer or an administrator may open it, with a written reason.",
  "sealed.deleted": "Deleted when its retention ended:",
  "sealed.never_opened": "Nobody has opened it.",
  "sealed.openings": "Who opened it ({count})",

  "role.administrator": "administrator",
  "role.command_centre": "command centre",
  "role.drone_operator": "drone operator",
  "role.grid_worker": "grid worker",
  "role.officer": "officer",

  "worker.disk_full": "Worker {worker}: its disk is full. Hazards are still recorded; the oldest clips and pictures make room. Free some disk.",
  "worker.lost_evidence": "Worker {worker}: {clips} clips and {stills} pictures were dropped for want of room in the last day.",
  "worker.lost_events": "Worker {worker}: {events} EVENTS WERE LOST in the last day. Look at its disk and network now.",
  "worker.refused": "Worker {worker}: {count} events were not accepted; an administrator should look (sanxun outbox status).",

  "why.thing_stood": "something, no vehicle, stood {dwell_s} s in place #{slot}",
  "why.stood": "stood {dwell_s} s in place #{slot}",
  "why.lasted": "lasted {dwell_s} s",
  "why.counted_about": "about {count} people ({count_low} to {count_high})",
  "why.counted": "{count} people",
  "why.within": "within {radius_m} m",
  "why.dense": "{density_m2} people a square metre",
  "why.growth": "{growth_per_min} more a minute",
  "why.allowed_both": "limit {limit_count} people for {limit_s} s",
  "why.new_wires_m": "{new_wires_m} m of wires that were not approved",
  "why.wires_grown": "wires cover {wire_share}, {baseline_share} were approved",
  "why.wires": "wires cover {wire_share}",
  "why.crossings": "{crossings} crossings, {baseline_crossings} approved",
  "why.blocked": "takes {blocked_share} of the lane's width",
  "why.allowed": "limit {limit_s} s",
  "why.free": "seen gone for {clear_s} s",
  "why.seen": "seen in {boxes} of {looks} looks",
  "why.looked": "{looks} looks",
  "why.unknown": "{unknown_s} s unknown",
  "why.new_wires": "new wires {new_wires} sides, {limit_new_wires} allowed",
  "why.off": "lengths off by {length_error}",
  "why.area": "takes {area_share} of the picture",
  "why.sure": "confidence {confidence}, {threshold} needed",
  "why.sure_alone": "confidence {confidence}",
  "why.model": "found by {model} in {precision}",

  "suggest.open": "Suggestions {count}",
  "suggest.title": "Suggested zones",
  "suggest.help": "Made from counts of what was seen; nothing is in force until you take it. Drag corners, rename, change the kind.",
  "suggest.watched": "Watched for {time}: {vehicles} vehicles drove by, {stood} stood",
  "suggest.none": "No suggestion waits.",
  "suggest.picture": "The camera's picture, heads made unrecognisable",
  "suggest.picture_none": "There is no picture",
  "suggest.corner": "Corner {number}; the arrow keys move it",
  "suggest.take": "Take it",
  "suggest.confidence": "{percent}% sure",
  "suggest.name": "Name",
  "suggest.kind": "Kind",
  "suggest.dwell": "Limit (s)",
  "suggest.free_lane": "{vehicles} vehicles drove through and none stood",
  "suggest.queue": "{stood} vehicles stood here, {usual_s} s at most as a rule, and drove on: traffic waits here",
  "suggest.standing": "{stood} vehicles stood here, the longest for {longest_s} s, and hardly any drove through",
  "suggest.people": "people are here, {together} near each other at most",
  "suggest.small": "{percent}% of what was found is small: look in tiles too",
  "suggest.ground": "Ground: camera {height} m high, looking {tilt} degrees down (learnt from {boxes} things)",
  "suggest.keys": "A key frame comes every {seconds} s, too seldom: set the camera to one every 2 s, and it is decoded for a twelfth of the cost.",
  "suggest.accept": "Take the {count} chosen zones",
  "suggest.discard": "Discard all",
  "suggest.sure": "Press again to discard all",
  "suggest.crossing": "The edges of “{name}” cross: drag its corners.",
  "suggest.changed": "The suggestion or the site has just been changed; this is how it is now.",

  "false_alarm.title": "A false alarm?",
  "false_alarm.help": "Choose why. The command centre looks at the picture and decides; detection learns from it.",
  "false_alarm.nothing_there": "Nothing is there",
  "false_alarm.other_thing": "Something else is there",
  "false_alarm.allowed": "It may be there: the zone is wrong",
  "false_alarm.gone": "It had left before I came",

  "clock.respond": "Respond by",
  "clock.rectify": "Rectify by",
  "clock.left": "{time} left",
  "clock.over": "{time} overdue",
  "clock.by": "by {time}",
  "clock.met": "Done in time",
  "clock.late": "Done, {time} late",
  "clock.none": "No deadline",

  "command.accept": "Accept",
  "command.close": "Done",
  "command.confirm": "I have looked: close it",
  "command.return": "Return to work",
  "command.receive": "Received",
  "command.register": "Registered",
  "command.dispatch": "Dispatched",
  "command.false_alarm": "Reported as false",
  "command.clear": "The camera saw it gone",
  "command.note_confirm": "What did you see?",
  "command.note_return": "Why does it go back?",
  "command.cancel": "Cancel",
  "command.sending": "Sending…",
  "command.changed": "Somebody has just changed this ticket; you now see its newest state.",
  "by.system": "System",
  "by.camera": "Camera {name}",

  "phone.heading": "My tickets",
  "phone.dispatched": "To accept",
  "phone.working": "Working",
  "phone.verifying": "Verifying",
  "phone.closed": "Closed",
  "phone.empty": "No tickets for you now",
  "phone.empty_help": "New tickets appear here by themselves.",
  "phone.loading": "Reading your tickets…",
  "phone.new": "New ticket: {kind}, {place}",
  "phone.offline": "No network. You see what was known at {time}.",
  "phone.offline_first": "No network. Your tickets are read as soon as it is back.",
  "phone.trouble": "The server does not answer well; trying again. You see what was known at {time}.",
  "phone.waiting": "Not sent yet: {count}. Kept on this phone and sent again by itself.",
  "phone.signout_waiting": "Not sent yet: {count}. They stay on this phone and are sent when you sign in again. Sign out?",
  "phone.refused": "“{command}” did not work (ticket {number}): {detail}",
  "phone.queued": "Saved; sent when there is network",
  "phone.accept_help": "When you accept, the command centre sees that somebody is on it.",
  "phone.working_help": "When it is cleared on the spot, press Done.",
  "phone.gone_help": "The camera no longer sees the hazard. Have a look on the spot, then press Done.",
  "phone.verifying_title": "The camera looks again",
  "phone.verifying_help": "Once it sees the hazard gone, the ticket closes by itself. You need do nothing more. If it is still there, the ticket comes back to you.",
  "phone.closed_title": "Closed",
  "phone.closed_help": "This ticket is finished. Thank you.",
  "phone.returned": "Returned to you: {note}",
  "phone.early_title": "Not dispatched yet",
  "phone.early_help": "The ticket is being registered; you can accept it once it is dispatched.",
  "phone.note": "Note (optional)",
  "phone.photo": "Photo after the work",
  "phone.photo_why": "Private wiring is closed only with a photo taken after the work. Wires only, no people.",
  "phone.photo_take": "Take photo",
  "phone.photo_again": "Take it again",
  "phone.photo_needed": "Take the photo, then press Done.",
  "phone.photo_bad": "This file is not a usable photo. Take another one.",

  "time.days": "{days} d {hours} h",
};

const DICTIONARIES = { zh, en };
const REMEMBERED = "sanxun.language";
const LOCALES = { zh: "zh-CN", en: "en-GB" };

let language = chosen();

function chosen() {
  const kept = remembered();
  if (kept in DICTIONARIES) return kept;
  return /^zh\b/i.test(navigator.language) ? "zh" : "en";
}

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) ?? "";
  } catch {
    return ""; // storage may be forbidden; the browser's language then decides each time
  }
}

/** The words of `key`, with {name} places filled from `values`. @param {Key} key */
export function t(key, values = {}) {
  const words = DICTIONARIES[language][key];
  if (words === undefined) {
    console.error(`no words for ${key} in ${language}`);
    return key;
  }
  return words.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** Words for a name that comes from outside (a class, a command, a figure): the name itself where we have none. */
export function tName(family, name) {
  const key = `${family}.${name}`;
  return key in zh ? t(key) : name;
}

export const currentLanguage = () => language;
export const locale = () => LOCALES[language];

/** Change the language; every part hears "sanxun:language" on the document and shows itself anew. */
export function setLanguage(name) {
  language = name;
  try {
    localStorage.setItem(REMEMBERED, name);
  } catch {
    // not remembered, still changed
  }
  translate();
  document.dispatchEvent(new Event("sanxun:language"));
}

/** Fill in data-i18n (text) and data-i18n-label (aria-label and title) of the page's own markup. */
export function translate(root = document) {
  document.documentElement.lang = LOCALES[language];
  for (const element of root.querySelectorAll("[data-i18n]")) element.textContent = t(element.dataset.i18n);
  for (const element of root.querySelectorAll("[data-i18n-label]")) {
    const label = t(element.dataset.i18nLabel);
    element.setAttribute("aria-label", label);
    if (element.matches("button, a")) element.title = label;
  }
  for (const button of root.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-language]");
  if (button) setLanguage(button.dataset.language);
});
