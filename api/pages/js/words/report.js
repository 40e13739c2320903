/** Reporting on foot, and what became of it. */

import { addWords } from "../i18n.js";

addWords({
  "title.report": ["三巡 · 随手报", "Sanxun · report"],

  "report.heading": ["上报隐患", "Report a hazard"],
  "report.photo": ["拍一张照片", "Take a photo"],
  "report.kind": ["是什么隐患", "What it is"],
  "report.choose": ["请选择", "Choose"],
  "report.words": ["补充说明（可不填）", "More words, if you like"],
  "report.send": ["提交", "Send"],
  "report.another": ["再报一件", "Report another"],
  "report.privacy": [
    "不需要姓名和电话。照片里的人头会先遮住，再保存。",
    "No name and no number is asked for. Heads in the photo are made unrecognisable before it is kept.",
  ],
  "report.no_picture": ["这不是一张能打开的照片。", "This is no photo that can be opened."],
  "report.no_where": [
    "还不知道在哪里：请点“用我现在的位置”，或填写经纬度。",
    "Nobody knows yet where it is: press for the place, or type longitude and latitude.",
  ],
  "report.here": ["用我现在的位置", "It is where I stand"],
  "report.locating": ["正在定位…", "Looking where you are…"],
  "report.located": ["已定位，误差约 {metres} 米", "Found you, to {metres} m"],
  "report.not_located": ["手机没有给出位置，请填写经纬度。", "The phone gave no place: type longitude and latitude."],
  "report.lon": ["经度", "Longitude"],
  "report.lat": ["纬度", "Latitude"],
  "report.proposed": [
    "识别为{kind}（{percent}%），可以改。",
    "Looks like: {kind} ({percent} %). Change it where that is wrong.",
  ],
  "report.proposed_none": ["没有识别出来，请选择。", "Nothing was recognised: choose."],
  "report.nearby": [
    "附近已有工单 {number}，同一件事会自动合并。",
    "There is {number} nearby; the same thing is merged by itself.",
  ],
  "report.sent": ["已上报，工单 {number}。", "Reported, ticket {number}."],
  "report.known": [
    "这件事已有工单 {number}，您的照片已附上。",
    "It has ticket {number} already; your photo is with it now.",
  ],
  "report.too_many": [
    "这里一小时内上报太多了，请稍后再试。",
    "There were too many reports from here within the hour. Try later.",
  ],
  "report.no_code": ["这个二维码已停用。", "This code is not in use any more."],
  "report.no_receipt": ["找不到这次上报。", "There is no such report."],
  "report.sign_in": ["请先登录，再从这里上报。", "Sign in first, then report from here."],
  "report.is_it_gone": ["处置人员说已经处理好了。您看还在吗？", "Somebody says that it is done. Is it gone?"],
  "report.gone": ["没有了", "It is gone"],
  "report.there": ["还在", "Still there"],
  "report.keep_link": [
    "收藏本页即可查看进展。只有您有这个链接。",
    "Keep this page to see how it goes on. Nobody else has this link.",
  ],
  "report.kept": [
    "没有网络。已存在这部手机里，联网后自动提交，只提交一次。",
    "No network. It is kept on this phone and sent once, by itself, when there is.",
  ],
  "report.arrived": ["已提交。", "It has arrived."],
  "report.follow": ["查看进展", "Follow it"],
  "report.waiting": ["还有 {count} 份没提交，存在这部手机里。", "Not sent yet: {count}. Kept on this phone."],
  "report.refused": ["“{kind}”没有被接受：{detail}", "“{kind}” was not accepted: {detail}"],
  "report.discard": ["不再提交", "Discard it"],

  "progress.received": ["已收到，等待核实", "Received, to be looked at"],
  "progress.known": ["已立案，将有人来处理", "Taken up: somebody will come"],
  "progress.working": ["正在处理", "Being settled"],
  "progress.checking": ["已处理，正在核查", "Done, being checked"],
  "progress.settled": ["已办结，谢谢您", "Settled. Thank you"],
  "progress.not_taken_up": ["经核实，不予立案", "Looked at, and not taken up"],
});
