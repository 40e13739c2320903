/** What all pages say: signing in, errors, buttons, kinds, states and roles. */

import { addWords } from "../i18n.js";

addWords({
  "app.name": ["三巡", "Sanxun"],
  "app.tagline": ["街面隐患，发现到销号", "Street hazards, from sighting to close-out"],

  "boot.loading": ["正在打开…", "Opening…"],
  "language.label": ["语言", "Language"],

  "desk.report": ["上报隐患", "Report a hazard"],
  "desk.parts": ["其他页面", "Other pages"],
  "desk.home": ["回到主页", "Back to the main page"],
  "desk.calls": ["吹哨", "Whistles"],
  "desk.mutes": ["静默", "Mutes"],
  "desk.ledger": ["台账", "Ledger"],
  "desk.town": ["辖区", "Town"],
  "desk.account": ["我的账号", "My account"],

  "signin.username": ["用户名", "User name"],
  "signin.password": ["密码", "Password"],
  "signin.submit": ["登录", "Sign in"],
  "signin.busy": ["正在登录…", "Signing in…"],
  "signin.wrong": ["用户名或密码不对。请检查后再试。", "User name or password is wrong. Check them and try again."],
  "signin.later": ["试错次数太多，请五分钟后再试。", "Too many wrong tries. Wait five minutes, then try again."],
  "signin.again": [
    "登录已过期，请重新登录。未发送的内容都还在。",
    "Your session has ended. Sign in again; nothing that was not sent is lost.",
  ],
  "signin.forgot": ["忘记密码？请联系管理员。", "Forgotten your password? Ask your administrator."],
  "signin.code": ["动态验证码", "Code"],
  "signin.code_help": [
    "身份验证器应用上的六位数字，或一个备用恢复码。",
    "The six digits of your authenticator app, or a recovery code.",
  ],
  "signin.code_wrong": [
    "验证码不对，或已经用过。请等下一个再试。",
    "This code is wrong or was used before. Wait for the next one and try again.",
  ],
  "signin.elsewhere": ["其他登录方式：", "Or sign in with"],
  "signin.elsewhere_no_role": [
    "您的账号在本系统没有角色。请联系管理员。",
    "Your account has no role here. Ask your administrator.",
  ],
  "signin.elsewhere_failed": ["统一认证登录没有成功，请再试一次。", "Signing in there did not succeed. Try again."],

  "signout": ["退出登录", "Sign out"],
  "signout.failed": ["没有退出成功，您仍在登录中。{why}", "You are not signed out: {why}"],

  "error.offline": ["连不上服务器。请检查网络。", "The server cannot be reached. Check the network."],
  "error.server": [
    "服务器出错（{status}）。请稍后再试；若一直如此，请联系管理员。",
    "The server failed ({status}). Try again soon; if it goes on, tell the administrator.",
  ],
  "error.refused": ["服务器没有接受：{detail}", "The server did not accept it: {detail}"],
  "error.forbidden": ["您的账号没有权限做这件事。", "Your account may not do this."],
  "error.state": [
    "工单现在是“{state}”状态，这一步已不能做。",
    "The ticket now stands at “{state}”; this step is no longer possible.",
  ],

  "close": ["关闭", "Close"],
  "back": ["返回", "Back"],
  "more": ["再显示一些", "Show more"],

  "form.datum": ["坐标系", "Datum"],
  "form.why": ["原因", "Why"],
  "form.hours": ["{hours} 小时", "{hours} h"],
  "form.days": ["{days} 天", "{days} d"],
  "form.cancel": ["取消", "Cancel"],
  "form.sending": ["正在发送…", "Sending…"],

  "list.comma": ["、", ", "],

  "time.for": ["已 {time}", "for {time}"],
  "time.days": ["{days} 天 {hours} 小时", "{days} d {hours} h"],

  "place.whole_site": ["整个站点", "The whole site"],
  "place.by_person": ["现场上报", "Reported on the spot"],

  "kind.illegal_parking": ["违规停车", "Illegal parking"],
  "kind.fire_lane": ["占用消防通道", "Fire lane blocked"],
  "kind.wiring": ["私拉电线", "Private wiring"],
  "kind.gathering": ["人员聚集", "Gathering"],
  "kind.ageing_facility": ["设施老化", "Ageing facility"],
  "kind.damaged_facility": ["公共设施损坏", "Damaged facility"],
  "kind.cluttered_stairs": ["楼道堆物", "Cluttered stairs"],
  "kind.e_bike": ["电动自行车违规", "E-bike indoors"],
  "kind.rubbish": ["垃圾堆放", "Rubbish"],
  "kind.other": ["其他", "Other"],

  "hazard.open": ["未消除", "Open"],
  "hazard.cleared": ["已消除", "Cleared"],
  "hazard.began": ["开始于", "Began"],
  "hazard.cleared_at": ["消除于", "Cleared"],
  "hazard.dwell": ["持续 {time}", "for {time}"],
  "hazard.new": ["新隐患：{kind}，{place}", "New hazard: {kind}, {place}"],

  "state.received": ["受理", "Received"],
  "state.registered": ["立案", "Registered"],
  "state.dispatched": ["派遣", "Dispatched"],
  "state.working": ["处置", "Working"],
  "state.verifying": ["核查", "Verifying"],
  "state.closed": ["销号", "Closed"],
  "state.rejected": ["不予立案", "Rejected"],
  "state.returned": ["退回", "Returned"],
  "state.suspended": ["挂起", "Suspended"],
  "state.voided": ["作废", "Voided"],
  "state.merged": ["合并", "Merged"],

  "role.administrator": ["管理员", "administrator"],
  "role.command_centre": ["指挥中心", "command centre"],
  "role.drone_operator": ["飞手", "drone operator"],
  "role.grid_worker": ["网格员", "grid worker"],
  "role.officer": ["执法人员", "officer"],
  "role.department": ["部门", "Department"],
  "role.property_manager": ["物业", "Property manager"],
  "role.volunteer": ["志愿者", "Volunteer"],
  "role.auditor": ["审计", "Auditor"],
});
