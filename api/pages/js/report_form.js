/** One report being written: photo, kind, words; for a patrol also where, with what the detectors propose. */

import { ask, explain } from "./api.js";
import { h, rebuild, setText, svg } from "./dom.js";
import { t, tName } from "./i18n.js";
import { icon } from "./icons.js";
import { kept, shrunk } from "./photo.js";
import { Whereabouts } from "./report_where.js";
import "./words/common.js";
import "./words/report.js";

const MOST_WORDS = 500;

export class ReportForm {
  #photo = null;
  #proposal = null;
  #kinds;
  #send;
  #where;
  #parts = {};

  /**
   * `kinds`: words of the server. `send(body)` sends it; `onWriting(draft)` hears of each change, {kind, words,
   * photo_jpeg}. With `patrol` a place and proposals.
   */
  constructor({ kinds, send, onWriting, patrol }) {
    this.#kinds = kinds;
    this.#send = send;
    this.onWriting = onWriting;
    this.#where = patrol ? new Whereabouts(() => this.#propose()) : null;
    this.element = h("form", { on: { submit: (event) => this.#submit(event), input: () => this.onWriting(this.#draft()) } }, ...this.#build());
  }

  #build() {
    const parts = this.#parts;
    parts.file = h("input", { type: "file", accept: "image/*", capture: "environment", "aria-label": t("report.photo"), on: { change: () => this.#take() } });
    parts.preview = h("div", { class: "preview", hidden: true });
    parts.proposed = h("p", { class: "notice", role: "status", hidden: true });
    parts.kind = h("select", { name: "kind", required: true }, h("option", { value: "" }, t("report.choose")),
      this.#kinds.map((kind) => h("option", { value: kind }, tName("kind", kind))));
    parts.words = h("textarea", { name: "words", maxLength: MOST_WORDS, rows: 3 });
    parts.error = h("p", { class: "notice bad", role: "alert", hidden: true });
    parts.submit = h("button", { type: "submit", class: "button primary" }, icon("send"), h("span", {}, t("report.send")));
    return [
      h("div", { class: "pick" }, h("span", { class: "button" }, icon("photo"), h("span", {}, t("report.photo"))), parts.file),
      parts.preview, parts.proposed,
      h("label", { class: "field" }, h("span", {}, t("report.kind")), parts.kind),
      h("label", { class: "field" }, h("span", {}, t("report.words")), parts.words),
      this.#where?.element, parts.error, parts.submit,
    ].filter(Boolean);
  }

  #draft() {
    return { kind: this.#parts.kind.value, words: this.#parts.words.value, ...(this.#photo ? { photo_jpeg: this.#photo.base64 } : {}) };
  }

  /** Put back what was being written when the page was closed. */
  async restore({ kind, words, photo_jpeg }) {
    this.#parts.kind.value = kind;
    this.#parts.words.value = words;
    if (photo_jpeg) this.#photo = await kept(photo_jpeg);
    this.#showPhoto();
  }

  async #take() {
    const [file] = this.#parts.file.files;
    if (!file) return;
    try {
      this.#photo = await shrunk(file);
    } catch {
      this.#fail(t("report.no_picture"));
      return;
    }
    this.#fail("");
    this.#proposal = null;
    this.#showPhoto();
    this.onWriting(this.#draft());
    await this.#propose();
  }

  async #propose() {
    if (!this.#where || !this.#photo) return;
    const photo = this.#photo;
    try {
      const { data } = await ask("POST", "/reports/proposal", { body: { photo_jpeg: photo.base64, where: this.#where.value() } });
      if (photo !== this.#photo) return;
      this.#proposal = data;
      if (data.kind && !this.#parts.kind.value) this.#parts.kind.value = data.kind;
    } catch (error) {
      if (!error.passing) this.#fail(explain(error)); // without a network nothing is proposed, and the report is kept
      return;
    }
    this.#showPhoto();
  }

  #showPhoto() {
    const { preview, proposed } = this.#parts;
    const [photo, found] = [this.#photo, this.#proposal];
    preview.hidden = !photo;
    rebuild(preview, [photo?.url, found], () => photo && [h("img", { src: photo.url, alt: t("report.photo") }), found?.kind ? box(found) : null]);
    proposed.hidden = !found;
    rebuild(proposed, found, () => found && [icon(found.kind ?? "unknown"), h("span", {}, words(found))]);
  }

  async #submit(event) {
    event.preventDefault();
    const { submit } = this.#parts;
    const body = this.#draft();
    if (this.#where) {
      body.where = this.#where.value();
      if (!body.where) return this.#fail(t("report.no_where"));
    }
    submit.disabled = true;
    this.#fail("");
    try {
      await this.#send(body);
    } catch (error) {
      this.#fail(error.status === 429 ? t("report.too_many") : explain(error));
    } finally {
      submit.disabled = false;
    }
    return undefined;
  }

  #fail(text) {
    this.#parts.error.hidden = !text;
    setText(this.#parts.error, text);
  }
}

function box({ xyxy: [left, top, right, bottom], source_wh: [wide, high] }) {
  return svg("svg", { viewBox: `0 0 ${wide} ${high}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { x: left, y: top, width: right - left, height: bottom - top }));
}

function words({ kind, confidence, nearby }) {
  const first = kind ? t("report.proposed", { kind: tName("kind", kind), percent: Math.round(100 * confidence) }) : t("report.proposed_none");
  const open = nearby.filter((one) => !one.ended && one.ticket_number);
  return open.length ? `${first} ${t("report.nearby", { number: open.map((one) => `#${one.ticket_number}`).join(" ") })}` : first;
}
