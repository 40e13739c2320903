/** The phone: my tickets, and one thing to do. */

import { addWords } from "../i18n.js";

addWords({
  "title.phone": ["三巡 · 我的工单", "Sanxun · My tickets"],

  "phone.heading": ["我的工单", "My tickets"],
  "phone.dispatched": ["待接单", "To accept"],
  "phone.working": ["处置中", "Working"],
  "phone.verifying": ["核查中", "Verifying"],
  "phone.suspended": ["挂起", "Suspended"],
  "phone.closed": ["已销号", "Closed"],
  "phone.empty": ["现在没有您的工单", "No tickets for you now"],
  "phone.empty_help": ["有新工单会自动出现在这里，不用刷新。", "New tickets appear here by themselves."],
  "phone.loading": ["正在读取工单…", "Reading your tickets…"],
  "phone.new": ["有新工单：{kind}，{place}", "New ticket: {kind}, {place}"],
  "phone.offline": ["没有网络。显示的是 {time} 的内容。", "No network. You see what was known at {time}."],
  "phone.offline_first": ["没有网络。联网后会自动读取。", "No network. Your tickets are read as soon as it is back."],
  "phone.trouble": [
    "服务器暂时不可用，正在重试。显示的是 {time} 的内容。",
    "The server does not answer well; trying again. You see what was known at {time}.",
  ],
  "phone.waiting": [
    "有 {count} 项没发出去，已存在手机里，会自动重发。",
    "Not sent yet: {count}. Kept on this phone and sent again by itself.",
  ],
  "phone.signout_waiting": [
    "还有 {count} 项没发出去。退出后它们留在手机里，等您再次登录才会发送。仍要退出吗？",
    "Not sent yet: {count}. They stay on this phone and are sent when you sign in again. Sign out?",
  ],
  "phone.refused": [
    "“{command}”没有成功（工单 {number}）：{detail}",
    "“{command}” did not work (ticket {number}): {detail}",
  ],
  "phone.queued": ["已保存，联网后自动发送", "Saved; sent when there is network"],
  "phone.accept_help": [
    "接单后，指挥中心会看到有人去处理了。",
    "When you accept, the command centre sees that somebody is on it.",
  ],
  "phone.working_help": ["到现场处理好以后，点“完成”。", "When it is cleared on the spot, press Done."],
  "phone.gone_help": [
    "摄像机已看不到这个隐患了。请到现场看一眼，然后点“完成”。",
    "The camera no longer sees the hazard. Have a look on the spot, then press Done.",
  ],
  "phone.verifying_title": ["摄像机会再看一次", "The camera looks again"],
  "phone.verifying_help": [
    "确认隐患消除后会自动销号，您不用再做什么。如果还在，会退回给您。",
    "Once it sees the hazard gone, the ticket closes by itself. You need do nothing more. If it is still there, the ticket comes back to you.",
  ],
  "phone.closed_title": ["已销号", "Closed"],
  "phone.closed_help": ["这张工单已办结，谢谢。", "This ticket is finished. Thank you."],
  "phone.closed_none": ["还没有办结的工单。", "None has ended yet."],
  "phone.returned": ["已退回，请再处理：{note}", "Returned to you: {note}"],
  "phone.early_title": ["等待派遣", "Not dispatched yet"],
  "phone.early_help": [
    "工单正在登记，派遣后就可以接单。",
    "The ticket is being registered; you can accept it once it is dispatched.",
  ],
  "phone.held_help": ["现在无人在岗，工单暂存。您可以先接单。", "Nobody is on duty, so it is held. You may take it."],
  "phone.returned_help": ["还没有解决。接单后再去处置。", "It is not settled. Accept it and go again."],
  "phone.suspended_title": ["已挂起", "Suspended"],
  "phone.suspended_help": [
    "时限已停。到时会重新派遣。",
    "Both clocks stand still. It is dispatched again when the time comes.",
  ],
  "phone.ended_title": ["已结束", "Ended"],
  "phone.ended_help": ["这张工单不用再处理。", "Nothing is left to do with this ticket."],
  "phone.note": ["说明（可不写）", "Note (optional)"],
  "phone.photo": ["处置后的照片", "Photo after the work"],
  "phone.photo_why": [
    "私拉电线需要一张处置后的照片才能销号。只拍线路，不要拍到人。",
    "Private wiring is closed only with a photo taken after the work. Wires only, no people.",
  ],
  "phone.photo_take": ["拍照", "Take photo"],
  "phone.photo_again": ["重拍", "Take it again"],
  "phone.photo_needed": ["拍好照片后就可以点“完成”。", "Take the photo, then press Done."],
  "phone.photo_bad": ["这个文件不是能用的照片。请重新拍一张。", "This file is not a usable photo. Take another one."],
});
