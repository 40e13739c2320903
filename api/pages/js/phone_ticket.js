/** One ticket on the phone: what, where, since when, and the one thing to do next at the bottom, under the thumb. */

import { byId, h, rebuild } from "./dom.js";
import { geoLink } from "./geo.js";
import { currentLanguage, t } from "./i18n.js";
import { icon } from "./icons.js";
import { Merges } from "./merges.js";
import { gridLabel, ticketPlace } from "./names.js";
import { shrunk } from "./photo.js";
import { still } from "./still.js";
import { clock, fact, falseAlarm, history, STATES, stepper, whose } from "./ticket_parts.js";
import { SideCommands } from "./ticket_side.js";
import { ticking, when } from "./time.js";
import { whySentence } from "./why.js";
import "./words/common.js";
import "./words/phone.js";
import "./words/ticket.js";

/** What each state asks of the person: the command of the one button, and the words above it. */
const NEXT = {
  received: { title: "phone.early_title", help: "phone.early_help" },
  registered: { command: "accept", help: "phone.held_help" },
  dispatched: { command: "accept", help: "phone.accept_help" },
  working: { command: "close", help: "phone.working_help" },
  verifying: { title: "phone.verifying_title", help: "phone.verifying_help", tone: "" },
  closed: { title: "phone.closed_title", help: "phone.closed_help", tone: "good" },
  returned: { command: "accept", help: "phone.returned_help" },
  suspended: { title: "phone.suspended_title", help: "phone.suspended_help", tone: "" },
  rejected: { title: "phone.ended_title", help: "phone.ended_help", tone: "good" },
  voided: { title: "phone.ended_title", help: "phone.ended_help", tone: "good" },
  merged: { title: "phone.ended_title", help: "phone.ended_help", tone: "good" },
};

export class PhoneTicket {
  #parts = {};
  #drafts = new Map(); // ticket id -> {note, photo}: kept until sent, whatever is looked at meanwhile
  #ticket = null;
  #side = null;
  #merges;
  #dock = byId("dock");

  /** `onCommand({ticket, number, command, body})` when the person has decided; `onHazards()` after a merge or split. */
  constructor(view, { onCommand, onHazards, settles }) {
    this.onCommand = onCommand;
    this.#merges = new Merges({ may: settles, onChanged: onHazards });
    const part = (name) => (this.#parts[name] = h("div", { class: `part-${name}` }));
    this.element = h("article", { class: "one" }, part("still"), part("title"), part("news"), part("steps"), part("clocks"),
      part("work"), part("where"), part("merges"), part("false"), part("side"), part("history"));
    this.#side = new SideCommands({ onSend: (command, body) => {
      this.#side.done();
      this.onCommand({ ticket: this.#ticket.id, number: this.#ticket.number, command, body });
    } });
    this.#parts.side.append(this.#side.element);
    this.#parts.merges.append(this.#merges.element);
    view.append(this.element);
  }

  /** `ticket` null: none of mine has this address; `waiting` is its command that is still to be sent, or null. */
  show(ticket, waiting) {
    const other = this.#ticket?.id !== ticket?.id;
    this.#ticket = ticket;
    if (other) scrollTo(0, 0);
    this.element.hidden = this.#dock.hidden = !ticket;
    this.#side.show(ticket, Boolean(waiting));
    this.#merges.choose(ticket?.hazard_id ?? null);
    if (!ticket) return;
    const parts = this.#parts;
    const known = [ticket.id, ticket.version, ticket.state, ticket.hazard_state, currentLanguage()];
    rebuild(parts.still, [ticket.id, ticket.still_url, ticket.xyxy, currentLanguage()], () => still(ticket));
    rebuild(parts.title, known, () => title(ticket));
    rebuild(parts.news, known, () => news(ticket));
    rebuild(parts.steps, known, () => stepper(ticket, STATES.slice(2))); // what the system does before is nothing to the person
    rebuild(parts.clocks, known, () => [clock(ticket, "respond"), clock(ticket, "rectify")]);
    rebuild(parts.work, [ticket.id, ticket.state, Boolean(waiting), this.#draft().photo?.url, currentLanguage()], () => this.#work(waiting));
    rebuild(parts.where, known, () => where(ticket));
    rebuild(parts.false, [...known, Boolean(waiting)], () => falseAlarm(ticket, (reason) => this.#reportFalse(reason), Boolean(waiting)));
    rebuild(parts.history, known, () => h("details", { class: "fold" }, h("summary", {}, t("ticket.history")), history(ticket)));
    rebuild(this.#dock, [...known, waiting?.command, Boolean(this.#draft().photo)], () => this.#next(waiting));
  }

  /** The server has taken the command: its draft has done its work. */
  forget(id) {
    URL.revokeObjectURL(this.#drafts.get(id)?.photo?.url);
    this.#drafts.delete(id);
  }

  #draft() {
    const id = this.#ticket.id;
    if (!this.#drafts.has(id)) this.#drafts.set(id, { note: "", photo: null });
    return this.#drafts.get(id);
  }

  get #photoMissing() {
    return this.#ticket.state === "working" && this.#ticket.closing_photo === "required" && !this.#draft().photo;
  }

  /** What can be added before "done": the photo where the closing rule asks for one, and a note for those who want. */
  #work(waiting) {
    if (this.#ticket.state !== "working" || waiting) return null;
    const draft = this.#draft();
    const note = h("textarea", { name: "note", maxLength: 500, rows: 2, value: draft.note, on: { input: () => (draft.note = note.value) } });
    return [this.#ticket.closing_photo === "required" ? this.#photo(draft) : null,
      h("label", { class: "field" }, h("span", {}, t("phone.note")), note)];
  }

  #photo(draft) {
    const words = h("p", { class: "notice bad", role: "alert", hidden: true });
    const take = async () => {
      const file = input.files[0];
      if (!file) return;
      try {
        draft.photo = await shrunk(file);
        this.onPhoto();
      } catch {
        words.hidden = false; // not a picture, or one that this browser cannot read
        words.textContent = t("phone.photo_bad");
      }
    };
    const input = h("input", { class: "sr-only", type: "file", accept: "image/*", capture: "environment", name: "photo", on: { change: take } });
    return h("div", { class: "photo" },
      h("h2", {}, t("phone.photo")), h("p", { class: "muted" }, t("phone.photo_why")), words,
      draft.photo ? h("img", { src: draft.photo.url, width: draft.photo.width, height: draft.photo.height, alt: t("phone.photo") }) : null,
      h("label", { class: "button" }, icon("photo"), t(draft.photo ? "phone.photo_again" : "phone.photo_take"), input));
  }

  #next(waiting) {
    const ticket = this.#ticket;
    const { command, title: heading, help, tone } = NEXT[ticket.state];
    if (!command) {
      return h("div", { class: `notice ${tone ?? "warn"}` }, icon(tone === "good" ? "check" : "eye"),
        h("div", {}, h("strong", {}, t(heading)), h("p", {}, t(help))));
    }
    const words = ticket.state === "working" && ticket.hazard_state === "cleared" ? "phone.gone_help" : help;
    return [
      h("p", { id: "action-help" }, waiting ? t("phone.queued") : t(this.#photoMissing ? "phone.photo_needed" : words)),
      h("button", { id: "action", type: "button", class: "button primary", data: { command }, "aria-describedby": "action-help",
        disabled: Boolean(waiting) || this.#photoMissing || !ticket.commands.includes(command),
        on: { click: () => this.#decide(command) } }, waiting ? icon("send") : icon("check"), t(waiting ? "form.sending" : `command.${command}`)),
    ];
  }

  #reportFalse(reason) {
    const note = this.#draft().note.trim();
    this.onCommand({ ticket: this.#ticket.id, number: this.#ticket.number, command: "false-alarm", body: note ? { reason, note } : { reason } });
  }

  #decide(command) {
    const { note, photo } = this.#draft();
    const body = {};
    if (command === "close" && note.trim()) body.note = note.trim();
    if (command === "close" && photo) body.photo_jpeg = photo.base64;
    this.onCommand({ ticket: this.#ticket.id, number: this.#ticket.number, command, body });
  }
}

function title(ticket) {
  return [h("h2", {}, t(`kind.${ticket.kind}`)), h("p", { class: "muted" }, ticketPlace(ticket)),
    h("p", { class: "hazard-line" }, h("span", { class: `chip ${ticket.hazard_state}` }, t(`hazard.${ticket.hazard_state}`)),
      ticket.hazard_state === "open" ? ticking("dwell", ticket.began_at ?? ticket.created_at) : ticket.cleared_at && when(ticket.cleared_at))];
}

/** What the person must know before anything else: that it came back, and why. */
function news(ticket) {
  const last = ticket.history.findLast((entry) => entry.command === "return");
  if (ticket.state !== "returned") return null;
  return h("p", { class: "notice warn" }, icon("warn"), h("span", {}, t("phone.returned", { note: last?.note ?? "" })));
}

function where(ticket) {
  const link = geoLink(ticket);
  const why = whySentence(ticket);
  return [
    h("dl", { class: "facts" },
      fact(t("ticket.camera"), ticket.camera_name || ticket.camera), fact(t("ticket.zone"), ticket.zone_name || ticket.zone),
      fact(t("ticket.grid"), gridLabel(ticket)), fact(t("ticket.since"), when(ticket.began_at ?? ticket.created_at)), whose(ticket),
      why ? h("div", { class: "fact wide why" }, h("dt", {}, t("ticket.why")), h("dd", {}, why)) : null),
    link ? h("a", { class: "button map", href: link }, icon("place"), t("ticket.map")) : null,
  ];
}
