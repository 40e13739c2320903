/** One's own account: second factor, password, where one is signed in. */

import { addWords } from "../i18n.js";

addWords({
  "account.sessions": ["登录的设备", "Where you are signed in"],
  "account.sessions_help": [
    "只记录何时登录，不记录在哪里、何时使用。",
    "Kept is when you signed in; not where, and not when it is used.",
  ],
  "account.unknown_agent": ["未知浏览器", "Unknown browser"],
  "account.since": ["{time} 登录", "since {time}"],
  "account.here": ["本机", "This one"],
  "account.end": ["退出", "Sign out"],
  "account.end_others": ["退出其他所有设备", "Sign out everywhere else"],
  "account.password": ["修改密码", "Change the password"],
  "account.password_now": ["当前密码", "Current password"],
  "account.password_new": ["新密码（至少 10 位）", "New password (10 characters or more)"],
  "account.password_change": ["修改密码", "Change it"],
  "account.password_changed": [
    "密码已修改（{time}），其他设备已退出。",
    "Changed at {time}; other devices are signed out.",
  ],

  "method.password": ["密码", "password"],
  "method.totp": ["密码和验证码", "password and code"],
  "method.elsewhere": ["统一认证", "identity provider"],

  "factor.title": ["两步验证", "Second factor"],
  "factor.on": ["已启用", "In force"],
  "factor.off": ["未启用", "Not enrolled"],
  "factor.must": [
    "{role}账号必须先启用两步验证，才能使用系统。请按下面两步完成。",
    "The role “{role}” needs a second factor before anything else. Two steps, below.",
  ],
  "factor.help": [
    "登录时除密码外，再输入手机验证器应用上的六位数字。任何支持 TOTP 的验证器应用都可以。",
    "When you sign in you then also type six digits of an authenticator app. Any app for TOTP codes will do.",
  ],
  "factor.begin": ["开始启用", "Begin"],
  "factor.password_wrong": ["密码不对。", "This is not your password."],
  "factor.password_elsewhere": [
    "当前密码（只用统一认证登录的不填）",
    "Current password (leave empty if you only sign in elsewhere)",
  ],
  "factor.scan": ["一、用手机验证器应用扫描：", "1. Scan it with the authenticator app:"],
  "factor.qr": ["两步验证的二维码", "QR code of the second factor"],
  "factor.type": ["扫不了？在应用里手动输入密钥：", "Cannot scan? Type this key into the app:"],
  "factor.first_code": ["二、应用现在显示的六位数字", "2. The six digits that the app shows now"],
  "factor.confirm": ["确认启用", "Confirm"],
  "factor.done": ["两步验证已启用。", "The second factor is in force."],
  "factor.keep": [
    "请把这些恢复码抄下或打印，妥善保管。手机丢了时，每个可以代替验证码用一次。只显示这一次。",
    "Write these recovery codes down or print them. Without your phone each works once in place of a code. They are shown this once.",
  ],
  "factor.kept": ["我已保管好", "I have kept them"],
  "factor.since": ["{time} 启用，还有 {count} 个恢复码。", "In force since {time}; {count} recovery codes are left."],
  "factor.codes": ["换一批恢复码", "New recovery codes"],
  "factor.remove": ["停用两步验证", "Take it away"],
});
