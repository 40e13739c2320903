/** One live tile: picture, boxes over it, and in words what the picture is worth at this moment. */

import { h, rebuild, setText } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { drawMarks } from "./marks.js";
import { tileState, troubleOf } from "./tile_state.js";
import { duration, now, when } from "./time.js";
import "./words/common.js";
import "./words/wall.js";

const ICONS = { down: "camera_off", stalled: "warn", disabled: "camera_off", unknown: "warn", lost: "offline" };

export class Tile {
  #frame = h("canvas", { class: "frame", role: "img" });
  #marks = h("canvas", { class: "marks" });
  #stage = h("div", { class: "stage" }, this.#frame, this.#marks);
  #veil = h("div", { class: "veil" });
  #trouble = h("div", { class: "trouble", role: "status", hidden: true });
  #troubled_for = h("span", { class: "number", "aria-hidden": "true" }); // ticks each second: not to be read out
  #onAccept;
  #dot = h("span", { class: "dot" });
  #name = h("span", { class: "tile-name" });
  #state = h("span", { class: "tile-state" });
  #age = h("span", { class: "tile-age number" });
  #enlarge = h("button", { class: "button quiet square tile-enlarge", type: "button" }, icon("expand"));
  #captured_ms = null;
  #sequence = -1;
  #opened_ms = now();
  #boxes = [];
  #waiting = null;

  /**
   * `onEnlarge()` is called when the person asks for this tile alone, or for all again; `onAccept()` when the camera
   * was aimed anew on purpose. The latter is null for who may not say so.
   */
  constructor(camera, onEnlarge, onAccept) {
    this.camera = camera;
    this.#onAccept = onAccept;
    this.hazards = [];
    this.element = h("article", { class: "tile", data: { camera: camera.id } },
      h("div", { class: "picture" }, this.#stage, this.#veil, this.#trouble),
      h("footer", {}, this.#dot, this.#name, this.#state, this.#age, this.#enlarge));
    this.#enlarge.onclick = onEnlarge;
  }

  /** The socket has been opened for this tile: pictures may take a moment. */
  opened() {
    this.#opened_ms = now();
    this.#sequence = -1;
  }

  /** The boxes of the frame that comes next. */
  expectBoxes(boxes) {
    this.#waiting = boxes;
  }

  /** Draw a frame; older ones than the last drawn are left out. */
  async draw(frame, { boxesShown }) {
    const boxes = this.#waiting ?? [];
    this.#waiting = null;
    const bitmap = await createImageBitmap(frame.jpeg);
    if (frame.sequence >= this.#sequence) {
      this.#sequence = frame.sequence;
      this.#captured_ms = frame.captured_ms;
      this.#boxes = boxes;
      this.#paint(bitmap);
      this.mark(boxesShown);
      this.element.dataset.frames = String(Number(this.element.dataset.frames ?? 0) + 1);
    }
    bitmap.close();
  }

  #paint(bitmap) {
    if (this.#frame.width !== bitmap.width || this.#frame.height !== bitmap.height) {
      this.#frame.width = bitmap.width;
      this.#frame.height = bitmap.height;
      this.#stage.style.setProperty("--ratio", String(bitmap.width / bitmap.height));
    }
    this.#frame.getContext("2d", { alpha: false }).drawImage(bitmap, 0, 0);
  }

  /** Draw zones, boxes and hazards over the picture, or nothing where the person wants none. */
  mark(shown) {
    const zones = shown ? this.camera.zones : [];
    drawMarks(this.#marks, { zones, boxes: shown ? this.#boxes : [], hazards: shown ? this.hazards : [] });
  }

  /** Bring words and veil up to this second. Answers the state shown. */
  tell({ connected, alone, chosen }) {
    const now_ms = now();
    const { state, since } = tileState(this.camera, { connected, opened_ms: this.#opened_ms, captured_ms: this.#captured_ms, now_ms });
    const data = this.element.dataset;
    if (data.state !== state) data.state = state;
    this.element.classList.toggle("hazardous", this.hazards.length > 0);
    this.element.classList.toggle("chosen", chosen);
    const name = this.camera.name || this.camera.id;
    setText(this.#name, name);
    this.#name.title = name;
    const trouble = state === "live" || state === "waiting" ? troubleOf(this.camera) : null;
    this.#dot.className = `dot ${trouble ? "stalled" : state}`;
    setText(this.#state, trouble ? t(`trouble.${trouble.trouble}`) : state === "lost" || state === "waiting" ? "" : t(`camera.${state}`));
    setText(this.#age, state === "live" ? t("camera.age", { seconds: Math.max(0, Math.round((now_ms - this.#captured_ms) / 1000)) })
      : since ? t("time.for", { time: duration((now_ms - Date.parse(since)) / 1000) }) : "");
    this.#frame.setAttribute("aria-label", t("tiles.picture_of", { name }));
    const label = alone ? t("tiles.shrink") : t("tiles.enlarge", { name });
    if (this.#enlarge.title !== label) {
      this.#enlarge.title = label;
      this.#enlarge.setAttribute("aria-label", label);
    }
    this.#veiled(state, since);
    this.#troubled(trouble);
    return state;
  }

  /** A live picture that cannot be believed stays in view, so that people see what ails it; what it is worth is said. */
  #troubled(found) {
    this.element.classList.toggle("troubled", found !== null);
    this.#trouble.hidden = found === null;
    if (!found) return;
    const unknown = duration(this.camera.health?.unknown_s ?? 0);
    setText(this.#troubled_for, found.since ? t("time.for", { time: duration((now() - Date.parse(found.since)) / 1000) }) : "");
    rebuild(this.#trouble, [found, unknown, t("trouble.unknown")], () => [
      icon("warn"),
      h("strong", {}, t(`trouble.${found.trouble}`)),
      this.#troubled_for,
      found.trouble === "turned" && this.#onAccept && h("button", { class: "button", type: "button", on: { click: () => this.#accept() } }, t("trouble.accept")),
      h("p", {}, t("trouble.unknown"), " ", t("trouble.total", { time: unknown })),
    ]);
  }

  /** Zones are drawn on a view: whoever accepts another one says that they were seen to. */
  #accept() {
    if (confirm(t("trouble.accept_sure", { name: this.camera.name || this.camera.id }))) this.#onAccept();
  }

  /** Anything but a live picture is covered and said: a picture that stands still must not look like one that lives. */
  #veiled(state, since) {
    this.#veil.hidden = state === "live";
    if (this.#veil.hidden) return;
    const title = { waiting: "camera.waiting", lost: "connection.lost" }[state] ?? `camera.${state}`;
    rebuild(this.#veil, [title, since, t(title)], () => [
      state === "waiting" || state === "connecting" ? h("span", { class: "pulse" }) : icon(ICONS[state] ?? "camera"),
      h("strong", {}, t(title)),
      h("p", {}, t(`camera.${state}_help`, { time: since ? when(since) : "–" })),
    ]);
  }
}
