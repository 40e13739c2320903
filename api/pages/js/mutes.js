/** Mute and maintenance windows: whose, until when, why, and how much each holds back. The centre makes and ends them. */

import { ask, askAll, explain, Refused } from "./api.js";
import { h, rebuild } from "./dom.js";
import { currentLanguage, t } from "./i18n.js";
import { icon } from "./icons.js";
import { cameraName, gridName, learnCameras, zoneName } from "./names.js";
import { muteForm } from "./mute_form.js";
import { format, now, when } from "./time.js";
import "./words/common.js";
import "./words/mutes.js";

const POLL_MS = 15_000;
const CENTRE = ["administrator", "command_centre"]; // as api.auth.roles.CENTRE

export class Mutes {
  #may;
  #site;
  #items = null;
  #past = false;
  #places = [];
  #trouble = "";
  #asked = null; // the window that "end" was pressed for once
  #list = h("section", { class: "box", id: "mutes" });
  #make = h("section", { class: "box", id: "mute-make" });

  constructor(view, user) {
    this.#may = CENTRE.includes(user.role);
    this.#site = user.site;
    view.append(this.#may ? h("div", { class: "two-columns" }, this.#list, this.#make) : this.#list);
  }

  async start() {
    await Promise.all([this.#read(), this.#learnPlaces()]);
    this.show();
    setInterval(() => !document.hidden && this.#read(), POLL_MS);
  }

  async #learnPlaces() {
    try {
      const cameras = (await askAll("/cameras")).items;
      learnCameras(cameras);
      const ofCamera = ({ id, zones }) => [{ words: cameraName(id), target: { camera: id } },
        ...zones.map((zone) => ({ words: `${cameraName(id)} · ${zoneName(id, zone.id)}`, target: { camera: id, zone: zone.id } }))];
      const units = this.#site?.grids ?? [];
      this.#places = [...cameras.flatMap(ofCamera), ...units.map(({ id, name }) => ({ words: name || id, target: { unit: id } }))];
    } catch (error) {
      if (!error.passing) throw error;
    }
  }

  async #read() {
    try {
      this.#items = (await ask("GET", `/mutes?limit=50${this.#past ? "&past=true" : ""}`)).data.items;
      this.#trouble = "";
    } catch (error) {
      if (!error.passing && !(error instanceof Refused)) throw error;
      this.#trouble = explain(error);
    }
    this.show();
  }

  show() {
    const language = currentLanguage();
    rebuild(this.#list, [this.#items, this.#past, this.#asked, this.#trouble, this.#places.length, language], () => this.#shown());
    rebuild(this.#make, [this.#places.length, language], () => [h("h2", {}, t("mute.new")), this.#places.length
      ? muteForm({ places: this.#places, byNumber: this.#site?.more_grids, onMade: () => this.#read() }) : h("p", { class: "muted" }, t("mute.no_places"))]);
  }

  #shown() {
    const items = this.#items ?? [];
    const all = h("button", { type: "button", class: "button small", "aria-pressed": String(this.#past), on: { click: () => {
      this.#past = !this.#past;
      this.#read();
    } } }, t(this.#past ? "mute.only_now" : "mute.past_too"));
    return [h("h2", {}, icon("mute"), t("mute.title"), h("span", { class: "how-many" }, String(items.filter(({ holds }) => holds).length))),
      this.#trouble ? h("p", { class: "notice warn" }, this.#trouble) : null,
      items.length ? h("ul", { class: "lines" }, items.map((one) => this.#row(one))) : h("p", { class: "muted" }, t(this.#items ? "mute.none" : "mute.loading")), all];
  }

  #row(one) {
    const where = one.unit ? gridName({ grid: one.unit }) : [cameraName(one.camera), one.zone && zoneName(one.camera, one.zone)].filter(Boolean).join(" · ");
    const state = one.holds ? ["soon", "mute.holds"] : one.ended_at ? ["", "mute.ended"] : Date.parse(one.ends_at) <= now() ? ["", "mute.over"] : ["", "mute.comes"];
    return h("li", { data: { mute: one.id } },
      h("strong", {}, where, " ", h("span", { class: `chip ${state[0]}` }, t(state[1]))),
      this.#may && !one.ended_at && Date.parse(one.ends_at) > now() ? h("button", { type: "button", class: "button small", data: { end: one.id },
        on: { click: () => this.#end(one) } }, t(this.#asked === one.id ? "mute.sure" : "mute.end")) : h("span"),
      h("span", { class: "wide" }, t(`mute.${one.purpose}`), one.kinds.length ? ` · ${one.kinds.map((kind) => t(`kind.${kind}`)).join(t("list.comma"))}` : "", " · ", one.reason),
      h("small", { class: "wide" }, t("mute.by", { name: one.created_by, from: format(one.starts_at, "short"), until: format(one.ends_at, "short") }),
        one.ended_at ? ` · ${t("mute.ended_by", { name: one.ended_by, time: when(one.ended_at) })}` : "",
        one.hazards ? ` · ${t("mute.held", { count: one.hazards })}` : ""));
  }

  async #end(one) {
    if (this.#asked !== one.id) {
      this.#asked = one.id;
      return this.show();
    }
    this.#asked = null;
    let trouble = "";
    try {
      await ask("POST", `/mutes/${encodeURIComponent(one.id)}/end`);
    } catch (error) {
      trouble = explain(error);
    }
    await this.#read();
    if (trouble) this.#trouble = trouble;
    return this.show();
  }
}
