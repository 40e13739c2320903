/** The sealed clip of a hazard: that there is one, who opened it, and, for the few who may, opening it with a reason. */

import { ask, askAll, askBlob, explain, Refused } from "./api.js";
import { h, rebuild } from "./dom.js";
import { currentLanguage, t, tName } from "./i18n.js";
import { icon } from "./icons.js";
import { when } from "./time.js";
import "./words/common.js";
import "./words/sealed.js";

const LEAST_REASON = 5;

export class SealedClips {
  #hazardId = null;
  #found = null; // {may_open, items} as the server says
  #asking = null; // the clip whose reason is being written
  #draft = "";
  #sending = false;
  #trouble = "";
  #video = null; // {event_id, url, unplayable} of the one that is open
  #openings = null; // {event_id, items}

  /** `element`: where it is shown. */
  constructor(element) {
    this.element = element;
    document.addEventListener("sanxun:language", () => this.#show());
  }

  /** Show another hazard's clips, or none for null: whatever was open is closed. */
  choose(hazardId) {
    if (hazardId === this.#hazardId) return;
    this.#closeVideo();
    [this.#hazardId, this.#found, this.#asking, this.#openings] = [hazardId, null, null, null];
    this.#draft = this.#trouble = "";
    this.#show();
  }

  async refresh() {
    const id = this.#hazardId;
    if (!id) return;
    try {
      const { data } = await ask("GET", `/hazards/${encodeURIComponent(id)}/clips`);
      if (id !== this.#hazardId) return;
      this.#found = data;
    } catch (error) {
      if (!(error instanceof Refused) && !error.passing) throw error; // what is shown stays; the panel says that the line is down
    }
    this.#show();
  }

  #show() {
    const key = [this.#hazardId, this.#found, this.#asking, this.#sending, this.#trouble, this.#video?.event_id, this.#video?.unplayable, this.#openings, currentLanguage()];
    rebuild(this.element, key, () => (this.#found?.items ?? []).map((clip) => this.#clip(clip)));
    this.element.hidden = !this.element.childElementCount;
  }

  #clip(clip) {
    const open = this.#video?.event_id === clip.event_id;
    const length = t("sealed.length", { seconds: Math.round(clip.duration_s) });
    return h("section", { class: "sealed", data: { clip: clip.event_id }, "aria-label": t("sealed.title") },
      h("header", {}, icon(open ? "unsealed" : "sealed"), h("div", {}, h("strong", {}, t("sealed.title")), h("span", { class: "muted" }, ` ${length} · `, when(clip.began_at)))),
      clip.deleted_at ? h("p", { class: "muted" }, t("sealed.deleted"), " ", when(clip.deleted_at)) : this.#door(clip, open),
      this.#seenBy(clip));
  }

  #door(clip, open) {
    if (!this.#found.may_open) return h("p", { class: "muted" }, t("sealed.not_for_you"));
    if (open) return this.#player();
    if (this.#asking === clip.event_id) return this.#form(clip);
    return h("button", { type: "button", class: "button", on: { click: () => this.#askFor(clip) } }, t("sealed.open"));
  }

  #askFor(clip) {
    [this.#asking, this.#trouble] = [clip.event_id, ""];
    this.#show();
    this.element.querySelector("textarea").focus();
  }

  #form(clip) {
    const reason = h("textarea", { name: "reason", maxLength: 500, required: true, minLength: LEAST_REASON, rows: 2, value: this.#draft,
      on: { input: () => (this.#draft = reason.value) } });
    const cancel = () => {
      this.#asking = null;
      this.#show();
    };
    return h("form", { class: "command-form", on: { submit: (event) => {
      event.preventDefault();
      const words = reason.value.replace(/\s+/g, " ").trim();
      if (words.length >= LEAST_REASON) this.#open(clip, words);
      else reason.focus();
    } } },
    h("p", { class: "notice" }, t("sealed.warning")),
    h("label", { class: "field" }, h("span", {}, t("sealed.reason")), reason),
    this.#trouble ? h("p", { class: "notice bad", role: "alert" }, this.#trouble) : null,
    h("div", { class: "button-row" },
      h("button", { type: "button", class: "button", on: { click: cancel } }, t("form.cancel")),
      h("button", { type: "submit", class: "button primary", disabled: this.#sending }, this.#sending ? t("sealed.opening") : t("sealed.open"))));
  }

  async #open(clip, reason) {
    const id = this.#hazardId;
    [this.#sending, this.#trouble] = [true, ""];
    this.#show();
    try {
      const blob = await askBlob("POST", `/clips/${encodeURIComponent(clip.event_id)}/open`, { body: { reason } });
      if (id !== this.#hazardId) return;
      this.#closeVideo();
      this.#video = { event_id: clip.event_id, url: URL.createObjectURL(blob) };
      [this.#asking, this.#draft, this.#openings] = [null, "", null];
    } catch (error) {
      const words = explain(error);
      if (id === this.#hazardId) this.#trouble = words;
    } finally {
      this.#sending = false;
      this.#show();
      await this.refresh();
    }
  }

  #player() {
    return h("div", { class: "sealed-open" },
      this.#video.unplayable ? this.#unplayable() : h("video", {
        src: this.#video.url, controls: true, autoplay: true, muted: true, "aria-label": t("sealed.title"), disablePictureInPicture: true,
        on: { error: () => this.#cannotPlay(), loadedmetadata: (event) => event.target.videoWidth || this.#cannotPlay() } }),
      h("button", { type: "button", class: "button", on: { click: () => {
        this.#closeVideo();
        this.#show();
      } } }, t("sealed.close")));
  }

  /** Whether a browser knows H.265, the default of many cameras, depends on the machine. */
  #cannotPlay() {
    if (!this.#video) return;
    this.#video.unplayable = true;
    this.#show();
  }

  #unplayable() {
    return h("p", { class: "notice", role: "alert" }, t("sealed.unplayable"), " ",
      h("a", { href: this.#video.url, download: `${this.#video.event_id}.mp4` }, t("sealed.save")));
  }

  #closeVideo() {
    if (this.#video) URL.revokeObjectURL(this.#video.url);
    this.#video = null;
  }

  #seenBy(clip) {
    if (!this.#found.may_list) return null;
    const heading = t("sealed.openings", { count: clip.openings });
    if (!clip.openings) return h("p", { class: "muted" }, t("sealed.never_opened"));
    if (this.#openings?.event_id === clip.event_id) {
      return [h("p", { class: "muted" }, heading), h("ol", { class: "history" }, this.#openings.items.map((one) => h("li", {},
        h("time", { class: "number", dateTime: one.at }, when(one.at)), h("span", {}, h("strong", {}, one.by), ` · ${tName("role", one.role)}`, h("q", {}, one.reason)))))];
    }
    return h("button", { type: "button", class: "link", on: { click: () => this.#list(clip) } }, heading);
  }

  async #list(clip) {
    const id = this.#hazardId;
    try {
      const { items } = await askAll(`/clips/${encodeURIComponent(clip.event_id)}/openings`);
      if (id === this.#hazardId) this.#openings = { event_id: clip.event_id, items };
    } catch (error) {
      explain(error); // raises what is a fault of ours; otherwise a second press asks again
    }
    this.#show();
  }
}
