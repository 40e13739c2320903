/** The parts of a ticket that both pages show: steps, clocks, history. Each answers an element. */

import { h, setText } from "./dom.js";
import { currentLanguage, t, tName } from "./i18n.js";
import { icon } from "./icons.js";
import { cameraName, gridLabel } from "./names.js";
import { causeWords } from "./ticket_cause.js";
import { duration, live, now, when } from "./time.js";
import "./words/common.js";
import "./words/ticket.js";

export const STATES = ["received", "registered", "dispatched", "working", "verifying", "closed"];

/** States aside of the chain: at which step they stand, or nowhere once the ticket has ended. */
const ASIDE = { returned: "dispatched", suspended: "dispatched", rejected: null, voided: null, merged: null };

/** The steps, with the one that it stands at and when each was reached. `states`: the part of `STATES` to show. */
export function stepper(ticket, states = STATES) {
  const aside = ticket.state in ASIDE;
  const at = states.indexOf(aside ? ASIDE[ticket.state] : ticket.state);
  const chip = aside ? h("p", { class: "hazard-line" }, h("span", { class: "chip soon", data: { aside: ticket.state } }, t(`state.${ticket.state}`)),
    ticket.suspended_until ? h("span", {}, t("ticket.until"), " ", when(ticket.suspended_until)) : null) : null;
  const steps = h("ol", { class: "stepper", "aria-label": t("ticket.progress") }, states.map((state, i) => {
    const reached = i <= at ? ticket.history.findLast((entry) => entry.to === state && entry.from !== state) : null;
    const step = i < at || ticket.state === "closed" ? "done" : i === at ? "current" : "todo";
    return h("li", { data: { step, state }, "aria-current": i === at ? "step" : null },
      h("span", { class: "step-dot" }, step === "done" ? icon("check") : null),
      h("span", { class: "step-name" }, t(`state.${state}`)),
      h("time", { class: "step-time number" }, reached ? when(reached.at) : ""));
  }));
  return [chip, steps];
}

const ENDS = { respond: ["working", "closed"], rectify: ["closed"] };
const ENDED = ["rejected", "voided", "merged"];

/** The step that ended a clock, or null while it runs: done counts from when it was said, not from when it was seen. */
function endOf(ticket, name) {
  if (name === "rectify" && ticket.rectified_at && ["verifying", "closed"].includes(ticket.state)) return { at: ticket.rectified_at };
  const ended = ENDS[name].includes(ticket.state) || (name === "respond" && ticket.state === "verifying");
  return ended ? (ticket.history.findLast((entry) => ENDS[name].includes(entry.to) && entry.from !== entry.to) ?? null) : null;
}

/**
 * Where a clock stands: {by, level, seconds}. `level` is none | ok | soon | over while it runs, met | late once it has
 * stopped for good, stopped while the ticket is suspended; `seconds` are left while it runs (negative: overdue) or
 * stands still, and over the time once stopped late.
 */
export function clockOf(ticket, name, now_ms) {
  const by = ticket[`${name}_by`];
  if (!by || ENDED.includes(ticket.state)) return { by: null, level: "none", seconds: 0 };
  if (typeof ticket.rectify_left_s === "number") {
    const left = ticket[`${name}_left_s`];
    return typeof left === "number" ? { by: null, level: "stopped", seconds: left } : { by: null, level: "none", seconds: 0 };
  }
  const end = endOf(ticket, name);
  if (end) {
    const late = (Date.parse(end.at) - Date.parse(by)) / 1000;
    return { by, level: late > 0 ? "late" : "met", seconds: Math.max(0, late) };
  }
  const seconds = (Date.parse(by) - now_ms) / 1000;
  // After a return or a new dispatch the time to respond counts anew: a quarter of that is "soon", not of its whole life.
  const anew = name === "respond" ? ticket.history.findLast((entry) => ["dispatched", "returned"].includes(entry.to) && entry.from !== entry.to) : null;
  const whole = (Date.parse(by) - Date.parse(anew?.at ?? ticket.created_at)) / 1000;
  return { by, level: seconds < 0 ? "over" : seconds < whole / 4 ? "soon" : "ok", seconds };
}

function clockWords({ level, seconds }) {
  if (level === "none") return t("clock.none");
  if (level === "met") return t("clock.met");
  if (level === "stopped") return t("clock.stopped", { time: duration(seconds) });
  if (level === "late") return t("clock.late", { time: duration(seconds) });
  return level === "over" ? t("clock.over", { time: duration(-seconds) }) : t("clock.left", { time: duration(seconds) });
}

/** A clock that runs: name, big words, deadline. */
export function clock(ticket, name) {
  const words = h("strong", { class: "number" });
  const { by } = clockOf(ticket, name, now());
  const waits = !ticket[`${name}_by`] && ["received", "registered"].includes(ticket.state);
  const element = h("div", { class: "clock-box", data: { clock: name } }, h("span", {}, t(`clock.${name}`)), words,
    by || waits ? h("small", {}, waits ? t("clock.waits") : t("clock.by", { time: when(by) })) : null);
  return live(element, () => {
    const found = clockOf(ticket, name, now());
    element.dataset.level = found.level;
    setText(words, clockWords(found));
  });
}

/** The clock that matters now, as a chip for a list: respond until somebody is at work, then rectify. */
export function clockChip(ticket) {
  const name = ["working", "verifying", "suspended"].includes(ticket.state) ? "rectify" : "respond";
  return live(h("span", { class: "chip number" }), (chip) => {
    const found = clockOf(ticket, name, now());
    chip.className = `chip number ${{ soon: "soon", over: "over", late: "over" }[found.level] ?? ""}`;
    setText(chip, clockWords(found));
  });
}

export function history(ticket) {
  return h("ol", { class: "history" }, ticket.history.toReversed().map((entry) => h("li", {},
    h("time", { class: "number", dateTime: entry.at }, when(entry.at)),
    h("span", {}, h("strong", {}, tName("command", entry.command)), ` · ${whoDid(entry.by, ticket)}`, noteOf(entry)))));
}

const isCamera = (by) => by.startsWith("camera ");

function whoDid(by, ticket) {
  if (!isCamera(by)) return tName("by", by);
  const id = by.slice("camera ".length);
  return t("by.camera", { name: id === ticket.camera ? ticket.camera_name || id : cameraName(id) });
}

/**
 * For whoever stands there and sees that the alarm was false: a word each for why, where the caller may say so.
 * `onReport(reason)` when one was pressed; `busy` while another command is on its way.
 */
export function falseAlarm(ticket, onReport, busy) {
  if (!ticket.false_alarm_reasons?.length) return null;
  return h("details", { class: "fold false-alarm" }, h("summary", {}, t("false_alarm.title")), h("p", { class: "muted" }, t("false_alarm.help")),
    h("div", { class: "button-row" }, ticket.false_alarm_reasons.map((reason) => h("button", { type: "button", class: "button", disabled: busy,
      data: { reason }, on: { click: () => onReport(reason) } }, tName("false_alarm", reason)))));
}

/** What a person wrote; the system's own remarks are English, and say no more than the step does in any other language. */
function noteOf({ by, note, command }) {
  if (command === "false_alarm") {
    const [reason, ...words] = note.split(": ");
    return h("q", {}, [tName("false_alarm", reason), ...words].join(": "));
  }
  const remark = by === "system" || isCamera(by);
  if (!note || (remark && currentLanguage() !== "en")) return null;
  return remark ? h("span", { class: "remark" }, note) : h("q", {}, note);
}

/** Who answers for it now and why it went there, for a list of facts. */
export function whose(ticket) {
  const above = ticket.escalated_to;
  const cause = causeWords(ticket.cause);
  return [
    above ? fact(t("ticket.answers"), above === "*" ? t("ticket.centre") : gridLabel({ grid: above })) : null,
    ticket.department ? fact(t("ticket.department"), ticket.department) : null,
    ticket.ack_until && ticket.state === "working" ? fact(t("ticket.ack"), when(ticket.ack_until)) : null,
    ticket.recurrence_of ? fact(t("ticket.recurrence"), t("ticket.recurrence_yes")) : null,
    cause ? h("div", { class: "fact wide" }, h("dt", {}, t("ticket.cause")), h("dd", { class: "cause" }, cause)) : null,
  ];
}

/** A name and what it is, for a list of facts. */
export function fact(name, ...value) {
  return h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, ...value));
}
