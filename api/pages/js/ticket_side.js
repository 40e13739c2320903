/** What stands aside of a ticket's chain: suspending, handing up, calling a department, voiding. On both pages. */

import { ask, explain } from "./api.js";
import { h, rebuild } from "./dom.js";
import { currentLanguage, t } from "./i18n.js";
import { now } from "./time.js";
import "./words/common.js";
import "./words/ticket.js";

const NEEDS_NOTE = new Set(["suspend", "escalate", "whistle", "void"]);
const HOURS = [1, 4, 12, 24, 72, 168];
const WORKERS_MOST_H = 24; // as api.tickets.service.LONGEST_BY_A_WORKER
let departments = null; // asked for once, when somebody first wants to call one

/** Answers why it could not be done, "" where it was. */
async function learnDepartments() {
  try {
    departments = (await ask("GET", "/town/departments")).data.items;
    return "";
  } catch (error) {
    return explain(error);
  }
}

export class SideCommands {
  #ticket = null;
  #busy = false;
  #chosen = null;
  #note = "";
  #trouble = "";

  /** `onSend(command, body)` when the person has decided. */
  constructor({ onSend }) {
    this.onSend = onSend;
    this.element = h("details", { class: "fold side-commands" });
  }

  /** `ticket` null: nothing to show. */
  show(ticket, busy) {
    if (this.#ticket?.id !== ticket?.id) {
      this.#chosen = null;
      this.#note = this.#trouble = "";
      this.element.open = false;
    }
    [this.#ticket, this.#busy] = [ticket, busy];
    const names = ticket?.side_commands ?? [];
    if (this.#chosen && !names.includes(this.#chosen)) this.#chosen = null;
    this.element.hidden = !names.length;
    rebuild(this.element, [ticket?.id, names, this.#chosen, busy, this.#trouble, departments?.length ?? null, currentLanguage()], () => [
      h("summary", {}, t("side.title")), this.#trouble ? h("p", { class: "notice bad", role: "alert" }, this.#trouble) : null, this.#chosen ? this.#form(this.#chosen) : this.#buttons(names)]);
  }

  /** The server has taken it. */
  done() {
    this.#chosen = null;
    this.#note = "";
  }

  #buttons(names) {
    return h("div", { class: "button-row" }, names.map((name) => h("button", { type: "button", class: "button", disabled: this.#busy,
      data: { side: name }, on: { click: () => this.#pick(name) } }, t(`do.${name}`))));
  }

  async #pick(name) {
    if (!NEEDS_NOTE.has(name)) return this.onSend(name, {});
    const ticket = this.#ticket;
    this.#trouble = name === "whistle" && !departments ? await learnDepartments() : "";
    if (ticket.id !== this.#ticket?.id) return undefined; // somebody looks at another one meanwhile
    if (!this.#trouble) this.#chosen = name;
    this.show(this.#ticket, this.#busy);
    this.element.querySelector("form")?.scrollIntoView({ block: "nearest" }); // on the wall the panel scrolls by itself
    this.element.querySelector("textarea")?.focus({ preventScroll: true });
    return undefined;
  }

  #form(name) {
    const note = h("textarea", { name: "side-note", maxLength: 500, rows: 2, required: true, value: this.#note, on: { input: () => (this.#note = note.value) } });
    const more = name === "suspend" ? this.#until() : name === "whistle" ? this.#department() : null;
    const missing = name === "whistle" && !more;
    const send = (event) => {
      event.preventDefault();
      if (!note.value.trim()) return note.focus();
      const body = { note: note.value.trim() };
      if (name === "suspend") body.until = new Date(now() + Number(more.value) * 3_600_000).toISOString();
      if (name === "whistle") body.department = more.value;
      return this.onSend(name, body);
    };
    const cancel = () => {
      this.#chosen = null;
      this.show(this.#ticket, this.#busy);
    };
    return h("form", { class: "command-form", on: { submit: send } },
      missing ? h("p", { class: "notice warn" }, t("side.no_departments")) : null,
      more ? h("label", { class: "field" }, h("span", {}, t(name === "suspend" ? "side.until" : "side.department")), more) : null,
      h("label", { class: "field" }, h("span", {}, t("form.why")), note),
      h("div", { class: "button-row" }, h("button", { type: "button", class: "button", on: { click: cancel } }, t("form.cancel")),
        h("button", { type: "submit", class: "button primary", disabled: this.#busy || missing }, t(`do.${name}`))));
  }

  #until() {
    const centre = this.#ticket.side_commands.includes("void"); // what only the command centre may do
    const hours = HOURS.filter((count) => centre || count <= WORKERS_MOST_H);
    return h("select", { name: "until" }, hours.map((count) => h("option", { value: String(count) },
      count % 24 ? t("form.hours", { hours: count }) : t("form.days", { days: count / 24 }))));
  }

  #department() {
    const able = departments.filter(({ kinds }) => !kinds?.length || kinds.includes(this.#ticket.kind));
    if (!able.length) return null;
    return h("select", { name: "department" }, able.map(({ id, name }) => h("option", { value: id }, name || id)));
  }
}
