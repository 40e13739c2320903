/** Whistles: what waits for the department's answer, what it has come for, and what is over. */

import { ask, explain, poller, Refused } from "./api.js";
import { h, reconcile, rebuild, setText } from "./dom.js";
import { currentLanguage, t } from "./i18n.js";
import { icon } from "./icons.js";
import { coalesced } from "./live.js";
import { gridName, ticketPlace } from "./names.js";
import { still } from "./still.js";
import { duration, live, now, when } from "./time.js";
import "./words/calls.js";
import "./words/common.js";
import "./words/ticket.js";

const POLL_MS = 10_000;
const ENDED = ["closed", "rejected", "voided", "merged"];
const GROUPS = [
  { name: "called", holds: ({ state }) => state === "called" },
  { name: "reported", holds: ({ state, ticket_state }) => state === "reported" && !ENDED.includes(ticket_state) },
];

export class Calls {
  #user;
  #items = null;
  #over = null; // asked for when somebody unfolds them
  #departments = new Map();
  #trouble = "";
  #answering = new Map(); // whistle id -> {command, note, trouble, sending}
  #parts = {};

  constructor(view, user) {
    this.#user = user;
    const parts = this.#parts;
    parts.trouble = h("p", { class: "notice warn", role: "status", hidden: true });
    for (const { name } of GROUPS) {
      const [title, list, none] = [h("h2"), h("ol", { class: "desk-cards" }), h("p", { class: "muted" })];
      parts[name] = { title, list, none };
      view.append(h("section", { class: "box", data: { group: name } }, title, none, list));
    }
    parts.overList = h("ol", { class: "desk-cards" });
    parts.overName = h("summary");
    parts.over = h("details", { class: "box fold", on: { toggle: () => parts.over.open && this.#readOver() } }, parts.overName, parts.overList);
    view.prepend(parts.trouble);
    view.append(parts.over);
  }

  async start() {
    const read = poller("/whistles?limit=200&state=called&state=reported&ticket_open=true");
    const refresh = coalesced(async () => {
      try {
        this.#items = (await read()).items;
        this.#trouble = "";
      } catch (error) {
        if (!error.passing && !(error instanceof Refused)) throw error;
        this.#trouble = explain(error); // what was read before stays
      }
      this.show();
    });
    this.refresh = refresh;
    setInterval(() => !document.hidden && refresh(), POLL_MS);
    document.addEventListener("visibilitychange", () => !document.hidden && refresh());
    await Promise.all([refresh(), this.#learnDepartments()]);
    this.show();
  }

  async #learnDepartments() {
    try {
      for (const { id, name } of (await ask("GET", "/town/departments")).data.items) this.#departments.set(id, name);
    } catch (error) {
      if (!error.passing) throw error; // ids are shown then
    }
  }

  async #readOver() {
    try {
      const refused = ask("GET", "/whistles?limit=30&state=refused&state=unanswered&state=withdrawn&ticket_open=true");
      const items = (await Promise.all([ask("GET", "/whistles?limit=30&ticket_open=false"), refused])).flatMap(({ data }) => data.items);
      this.#over = items.sort((one, other) => Date.parse(other.called_at) - Date.parse(one.called_at));
    } catch (error) {
      this.#trouble = explain(error);
    }
    this.show();
  }

  show() {
    const parts = this.#parts;
    parts.trouble.hidden = !this.#trouble;
    setText(parts.trouble, this.#trouble);
    for (const { name, holds } of GROUPS) {
      const items = (this.#items ?? []).filter(holds);
      const { title, list, none } = parts[name];
      rebuild(title, [items.length, currentLanguage()], () => [icon(name === "called" ? "whistle" : "check"), t(`calls.${name}`),
        h("span", { class: `how-many ${items.length ? "some" : ""}` }, String(items.length))]);
      none.hidden = items.length > 0;
      setText(none, this.#items === null ? t("calls.loading") : t(`calls.${name}_none`));
      this.#cards(list, items);
    }
    setText(parts.overName, t("calls.over"));
    this.#cards(parts.overList, this.#over ?? []);
  }

  #cards(list, items) {
    reconcile(list, items, ({ id }) => id, (one) => this.#card(one), (one) => {
      const answer = this.#answering.get(one.id);
      return [one.state, one.ticket_state, one.commands, answer?.command, answer?.trouble, answer?.sending, this.#departments.size, currentLanguage()];
    });
  }

  #card(one) {
    const due = one.state === "called" ? live(h("span", { class: "chip number" }), (chip) => {
      const left = (Date.parse(one.answer_by) - now()) / 1000;
      chip.className = `chip number ${left < 0 ? "over" : left < 300 ? "soon" : ""}`;
      setText(chip, left < 0 ? t("clock.over", { time: duration(-left) }) : t("clock.left", { time: duration(left) }));
    }) : h("span", { class: `chip ${one.state === "reported" ? "closed" : ""}` }, t(`whistle.${one.state}`));
    const from = one.unit === null ? t("ticket.centre") : gridName({ grid: one.unit });
    return h("li", { class: "box call", data: { whistle: one.id } },
      h("h3", {}, t(`kind.${one.kind}`), h("span", { class: "muted" }, ` #${one.ticket_number}`)),
      h("p", {}, due, " ", h("span", { class: "muted" }, t(`state.${one.ticket_state}`))),
      one.still_url ? still(one) : null,
      h("dl", { class: "facts" },
        this.#fact("calls.place", [ticketPlace(one), one.grid ? gridName(one) : ""].filter(Boolean).join(" · "), true),
        this.#fact("calls.reason", one.reason, true),
        this.#fact("calls.from", from), this.#fact("calls.at", when(one.called_at)),
        this.#user.role === "department" ? null : this.#fact("ticket.department", this.#departments.get(one.department) ?? one.department),
        one.answered_at ? this.#fact("calls.answered", when(one.answered_at)) : null,
        one.answer ? this.#fact("calls.answer", one.answer, true) : null,
        one.passed_to ? this.#fact("calls.passed", one.passed_to === "*" ? t("ticket.centre") : gridName({ grid: one.passed_to })) : null),
      this.#answer(one), this.#onwards(one));
  }

  #fact(name, words, wide = false) {
    return h("div", { class: `fact ${wide ? "wide" : ""}` }, h("dt", {}, t(name)), h("dd", {}, words));
  }

  /** The department settles the ticket on its phone page, once it has come. */
  #onwards(one) {
    if (this.#user.role !== "department" || one.state !== "reported" || ENDED.includes(one.ticket_state)) return null;
    return h("a", { class: "button primary", href: `/phone#/t/${encodeURIComponent(one.ticket_id)}` }, t("calls.settle"));
  }

  #answer(one) {
    if (!one.commands.length) return null;
    const answer = this.#answering.get(one.id);
    if (!answer) {
      return h("div", { class: "button-row" }, one.commands.map((command) => h("button", { type: "button", data: { answer: command },
        class: `button ${command === "report" ? "primary" : ""}`, on: { click: () => this.#pick(one, command) } }, t(`whistle.do_${command}`))));
    }
    const refuses = answer.command === "refuse";
    const note = h("textarea", { name: "note", maxLength: 500, rows: 2, required: refuses, value: answer.note, on: { input: () => (answer.note = note.value) } });
    return h("form", { class: "command-form", on: { submit: (event) => {
      event.preventDefault();
      if (refuses && !note.value.trim()) note.focus();
      else this.#send(one, answer);
    } } },
    answer.trouble ? h("p", { class: "notice bad", role: "alert" }, answer.trouble) : null,
    h("label", { class: "field" }, h("span", {}, t(refuses ? "calls.why_not" : "calls.note")), note),
    h("div", { class: "button-row" }, h("button", { type: "button", class: "button", on: { click: () => this.#pick(one, null) } }, t("form.cancel")),
      h("button", { type: "submit", class: "button primary", disabled: answer.sending }, t(`whistle.do_${answer.command}`))));
  }

  #pick(one, command) {
    if (command) this.#answering.set(one.id, { command, note: "", trouble: "", sending: false });
    else this.#answering.delete(one.id);
    this.show();
    document.querySelector(`[data-whistle="${CSS.escape(one.id)}"] textarea`)?.focus();
  }

  async #send(one, answer) {
    Object.assign(answer, { sending: true, trouble: "" });
    this.show();
    try {
      const note = answer.note.trim();
      const { data } = await ask("POST", `/whistles/${encodeURIComponent(one.id)}/${answer.command}`, { body: note ? { note } : {} });
      this.#answering.delete(one.id);
      this.#items = this.#items.map((known) => (known.id === data.id ? data : known));
      this.#over = this.#over && [data, ...this.#over.filter(({ id }) => id !== data.id)].filter((known) => !GROUPS.some(({ holds }) => holds(known)));
    } catch (error) {
      const overtaken = error instanceof Refused && error.status === 409;
      Object.assign(answer, { sending: false, trouble: overtaken ? t("calls.changed") : explain(error) });
    }
    this.show();
    this.refresh();
  }
}
