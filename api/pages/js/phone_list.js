/** My tickets: what waits for me first, then what I am at, then what the camera checks; the closed ones folded away. */

import { h, reconcile, rebuild, setText } from "./dom.js";
import { currentLanguage, t } from "./i18n.js";
import { icon } from "./icons.js";
import { ticketPlace } from "./names.js";
import { clockChip } from "./ticket_parts.js";
import { ticking } from "./time.js";
import "./words/common.js";
import "./words/phone.js";

const SECTIONS = [
  { name: "dispatched", states: ["received", "registered", "dispatched", "returned"], by: "respond_by" },
  { name: "working", states: ["working"], by: "rectify_by" },
  { name: "verifying", states: ["verifying"], by: "rectify_by" },
  { name: "suspended", states: ["suspended"], by: "suspended_until" },
];
const ENDED = ["closed", "rejected", "voided", "merged"];

export class PhoneList {
  #sections = new Map();
  #closed = h("ol", { class: "cards" });
  #closedName = h("summary");
  #closedNone = h("p", { class: "muted", hidden: true });
  #fold = h("details", { class: "fold", on: { toggle: () => this.#fold.open && this.onEnded() } }, this.#closedName, this.#closedNone, this.#closed);
  #more = h("button", { type: "button", class: "button", hidden: true, on: { click: () => this.onMore() } });
  #empty = h("div", { class: "empty" });

  /** `onEnded()` when somebody unfolds what has ended; `onMore()` when somebody asks for more of what is open. */
  constructor(view, { onEnded, onMore }) {
    Object.assign(this, { onEnded, onMore });
    this.element = h("div", { class: "list" }, this.#empty);
    for (const { name } of SECTIONS) {
      const parts = { title: h("h2"), list: h("ol", { class: "cards" }) };
      parts.section = h("section", { class: "section", data: { section: name } }, parts.title, parts.list);
      this.#sections.set(name, parts);
      this.element.append(parts.section);
    }
    this.element.append(this.#more, this.#fold);
    view.append(this.element);
  }

  /**
   * `tickets` are open ones, null: not read yet; `ended` null: not asked for yet; `more`: there are more open ones;
   * `waiting(id)` says whether a command of this ticket is still to be sent.
   */
  show({ tickets, ended, more, waiting }) {
    const all = (tickets ?? []).filter(({ state }) => !ENDED.includes(state));
    for (const { name, states, by } of SECTIONS) {
      const { section, title, list } = this.#sections.get(name);
      const mine = all.filter((ticket) => states.includes(ticket.state)).sort((a, b) => gone(a) - gone(b) || Date.parse(a[by] ?? a.created_at) - Date.parse(b[by] ?? b.created_at));
      section.hidden = !mine.length;
      rebuild(title, [name, mine.length, currentLanguage()], () => [t(`phone.${name}`), h("span", { class: "how-many" }, String(mine.length))]);
      this.#cards(list, mine, waiting);
    }
    setText(this.#closedName, ended ? `${t("phone.closed")} ${ended.length}` : t("phone.closed"));
    this.#cards(this.#closed, ended ?? [], waiting);
    this.#closedNone.hidden = !ended || ended.length > 0;
    setText(this.#closedNone, t("phone.closed_none"));
    this.#more.hidden = !more;
    setText(this.#more, t("more"));
    this.#fold.hidden = tickets === null;
    this.#empty.hidden = all.length > 0;
    rebuild(this.#empty, [tickets === null, currentLanguage()], () => (tickets === null
      ? [h("span", { class: "pulse" }), h("p", {}, t("phone.loading"))]
      : [icon("calm"), h("strong", {}, t("phone.empty")), h("p", {}, t("phone.empty_help"))]));
  }

  #cards(list, tickets, waiting) {
    reconcile(list, tickets, (ticket) => ticket.id, (ticket) => card(ticket, waiting(ticket.id)),
      (ticket) => [ticket.version, ticket.state, ticket.hazard_state, Boolean(waiting(ticket.id)), currentLanguage()]);
  }
}

/** What went by itself comes after what is still there, however overdue. */
const gone = ({ hazard_state }) => Number(hazard_state === "cleared");

function card(ticket, waiting) {
  const closed = ENDED.includes(ticket.state);
  return h("li", {}, h("a", { class: `card ${ticket.state}`, href: `#/t/${encodeURIComponent(ticket.id)}`, data: { ticket: ticket.id } },
    h("span", { class: "card-icon" }, icon(ticket.kind)),
    h("span", { class: "card-kind" }, t(`kind.${ticket.kind}`), h("span", { class: "muted" }, ` #${ticket.number}`)),
    h("span", { class: "card-place" }, ticketPlace(ticket)),
    h("span", { class: "card-facts" },
      waiting ? h("span", { class: "chip soon" }, icon("send"), t("phone.queued")) : closed ? null : clockChip(ticket),
      ["returned", "suspended"].includes(ticket.state) ? h("span", { class: "chip soon" }, t(`state.${ticket.state}`)) : null,
      ticket.hazard_state === "cleared" && !closed ? h("span", { class: "chip cleared" }, t("hazard.cleared")) : null,
      ticking("ago", ticket.began_at ?? ticket.created_at)),
    icon("next")));
}
