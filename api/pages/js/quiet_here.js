/** Whether a hazard is held back by a mute (whose, until when, why), and muting its place. */

import { ask, explain } from "./api.js";
import { h, rebuild } from "./dom.js";
import { currentLanguage, t } from "./i18n.js";
import { icon } from "./icons.js";
import { muteForm } from "./mute_form.js";
import { cameraName, gridName, zoneName } from "./names.js";
import { when } from "./time.js";
import "./words/mutes.js";

export class QuietHere {
  element = h("div", { class: "quiet-here" });
  #may;
  #hazard = null;
  #writing = false;
  #told = "";

  /** `may`: whether this person may mute. `onChanged()` after a mute was made or ended. */
  constructor({ may, onChanged }) {
    this.#may = may;
    this.onChanged = onChanged;
  }

  show(hazard) {
    if (hazard?.id !== this.#hazard?.id) [this.#writing, this.#told] = [false, ""];
    this.#hazard = hazard;
    rebuild(this.element, [hazard.id, hazard.muted, this.#writing, this.#told, currentLanguage()], () => [
      hazard.muted ? this.#held(hazard.muted) : null,
      this.#told ? h("p", { class: "notice", role: "status" }, this.#told) : null,
      this.#may && !hazard.muted && (hazard.camera || hazard.grid) ? this.#offer(hazard) : null]);
  }

  #held({ id, purpose, reason, by, until }) {
    return h("div", { class: "notice warn muted-here" }, icon("mute"), h("div", {},
      h("strong", {}, t("mute.here", { purpose: t(`mute.${purpose}`), time: when(until) })), h("p", {}, t("mute.here_why", { name: by, why: reason })),
      this.#may ? h("button", { type: "button", class: "button", on: { click: () => this.#end(id) } }, t("mute.end")) : null));
  }

  #offer(hazard) {
    if (!this.#writing) {
      return h("button", { type: "button", class: "button quiet", data: { act: "mute" }, on: { click: () => this.#write(true) } }, icon("mute"), t("mute.this"));
    }
    const { camera, zone, grid } = hazard;
    const places = [camera && zone ? { words: `${cameraName(camera)} · ${zoneName(camera, zone)}`, target: { camera, zone } } : null,
      camera ? { words: cameraName(camera), target: { camera } } : null,
      grid ? { words: gridName({ grid }), target: { unit: grid } } : null].filter(Boolean);
    return muteForm({ places, onCancel: () => this.#write(false), onMade: (mute) => {
      this.#told = t("mute.made", { time: when(mute.ends_at) });
      this.#write(false);
      this.onChanged();
    } });
  }

  #write(on) {
    this.#writing = on;
    this.show(this.#hazard);
    this.element.querySelector("form")?.scrollIntoView({ block: "nearest" });
    this.element.querySelector("textarea")?.focus({ preventScroll: true });
  }

  async #end(id) {
    try {
      await ask("POST", `/mutes/${encodeURIComponent(id)}/end`);
      this.#told = t("mute.ended");
    } catch (error) {
      this.#told = explain(error);
    }
    this.show(this.#hazard);
    this.onChanged();
  }
}
