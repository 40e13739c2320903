/** Zones that were proposed for cameras: somebody of the centre looks, changes, takes or discards them. */

import { ask, askAll, explain, Refused } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { cameraName } from "./names.js";
import { isSimple } from "./polygon.js";
import { SuggestPicture } from "./suggest_picture.js";
import { duration, when } from "./time.js";
import { shown } from "./why.js";
import "./words/common.js";
import "./words/suggest.js";
import "./words/ticket.js";

const KINDS = ["illegal_parking", "fire_lane", "gathering", "wiring"];
const KEYS_FAR_APART_S = 4; // as streams.suggest.words

export class Suggestions {
  #items = [];
  #dialog = null;

  /** `button` opens the dialog, and is there only while something waits. */
  constructor(button) {
    this.button = button;
    button.onclick = () => this.open(this.#items[0].camera);
    document.addEventListener("sanxun:language", () => this.#show());
  }

  /** Raises as `ask` does. */
  async refresh() {
    this.#items = (await askAll("/suggestions")).items;
    this.#show();
  }

  #show() {
    this.button.hidden = !this.#items.length;
    this.button.textContent = t("suggest.open", { count: this.#items.length });
  }

  async open(camera) {
    this.#dialog?.close();
    const dialog = new SuggestDialog(this.#items, { onOther: (id) => this.open(id), onDone: () => this.refresh() });
    this.#dialog = dialog;
    await dialog.open(camera);
  }
}

class SuggestDialog {
  #element = h("dialog", { class: "suggest", "aria-labelledby": "suggest-heading" });
  #camera = "";
  #found = null;
  #etag = null;
  #proposals = [];
  #chosen = null;
  #picture = null;
  #trouble = "";
  #asked = false; // whether discarding has been asked for once
  #needs = { small: false, ground: false };
  #list = h("ol", { class: "suggest-list" });
  #foot = h("footer", { class: "suggest-foot" });

  constructor(items, { onOther, onDone }) {
    Object.assign(this, { items, onOther, onDone });
    this.#element.addEventListener("close", () => this.#element.remove());
  }

  close() {
    this.#element.close();
  }

  async open(camera) {
    this.#camera = camera;
    document.body.append(this.#element);
    if (!this.#element.open) this.#element.showModal();
    await this.#read();
  }

  async #read() {
    try {
      const { data, etag } = await ask("GET", `/cameras/${encodeURIComponent(this.#camera)}/suggestion`);
      [this.#found, this.#etag, this.#chosen] = [data, etag, null];
      this.#proposals = data.zones.map((one) => ({ ...one, take: true }));
      this.#needs = { small: data.small_objects, ground: data.ground !== null };
    } catch (error) {
      if (!(error instanceof Refused && error.status === 404)) this.#trouble = explain(error);
      this.#found = null;
    }
    this.#build();
  }

  #build() {
    const close = h("button", { type: "button", class: "button quiet square", "aria-label": t("close"), title: t("close"), on: { click: () => this.close() } }, icon("close"));
    const others = this.items.length < 2 ? null : h("select", { class: "suggest-camera", "aria-label": t("ticket.camera"), on: { change: (event) => this.onOther(event.target.value) } },
      this.items.map(({ camera }) => h("option", { value: camera, selected: camera === this.#camera }, cameraName(camera))));
    const head = h("header", { class: "suggest-head" }, h("h2", { id: "suggest-heading" }, t("suggest.title"), " · ", cameraName(this.#camera)), others, close);
    const found = this.#found;
    if (!found) {
      this.#element.replaceChildren(head, h("p", { class: "empty" }, this.#trouble || t("suggest.none")));
      return;
    }
    this.#picture = new SuggestPicture(found, { onChoose: (one) => this.#choose(one), onMoved: (one) => this.#moved(one) });
    const { vehicles, stood, watched_s } = found;
    this.#element.replaceChildren(head, h("div", { class: "suggest-body" }, this.#picture.element,
      h("div", { class: "suggest-side" }, h("p", {}, t("suggest.help")),
        h("p", { class: "muted" }, t("suggest.watched", { time: duration(watched_s), vehicles, stood }), " · ", when(found.made_at)),
        this.#list, this.#needed(found))), this.#foot);
    this.#list.replaceChildren(...this.#proposals.map((one) => this.#row(one)));
    this.#show();
  }

  #show() {
    this.#picture.show(this.#proposals, this.#chosen);
    for (const row of this.#list.children) row.classList.toggle("chosen", row.dataset.zone === this.#chosen?.zone.id);
    const taken = this.#proposals.filter((one) => one.take);
    const crossing = taken.find((one) => !isSimple(one.zone.polygon));
    const words = this.#trouble || (crossing ? t("suggest.crossing", { name: crossing.zone.name || crossing.zone.id }) : "");
    const nothing = !taken.length && !this.#needs.small && !this.#needs.ground;
    this.#foot.replaceChildren(...[words ? h("p", { class: "notice bad", role: "alert" }, words) : null,
      h("button", { type: "button", class: "button", data: { act: "discard" }, on: { click: () => this.#discard() } }, t(this.#asked ? "suggest.sure" : "suggest.discard")),
      h("button", { type: "button", class: "button primary", data: { act: "accept" }, disabled: Boolean(crossing) || nothing, on: { click: () => this.#accept(taken) } },
        t("suggest.accept", { count: taken.length }))].filter(Boolean));
  }

  #row(one) {
    const { zone } = one;
    const take = h("input", { type: "checkbox", checked: one.take, on: { change: () => this.#change(() => (one.take = take.checked)) } });
    const name = h("input", { value: zone.name || zone.id, maxLength: 64, on: { input: () => this.#change(() => (zone.name = name.value.trim())) } });
    const kind = h("select", { on: { change: () => this.#change(() => (zone.hazards = [kind.value])) } },
      KINDS.map((value) => h("option", { value, selected: zone.hazards[0] === value }, t(`kind.${value}`))));
    const dwell = h("input", { type: "number", min: 1, max: 86_400, step: 1, value: zone.dwell_s ?? 60, on: { input: () => this.#change(() => {
      if (dwell.validity.valid && dwell.value) zone.dwell_s = Number(dwell.value);
    }) } });
    const figures = Object.fromEntries(Object.entries(one.figures).map(([key, value]) => [key, shown(value)]));
    return h("li", { class: "suggest-row", data: { zone: zone.id }, on: { focusin: () => this.#choose(one), pointerdown: () => this.#choose(one) } },
      h("label", { class: "suggest-take" }, take, h("strong", {}, t("suggest.take")), h("span", { class: "chip" }, t("suggest.confidence", { percent: Math.round(one.confidence * 100) }))),
      h("p", {}, t(`suggest.${one.reason}`, figures)),
      h("div", { class: "suggest-fields" }, h("label", { class: "field" }, h("span", {}, t("suggest.name")), name),
        h("label", { class: "field" }, h("span", {}, t("suggest.kind")), kind), h("label", { class: "field" }, h("span", {}, t("suggest.dwell")), dwell)));
  }

  #needed({ small_objects, small_share, ground, ground_boxes, key_interval_s }) {
    const choice = (name, words) => {
      const box = h("input", { type: "checkbox", checked: this.#needs[name], name, on: { change: () => this.#change(() => (this.#needs[name] = box.checked)) } });
      return h("label", { class: "suggest-take" }, box, h("span", {}, words));
    };
    return h("div", { class: "suggest-needs" },
      small_objects ? choice("small", t("suggest.small", { percent: Math.round(small_share * 100) })) : null,
      ground ? choice("ground", t("suggest.ground", { height: shown(ground.height_m), tilt: shown(ground.tilt_deg), boxes: ground_boxes })) : null,
      key_interval_s > KEYS_FAR_APART_S ? h("p", { class: "notice warn" }, t("suggest.keys", { seconds: shown(key_interval_s) })) : null);
  }

  #choose(one) {
    if (this.#chosen === one) return;
    this.#chosen = one;
    this.#show();
    this.#list.querySelector(`[data-zone="${CSS.escape(one.zone.id)}"]`)?.scrollIntoView({ block: "nearest" });
  }

  #moved(one) {
    if (one.zone.parking?.queue?.length) one.zone.parking = { ...one.zone.parking, queue: [one.zone.polygon] };
    this.#change(() => {});
  }

  #change(work) {
    work();
    this.#trouble = "";
    this.#asked = false;
    this.#show();
  }

  #accept(taken) {
    const body = { zones: taken.map(({ zone }) => zone), small_objects: this.#needs.small, ground: this.#needs.ground ? this.#found.ground : null };
    return this.#send("POST", "/accept", body);
  }

  #discard() {
    if (this.#asked) return this.#send("DELETE", "", undefined);
    this.#asked = true;
    this.#show();
    return this.#foot.querySelector("[data-act=discard]").focus();
  }

  async #send(method, rest, body) {
    for (const button of this.#foot.querySelectorAll("button")) button.disabled = true;
    try {
      await ask(method, `/cameras/${encodeURIComponent(this.#camera)}/suggestion${rest}`, { body, ifMatch: this.#etag });
      this.close();
      await this.onDone();
    } catch (error) {
      this.#asked = false;
      const overtaken = error instanceof Refused && [404, 412].includes(error.status);
      this.#trouble = overtaken ? t("suggest.changed") : explain(error);
      if (overtaken) await this.#read();
      else this.#show();
    }
  }
}
