/** Where the hazard is: from the phone, once and when the person presses for it, or typed with its datum. */

import { h, setText } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import "./words/common.js";
import "./words/report.js";

const PATIENCE_MS = 15_000;
const OLDEST_MS = 30_000;

export class Whereabouts {
  #found = null;
  #typed;
  #says = h("span", {});
  #here;

  /** `onFound()` once the phone knows. */
  constructor(onFound) {
    const number = (name, label, most) =>
      h("label", { class: "field" }, h("span", {}, label), h("input", { name, type: "number", step: "any", min: -most, max: most, inputMode: "decimal" }));
    this.#typed = h("div", { class: "where-fields", hidden: true }, number("lon", t("report.lon"), 180), number("lat", t("report.lat"), 90),
      h("label", { class: "field wide" }, h("span", {}, t("form.datum")),
        h("select", { name: "datum" }, ["WGS-84", "CGCS2000", "GCJ-02"].map((datum) => h("option", { value: datum }, datum)))));
    this.#here = h("button", { type: "button", class: "button", on: { click: () => this.#ask(onFound) } }, icon("place"), h("span", {}, t("report.here")));
    this.element = h("div", { class: "field" }, this.#here, h("p", { class: "muted", role: "status" }, this.#says), this.#typed);
    if (!navigator.geolocation) this.#typeIt();
  }

  /** {lon, lat, datum, accuracy_m}, or null while nobody knows. */
  value() {
    if (this.#found) return this.#found;
    const [lon, lat, datum] = ["lon", "lat", "datum"].map((name) => this.#typed.querySelector(`[name=${name}]`));
    if (lon.value === "" || lat.value === "") return null;
    return { lon: Number(lon.value), lat: Number(lat.value), datum: datum.value, accuracy_m: null };
  }

  #ask(onFound) {
    setText(this.#says, t("report.locating"));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        // The Geolocation API speaks WGS-84, whatever map the phone shows.
        this.#found = { lon: coords.longitude, lat: coords.latitude, datum: "WGS-84", accuracy_m: Math.min(coords.accuracy, 100_000) };
        setText(this.#says, t("report.located", { metres: Math.round(coords.accuracy) }));
        onFound();
      },
      () => this.#typeIt(),
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: OLDEST_MS },
    );
  }

  #typeIt() {
    this.#typed.hidden = false;
    setText(this.#says, t("report.not_located"));
  }
}
