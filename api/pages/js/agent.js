/** What people call the device that they signed in from: "Edge · Windows", of a browser's long name for itself. */

// The first that fits: browsers built on others name those too, and Android names Linux.
const BROWSERS = [
  [/MicroMessenger\//, "WeChat"], [/DingTalk\//, "DingTalk"], [/Lark\/|Feishu\//, "Feishu"], [/HuaweiBrowser\//, "Huawei Browser"],
  [/MiuiBrowser\//, "Mi Browser"], [/UCBrowser\//, "UC"], [/QQBrowser\//, "QQ Browser"], [/Edg(A|iOS)?\//, "Edge"], [/OPR\//, "Opera"],
  [/Firefox\/|FxiOS\//, "Firefox"], [/SamsungBrowser\//, "Samsung Internet"], [/Chrome\/|CriOS\//, "Chrome"], [/Safari\//, "Safari"],
];
const SYSTEMS = [
  [/HarmonyOS|OpenHarmony/, "HarmonyOS"], [/Android/, "Android"], [/iPhone/, "iPhone"], [/iPad/, "iPad"], [/Windows/, "Windows"],
  [/Macintosh/, "macOS"], [/CrOS/, "ChromeOS"], [/Linux/, "Linux"],
];

const named = (table, agent) => table.find(([pattern]) => pattern.test(agent))?.[1];

/** What fits none stays as it is written: a program's own name. */
export function deviceName(agent) {
  const browser = named(BROWSERS, agent);
  return browser ? [browser, named(SYSTEMS, agent)].filter(Boolean).join(" · ") : agent;
}
