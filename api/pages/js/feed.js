/** The hazard feed: newest first, each with its kind, place, how long it has lasted and where its ticket stands. */

import { explain, poller, Refused, Unreachable } from "./api.js";
import { byId, h, rebuild, reconcile, setText } from "./dom.js";
import { currentLanguage, t } from "./i18n.js";
import { icon } from "./icons.js";
import { placeOf } from "./names.js";
import { duration, ticking } from "./time.js";
import "./words/common.js";
import "./words/wall.js";

const STEP = 30;
const MOST = 200;

export class Feed {
  #filter = "";
  #limit = STEP;
  #read = null;
  #seen = null; // ids known so far; null before the first answer, so that a fresh page announces nothing
  #items = null;
  #more = false;
  #chosen = null;
  #tickets = new Map();

  /** `onChoose(hazard)` when a person picks one. */
  constructor({ onChoose }) {
    this.onChoose = onChoose;
    this.#aim();
    byId("feed-filter").onclick = (event) => {
      const button = event.target.closest("[data-filter]");
      if (button) this.#setFilter(button.dataset.filter);
    };
    byId("feed-more").onclick = () => {
      this.#limit = Math.min(MOST, this.#limit + STEP);
      this.#aim();
      this.#askNow();
    };
    document.addEventListener("sanxun:language", () => this.#show());
    this.#show();
  }

  #aim() {
    this.#read = poller(`/hazards?limit=${this.#limit}${this.#filter ? `&state=${this.#filter}` : ""}`);
  }

  #setFilter(filter) {
    this.#filter = filter;
    this.#limit = STEP;
    this.#items = null;
    for (const button of byId("feed-filter").children) button.setAttribute("aria-pressed", String(button.dataset.filter === filter));
    this.#aim();
    this.#show();
    this.#askNow();
  }

  async #askNow() {
    try {
      await this.refresh();
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error; // those are told in the feed already
    }
  }

  async refresh() {
    const read = this.#read;
    try {
      const answer = await read();
      if (read !== this.#read) return; // the person has asked for something else meanwhile
      this.#items = answer.items;
      this.#more = Boolean(answer.next);
      this.#announce();
      byId("feed-error").hidden = true;
    } catch (error) {
      setText(byId("feed-error"), explain(error));
      byId("feed-error").hidden = false;
      throw error;
    } finally {
      this.#show();
    }
  }

  find(id) {
    return this.#items?.find((hazard) => hazard.id === id);
  }

  setTickets(tickets) {
    this.#tickets = new Map(tickets.map((ticket) => [ticket.id, ticket]));
    this.#show();
  }

  choose(id) {
    this.#chosen = id;
    this.#show();
  }

  #announce() {
    const open = this.#items.filter((hazard) => hazard.state === "open");
    const fresh = this.#seen ? open.filter((hazard) => !this.#seen.has(hazard.id)) : [];
    this.fresh = new Set(fresh.map((hazard) => hazard.id));
    this.#seen = new Set([...(this.#seen ?? []), ...this.#items.map((hazard) => hazard.id)]);
    if (fresh.length) setText(byId("announce"), t("hazard.new", { kind: t(`kind.${fresh[0].kind}`), place: placeOf(fresh[0]) }));
  }

  #show() {
    const items = this.#items ?? [];
    reconcile(byId("feed-list"), items, (hazard) => hazard.id, (hazard) => this.#row(hazard), (hazard) => [
      hazard.state, hazard.cleared_at, hazard.id === this.#chosen, this.#tickets.get(hazard.ticket_id)?.state, placeOf(hazard), currentLanguage()]);
    byId("feed-more").hidden = !this.#more || this.#limit >= MOST;
    byId("feed-empty").hidden = items.length > 0 || !byId("feed-error").hidden;
    rebuild(byId("feed-empty"), [this.#items === null, this.#filter, currentLanguage()], () => this.#nothing());
  }

  #nothing() {
    if (this.#items === null) return h("p", {}, t("feed.loading"));
    if (this.#filter) return h("p", {}, t("feed.empty_filter"));
    return [icon("calm"), h("strong", {}, t("feed.empty")), h("p", {}, t("feed.empty_help"))];
  }

  #row(hazard) {
    const ticket = this.#tickets.get(hazard.ticket_id);
    const open = hazard.state === "open";
    const dwell = open ? ticking("dwell", hazard.began_at)
      : h("span", {}, t("hazard.dwell", { time: duration((Date.parse(hazard.cleared_at) - Date.parse(hazard.began_at)) / 1000) }));
    const ticketWords = ticket ? `#${ticket.number} ${t(`state.${ticket.state}`)}` : "";
    return h("li", { class: this.fresh?.has(hazard.id) ? "fresh" : "" },
      h("button", { type: "button", class: `hazard ${hazard.state}`, data: { hazard: hazard.id },
        "aria-current": String(hazard.id === this.#chosen), on: { click: () => this.onChoose(hazard) } },
      h("span", { class: "hazard-icon" }, icon(hazard.kind)),
      h("span", { class: "hazard-kind" }, t(`kind.${hazard.kind}`)),
      ticking("ago", hazard.raised_at, { class: "hazard-ago" }),
      h("span", { class: "hazard-place" }, placeOf(hazard)),
      h("span", { class: "hazard-facts" }, h("span", { class: `chip ${hazard.state}` }, t(`hazard.${hazard.state}`)), dwell,
        ticketWords && h("span", { class: "hazard-ticket" }, ticketWords))));
  }
}
