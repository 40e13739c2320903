/** A camera's picture with the proposed polygons: one can be chosen, and its corners dragged or moved by arrow keys. */

import { h, svg } from "./dom.js";
import { t } from "./i18n.js";
import { inside, middle } from "./polygon.js";
import "./words/suggest.js";

const WIDE = 1000; // units of the drawing across the picture
const STEP = 0.005;
const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

export class SuggestPicture {
  #drawing;
  #tall;
  #zones = [];
  #chosen = null;

  /** `onChoose(proposal)`; `onMoved(proposal)` after a corner has been moved: its polygon is another list then. */
  constructor({ picture_url, source_wh }, { onChoose, onMoved }) {
    Object.assign(this, { onChoose, onMoved });
    this.#tall = (WIDE * source_wh[1]) / source_wh[0];
    this.#drawing = svg("svg", { class: "suggest-drawing", viewBox: `0 0 ${WIDE} ${this.#tall}` });
    const image = h("img", { src: picture_url, alt: t("suggest.picture"), on: { error: () => image.replaceWith(h("p", { class: "still-none" }, t("suggest.picture_none"))) } });
    this.element = h("figure", { class: "suggest-picture" }, image, this.#drawing);
    this.element.style.setProperty("--ratio", String(source_wh[0] / source_wh[1]));
  }

  show(proposals, chosen) {
    [this.#zones, this.#chosen] = [proposals, chosen];
    const focused = document.activeElement?.dataset?.corner;
    this.#drawing.replaceChildren(...proposals.filter((one) => one !== chosen).map((one) => this.#shape(one)),
      ...(chosen ? [this.#shape(chosen), ...chosen.zone.polygon.map((corner, i) => this.#corner(chosen, i, corner))] : []));
    if (focused !== undefined) this.#drawing.querySelector(`[data-corner="${focused}"]`)?.focus();
  }

  #shape(one) {
    const points = one.zone.polygon.map(([x, y]) => `${x * WIDE},${y * this.#tall}`).join(" ");
    const [x, y] = middle(one.zone.polygon);
    const state = one === this.#chosen ? "chosen" : one.take ? "taken" : "left";
    return svg("g", { class: `suggest-zone ${state}`, data: { zone: one.zone.id }, on: { pointerdown: () => this.onChoose(one) } },
      svg("polygon", { class: "under", points }), svg("polygon", { points }),
      svg("text", { x: x * WIDE, y: y * this.#tall }, one.zone.name || one.zone.id));
  }

  #corner(one, number, [x, y]) {
    const handle = svg("circle", { class: "suggest-corner", cx: x * WIDE, cy: y * this.#tall, r: 11, tabindex: 0, role: "button",
      "aria-label": t("suggest.corner", { number: number + 1 }), data: { corner: number } });
    handle.onpointerdown = (event) => {
      event.preventDefault();
      handle.focus();
      handle.setPointerCapture(event.pointerId);
      handle.onpointermove = (moved) => {
        const { left, top, width, height } = this.#drawing.getBoundingClientRect();
        const at = [inside((moved.clientX - left) / width), inside((moved.clientY - top) / height)];
        this.#put(one, number, at);
        handle.setAttribute("cx", at[0] * WIDE);
        handle.setAttribute("cy", at[1] * this.#tall);
        for (const shape of this.#drawing.querySelectorAll(".chosen polygon")) {
          shape.setAttribute("points", one.zone.polygon.map(([px, py]) => `${px * WIDE},${py * this.#tall}`).join(" "));
        }
      };
      handle.onpointerup = handle.onpointercancel = () => {
        handle.onpointermove = null;
        this.onMoved(one);
      };
    };
    handle.onkeydown = (event) => {
      const by = ARROWS[event.key];
      if (!by) return;
      event.preventDefault();
      const [cx, cy] = one.zone.polygon[number];
      this.#put(one, number, [inside(cx + by[0]), inside(cy + by[1])]);
      this.onMoved(one);
    };
    return handle;
  }

  #put(one, number, at) {
    one.zone.polygon = one.zone.polygon.map((corner, i) => (i === number ? at : corner));
  }
}
