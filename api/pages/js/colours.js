/** The four-colour map of the town: an SVG of the units, each with its colour and what makes it so. */

import { poller } from "./api.js";
import { byId, h, rebuild, setText, svg } from "./dom.js";
import { currentLanguage, t } from "./i18n.js";
import "./words/wall.js";

const COLOURS = ["red", "orange", "yellow", "blue"]; // as api.colours.rule.Colour, from the worst
const WIDTH = 1000;

export class Colours {
  #map = null;
  #read = null;
  #chosen = null;
  #trail = []; // the units that were gone down through, so that one comes back the same way

  constructor() {
    this.#aim();
    byId("colours-up").onclick = () => this.#go(this.#trail.slice(0, -1));
    byId("colours-map").onclick = (event) => this.#choose(event.target.closest("[data-unit]"));
    byId("colours-map").onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      this.#choose(event.target.closest("[data-unit]"));
    };
    document.addEventListener("sanxun:language", () => this.#show());
  }

  /** Ask for the map again. Raises what `poller` raises. */
  async refresh() {
    const read = this.#read;
    const map = await read();
    if (read !== this.#read) return; // somebody has gone elsewhere meanwhile
    this.#map = map;
    this.#show();
  }

  #aim() {
    const under = this.#trail.at(-1);
    this.#read = poller(`/colours/map${under ? `?under=${encodeURIComponent(under)}` : ""}`);
  }

  async #go(trail) {
    const before = this.#trail;
    this.#trail = trail;
    this.#chosen = null;
    this.#aim();
    try {
      await this.refresh();
    } catch (error) {
      if (!error.passing && error.status === undefined) throw error;
      this.#trail = before; // the connection line says that the server does not answer
      this.#aim();
    }
  }

  #choose(element) {
    const unit = element?.dataset.unit;
    const known = this.#map?.features.find(({ id }) => id === unit)?.properties;
    if (!known) return;
    if (this.#chosen === unit && known.divided) {
      this.#go([...this.#trail, unit]);
      return;
    }
    this.#chosen = unit;
    this.#show();
  }

  #show() {
    const map = this.#map;
    byId("colours").hidden = !map?.features.length;
    if (!map?.features.length) return;
    setText(byId("colours-heading"), map.under ? t("colours.inside", { name: map.under_name }) : t("colours.title"));
    byId("colours-up").hidden = !this.#trail.length;
    const counts = COLOURS.map((colour) => [colour, map.features.filter(({ properties }) => properties.colour === colour).length]);
    rebuild(byId("colours-legend"), [counts, currentLanguage()], () => counts.map(([colour, count]) =>
      h("li", { class: `four-${colour}` }, h("i", {}), h("span", {}, `${t(`colour.${colour}`)} ${count}`))));
    const focused = byId("colours-map").contains(document.activeElement);
    const anew = rebuild(byId("colours-map"), [map, this.#chosen, currentLanguage()], () => drawn(map, this.#chosen));
    // Drawn anew, the shape that had the focus is gone: without this the keyboard would start from the page's top.
    const place = (which) => byId("colours-map").querySelector(which);
    if (anew && focused) (place('[aria-pressed="true"]') ?? place("[data-unit]")).focus();
    const chosen = map.features.find(({ id }) => id === this.#chosen);
    setText(byId("colours-why"), chosen ? words(chosen.properties) : t("colours.hint"));
  }
}

function words({ name, colour, because }) {
  return t("colours.why", { name, colour: t(`colour.${colour}`), because: because[currentLanguage()] });
}

/** The SVG; what is worse is drawn later, so that its outline lies on top. */
function drawn(map, chosen) {
  const [west, south, east, north] = map.bbox;
  const narrow = Math.cos(((south + north) / 2) * (Math.PI / 180));
  const scale = WIDTH / Math.max((east - west) * narrow, north - south, 1e-9);
  const point = ([lon, lat]) => `${((lon - west) * narrow * scale).toFixed(1)} ${((north - lat) * scale).toFixed(1)}`;
  const ring = (corners) => `M${corners.map(point).join("L")}Z`;
  const path = ({ type, coordinates }) => (type === "Polygon" ? [coordinates] : coordinates).flat().map(ring).join("");
  const size = [(east - west) * narrow * scale, (north - south) * scale].map((side) => Math.max(side, 1).toFixed(1));
  const rank = ({ id, properties }) => (id === chosen ? -1 : COLOURS.indexOf(properties.colour));
  const order = [...map.features].sort((one, other) => rank(other) - rank(one));
  return svg("svg", { viewBox: `-4 -4 ${+size[0] + 8} ${+size[1] + 8}`, role: "group", "aria-labelledby": "colours-heading" },
    order.map(({ id, properties, geometry }) => svg("path", {
      class: `unit four-${properties.colour}`, d: path(geometry), "fill-rule": "evenodd", tabindex: 0, role: "button",
      "aria-label": words(properties), "aria-pressed": String(id === chosen), data: { unit: id },
    }, svg("title", {}, words(properties)))));
}
