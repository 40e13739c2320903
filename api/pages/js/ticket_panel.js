/** The ticket of a chosen hazard, beside the feed: all that is known, and the commands that this person may give. */

import { ask, explain, Refused } from "./api.js";
import { byId, h, rebuild } from "./dom.js";
import { currentLanguage, t, tName } from "./i18n.js";
import { icon } from "./icons.js";
import { Merges } from "./merges.js";
import { gridLabel, placeOf } from "./names.js";
import { QuietHere } from "./quiet_here.js";
import { SealedClips } from "./sealed.js";
import { still } from "./still.js";
import { clock, fact, falseAlarm, history, stepper, whose } from "./ticket_parts.js";
import { SideCommands } from "./ticket_side.js";
import { ticking, when } from "./time.js";
import { whyDetails, whySentence } from "./why.js";
import "./words/common.js";
import "./words/ticket.js";

const NEEDS_NOTE = new Set(["confirm", "return", "reject"]);
const buttonName = (name) => (["register", "reject", "dispatch", "resume"].includes(name) ? t(`do.${name}`) : tName("command", name));

export class TicketPanel {
  #hazard = null;
  #ticket = null;
  #etag = null;
  #trouble = "";
  #command = null; // the command whose note is being written
  #draft = "";
  #sending = false;
  #returnFocus = null;
  #parts = {};
  #sealed = null;
  #side = new SideCommands({ onSend: (name, body) => this.#send(name, body) });
  #merges;
  #quiet;

  /**
   * `onClose()` after the panel has closed; `onChanged()` after a command has been carried out, and `onHazards()` after
   * hazards were merged, split or muted. `settles`: whether this person may do that.
   */
  constructor({ onClose, onChanged, onHazards, settles }) {
    Object.assign(this, { onClose, onChanged, element: byId("ticket") });
    this.#merges = new Merges({ may: settles, onChanged: onHazards });
    this.#quiet = new QuietHere({ may: settles, onChanged: onHazards });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#hazard && !document.querySelector("dialog")) this.close();
    });
    document.addEventListener("sanxun:language", () => this.#show());
  }

  get hazard() {
    return this.#hazard;
  }

  async open(hazard) {
    this.#returnFocus = document.activeElement;
    Object.assign(this.#reset(), { hidden: false });
    this.#hazard = hazard;
    this.#build();
    this.#sealed.choose(hazard.id);
    this.#merges.choose(hazard.id, hazard.sightings.length);
    this.#show();
    this.element.focus({ preventScroll: true });
    await this.refresh();
  }

  close() {
    const from = this.#returnFocus?.dataset.hazard;
    this.#reset().hidden = true;
    // The list may have been drawn anew meanwhile: then the hazard's new row has the focus.
    const again = from && document.querySelector(`[data-hazard="${CSS.escape(from)}"]`);
    (this.#returnFocus?.isConnected ? this.#returnFocus : again)?.focus();
    this.onClose();
  }

  #reset() {
    this.#hazard = this.#ticket = this.#etag = this.#command = null;
    this.#trouble = this.#draft = "";
    this.#sealed?.choose(null);
    this.#merges.choose(null);
    return this.element;
  }

  /** The hazard as the feed now knows it. */
  setHazard(hazard) {
    this.#hazard = hazard;
    this.#show();
  }

  async refresh() {
    const hazard = this.#hazard;
    this.#sealed?.refresh();
    this.#merges.refresh();
    if (!hazard?.ticket_id) return this.#show();
    try {
      const { data, etag } = await ask("GET", `/tickets/${encodeURIComponent(hazard.ticket_id)}`);
      if (this.#hazard?.id !== hazard.id) return;
      [this.#ticket, this.#etag] = [data, etag];
      if (this.#command && !data.commands.includes(this.#command)) {
        this.#command = null;
        this.#trouble = t("command.changed"); // why the note that was being written has gone
      }
    } catch (error) {
      if (this.#hazard?.id !== hazard.id) return;
      if (!this.#ticket) this.#trouble = error instanceof Refused && error.status === 404 ? t("ticket.gone") : explain(error);
    }
    this.#show();
  }

  #build() {
    const part = (name, tag = "div") => (this.#parts[name] = h(tag, { class: `ticket-${name}` }));
    this.element.replaceChildren(part("head", "header"), h("div", { class: "ticket-scroll" },
      part("still"), part("sealed"), part("state"), part("clocks"), part("facts"), part("merges"), part("quiet"), part("false"), part("side"), part("history")),
    part("commands", "footer"));
    this.#parts.merges.append(this.#merges.element);
    this.#parts.quiet.append(this.#quiet.element);
    this.#parts.side.append(this.#side.element);
    this.#sealed = new SealedClips(this.#parts.sealed);
  }

  #show() {
    if (!this.#hazard) return;
    const [hazard, ticket, parts, language] = [this.#hazard, this.#ticket, this.#parts, currentLanguage()];
    const known = [ticket?.id, ticket?.version, ticket?.state, ticket?.hazard_state, language];
    rebuild(parts.head, [hazard.id, hazard.state, ticket?.number, language], () => this.#head());
    rebuild(parts.still, [hazard.id, hazard.still_url, language], () => still(hazard));
    rebuild(parts.state, [...known, hazard.state, this.#trouble], () => this.#state());
    rebuild(parts.clocks, known, () => ticket && [clock(ticket, "respond"), clock(ticket, "rectify")]);
    rebuild(parts.facts, [...known, hazard.state], () => this.#facts());
    rebuild(parts.false, [...known, this.#sending], () => ticket && falseAlarm(ticket, (reason) => this.#send("false-alarm", { reason }), this.#sending));
    this.#merges.choose(hazard.id, hazard.sightings.length);
    this.#quiet.show(hazard);
    this.#side.show(ticket, this.#sending);
    rebuild(parts.history, known, () => ticket && [h("h3", {}, t("ticket.history")), history(ticket)]);
    rebuild(parts.commands, [ticket?.id, ticket?.commands, this.#command, this.#sending, this.#trouble, language], () => this.#commands());
    parts.commands.hidden = !parts.commands.childElementCount;
  }

  #head() {
    const { kind, state } = this.#hazard;
    return [
      h("span", { class: `hazard-icon ${state}` }, icon(kind)),
      h("div", {}, h("h2", { id: "ticket-heading" }, t(`kind.${kind}`), this.#ticket ? h("span", { class: "muted" }, ` #${this.#ticket.number}`) : null),
        h("p", { class: "muted" }, placeOf(this.#hazard))),
      h("button", { type: "button", class: "button quiet square", "aria-label": t("close"), title: t("close"), on: { click: () => this.close() } }, icon("close")),
    ];
  }

  #state() {
    const { state, began_at, cleared_at, ticket_id } = this.#hazard;
    const line = state === "open"
      ? h("p", { class: "hazard-line" }, h("span", { class: "chip open" }, t("hazard.open")), ticking("dwell", began_at))
      : h("p", { class: "hazard-line" }, h("span", { class: "chip cleared" }, t("hazard.cleared")), when(cleared_at));
    if (this.#ticket) return [line, ...stepper(this.#ticket)];
    const words = !ticket_id ? t("ticket.none") : this.#trouble || t("ticket.loading");
    return [line, h("p", { class: this.#trouble ? "notice bad" : "muted" }, words)];
  }

  #facts() {
    const [hazard, ticket] = [this.#hazard, this.#ticket];
    return h("dl", { class: "facts" },
      fact(t("hazard.began"), when(hazard.began_at)),
      hazard.cleared_at ? fact(t("hazard.cleared_at"), when(hazard.cleared_at)) : null,
      ticket ? fact(t("ticket.grid"), gridLabel(ticket)) : null,
      ticket ? fact(t("ticket.assignee"), ticket.assignee ?? t("ticket.assignee_none")) : null,
      ticket ? whose(ticket) : null,
      h("div", { class: "fact wide why" }, h("dt", {}, t("ticket.why")), h("dd", {}, whySentence(hazard)), h("dd", { class: "muted" }, whyDetails(hazard))),
      ticket?.closing_photo_url ? h("div", { class: "fact wide" }, h("dt", {}, t("ticket.closing_photo")),
        h("dd", {}, h("img", { class: "closing-photo", src: ticket.closing_photo_url, alt: t("ticket.closing_photo"), loading: "lazy" }))) : null);
  }

  #commands() {
    const commands = (this.#ticket?.commands ?? []).filter((name) => name !== "close" || this.#ticket.closing_photo !== "required");
    const trouble = this.#ticket && this.#trouble ? h("p", { class: "notice bad", role: "alert" }, this.#trouble) : null;
    if (!commands.length) return trouble;
    if (this.#command) return [trouble, this.#form(this.#command)];
    return [trouble, h("div", { class: "button-row" }, commands.map((name) => h("button", {
      type: "button", class: `button ${["return", "reject"].includes(name) ? "" : "primary"}`, disabled: this.#sending, data: { command: name },
      on: { click: () => this.#pick(name) } }, this.#sending ? t("form.sending") : buttonName(name))))];
  }

  #pick(name) {
    this.#trouble = "";
    if (!NEEDS_NOTE.has(name)) return this.#send(name, {});
    this.#command = name;
    this.#show();
    this.element.querySelector("textarea").focus();
    return undefined;
  }

  #form(name) {
    const note = h("textarea", { name: "note", maxLength: 500, required: true, value: this.#draft,
      on: { input: () => (this.#draft = note.value) } });
    const cancel = () => {
      this.#command = null;
      this.#show();
    };
    return h("form", { class: "command-form", on: { submit: (event) => {
      event.preventDefault();
      if (note.value.trim()) this.#send(name, { note: note.value.trim() });
      else note.focus();
    } } },
    h("label", { class: "field" }, h("span", {}, t(`command.note_${name}`)), note),
    h("div", { class: "button-row" },
      h("button", { type: "button", class: "button", on: { click: cancel } }, t("form.cancel")),
      h("button", { type: "submit", class: "button primary", disabled: this.#sending }, this.#sending ? t("form.sending") : buttonName(name))));
  }

  async #send(name, body) {
    const { id, number } = this.#ticket;
    const here = () => this.#ticket?.id === id; // somebody may look at another one meanwhile
    this.#sending = true;
    this.element.setAttribute("aria-busy", "true");
    for (const button of this.#parts.commands.querySelectorAll("button")) button.disabled = true;
    try {
      const { data, etag } = await ask("POST", `/tickets/${encodeURIComponent(id)}/${name}`, { body, ifMatch: this.#etag });
      if (here()) {
        this.#side.done();
        this.#trouble = this.#draft = "";
        this.#command = null;
        if (data.id === id) [this.#ticket, this.#etag] = [data, etag];
        else await this.refresh(); // a whistle answers with itself
      }
    } catch (error) {
      const overtaken = error instanceof Refused && [409, 412].includes(error.status);
      const words = overtaken ? t("command.changed") : explain(error);
      if (here()) this.#trouble = words;
      else alert(`#${number}: ${words}`);
      if (overtaken) await this.refresh();
      for (const button of this.#parts.commands.querySelectorAll("button")) button.disabled = false;
    } finally {
      this.#sending = false;
      this.element.removeAttribute("aria-busy");
      this.#show();
      this.onChanged();
    }
  }
}
