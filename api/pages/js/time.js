/** Times: shown in the site's zone, counted on the server's clock, ticking once a second. */

import { h, setText } from "./dom.js";
import { locale, t } from "./i18n.js";
import "./words/common.js";

let zone; // undefined: the browser's own
let ahead_ms = 0; // how far the server's clock is ahead of this machine's

export function setZone(name) {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    zone = name;
  } catch {
    console.warn(`this browser does not know the time zone ${name}; its own is shown`);
  }
}

/** Learn the server's clock from an answer's Date header (whole seconds; a smaller difference is not worth a jump). */
export function learnClock(dateHeader) {
  const server = Date.parse(dateHeader ?? "");
  if (Number.isNaN(server)) return;
  const found = server + 500 - Date.now();
  ahead_ms = Math.abs(found) < 2000 ? 0 : found;
}

/** Now on the server's clock, in ms since 1970. */
export const now = () => Date.now() + ahead_ms;

const styles = {
  time: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  minute: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  day: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  short: { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
};

export function format(moment, style) {
  return new Intl.DateTimeFormat(locale(), { ...styles[style], timeZone: zone }).format(new Date(moment));
}

/** The time of day if it is today (in the site's zone), else with the date. */
export function when(moment) {
  const day = (at) => new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(new Date(at));
  return format(moment, day(moment) === day(now()) ? "time" : "short");
}

/** 4:05, 1:04:05, 3 d 4 h. */
export function duration(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s >= 86_400) return t("time.days", { days: Math.floor(s / 86_400), hours: Math.floor((s % 86_400) / 3600) });
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  return hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** "3 minutes ago", in words. */
export function ago(moment) {
  const seconds = Math.max(0, (now() - Date.parse(moment)) / 1000);
  const [n, unit] = seconds < 60 ? [seconds, "second"] : seconds < 3600 ? [seconds / 60, "minute"]
    : seconds < 86_400 ? [seconds / 3600, "hour"] : [seconds / 86_400, "day"];
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" }).format(-Math.floor(n), unit);
}

/** Keep an element's words true: `update(element)` runs now, each second and when the language changes. */
export function live(element, update) {
  element.dataset.live = "";
  element.update = () => update(element);
  element.update();
  return element;
}

const words = {
  ago: (at) => ago(at),
  dwell: (at) => t("hazard.dwell", { time: duration((now() - Date.parse(at)) / 1000) }),
  since: (at) => t("time.for", { time: duration((now() - Date.parse(at)) / 1000) }),
};

/** A <time> whose words follow the clock. `kind`: ago | dwell | since. */
export function ticking(kind, moment, props = {}) {
  return live(h("time", { dateTime: moment, title: when(moment), ...props }), (element) => setText(element, words[kind](moment)));
}

const listeners = new Set();

/** Call `listener` once a second, as the clock's second changes, and when the language does. */
export const everySecond = (listener) => listeners.add(listener);

function update() {
  for (const element of document.querySelectorAll("[data-live]")) element.update();
  for (const listener of listeners) listener();
}

function tick() {
  update();
  setTimeout(tick, 1000 - (now() % 1000) + 5);
}
setTimeout(tick, 0);
document.addEventListener("sanxun:language", update);
