/** The grid of live tiles: which cameras are open, how they share the room, and what each is worth now. */

import { byId, h, rebuild, setText } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { Tile } from "./tile.js";
import { TileSocket } from "./tile_socket.js";
import { bestLayout, troubleOf } from "./tile_state.js";
import { everySecond } from "./time.js";
import "./words/wall.js";

const PER_PAGE = 16;
const GAP_PX = 12;
const FOOT_PX = 38;
const EDGE_PX = 4; // room for the edge that marks a tile; as in tiles.css
const BOXES_REMEMBERED = "sanxun.boxes";

export class Tiles {
  #tiles = new Map(); // camera id -> Tile
  #cameras = null; // null: not read yet
  #hazards = [];
  #page = 0;
  #alone = null; // camera id of the one tile that fills the room
  #chosen = null;
  #connected = false;
  #boxesShown = keptBoxes();
  #room = byId("tiles");

  /** `onAccept(camera)` accepts a camera's new view; null where the person may not. */
  constructor({ onSocket, onAccept }) {
    this.onAccept = onAccept;
    this.socket = new TileSocket({
      onFrame: (camera, frame) => this.#tiles.get(camera)?.draw(frame, { boxesShown: this.#boxesShown }),
      onBoxes: (camera, boxes) => this.#tiles.get(camera)?.expectBoxes(boxes),
      onState: (open) => {
        this.#connected = open;
        if (open) for (const camera of this.#visible()) this.#tiles.get(camera.id)?.opened();
        onSocket(open);
        this.#tell();
      },
    });
    new ResizeObserver(() => this.#layout()).observe(this.#room);
    byId("boxes").onclick = () => this.#toggleBoxes();
    byId("page-before").onclick = () => this.#turn(-1);
    byId("page-after").onclick = () => this.#turn(1);
    document.addEventListener("visibilitychange", () => this.#show()); // nobody looks: the cameras need not send
    everySecond(() => this.#tell());
    this.#show();
  }

  setCameras(cameras) {
    this.#cameras = cameras;
    const known = new Set(cameras.map((camera) => camera.id));
    for (const id of this.#tiles.keys()) if (!known.has(id)) this.#tiles.delete(id);
    for (const camera of cameras) {
      const tile = this.#tiles.get(camera.id);
      if (tile) tile.camera = camera;
      else this.#tiles.set(camera.id, new Tile(camera, () => this.#enlarge(camera.id), this.onAccept && (() => this.onAccept(camera.id))));
    }
    if (!known.has(this.#alone)) this.#alone = null;
    this.#show();
  }

  /** The open hazards: their tiles get an edge, their boxes are drawn. */
  setHazards(hazards) {
    this.#hazards = hazards;
    for (const [id, tile] of this.#tiles) {
      tile.hazards = hazards.filter((hazard) => hazard.camera === id);
      tile.mark(this.#boxesShown);
    }
    this.#tell();
  }

  /** The camera of the hazard that the person looks at. */
  choose(camera) {
    this.#chosen = camera;
    this.#tell();
  }

  #pages() {
    return Math.max(1, Math.ceil((this.#cameras?.length ?? 0) / PER_PAGE));
  }

  #visible() {
    const cameras = this.#cameras ?? [];
    if (this.#alone) return cameras.filter((camera) => camera.id === this.#alone);
    this.#page = Math.min(this.#page, this.#pages() - 1);
    return cameras.slice(this.#page * PER_PAGE, (this.#page + 1) * PER_PAGE);
  }

  #turn(by) {
    this.#page = (this.#page + by + this.#pages()) % this.#pages();
    this.#show();
  }

  #enlarge(id) {
    this.#alone = this.#alone === id ? null : id;
    this.#show();
    this.#tiles.get(id).element.querySelector("button").focus();
  }

  #toggleBoxes() {
    this.#boxesShown = !this.#boxesShown;
    try {
      localStorage.setItem(BOXES_REMEMBERED, this.#boxesShown ? "on" : "off");
    } catch {
      // not remembered
    }
    for (const tile of this.#tiles.values()) tile.mark(this.#boxesShown);
    this.#tell();
  }

  #show() {
    const visible = this.#visible();
    if (visible.length && rebuild(this.#room, visible.map((camera) => camera.id), () => visible.map(({ id }) => this.#tiles.get(id).element))) {
      for (const { id } of visible) this.#tiles.get(id).opened();
    }
    byId("pager").hidden = this.#pages() < 2 || this.#alone !== null;
    const enabled = visible.filter((camera) => camera.enabled).map((camera) => camera.id);
    if (document.hidden || !enabled.length) this.socket.close();
    else this.socket.open(enabled);
    this.#layout();
    this.#tell();
  }

  #nothing() {
    if (this.#cameras === null) return h("div", { class: "empty" }, h("p", {}, t("tiles.loading")));
    return h("div", { class: "empty" }, icon("camera"), h("strong", {}, t("tiles.none")), h("p", {}, t("tiles.none_help")));
  }

  #layout() {
    const count = this.#visible().length;
    if (!count) return;
    const { columns, tile_px } = bestLayout(count, {
      width: this.#room.clientWidth - 2 * EDGE_PX, height: this.#room.clientHeight - 2 * EDGE_PX, gap: GAP_PX, foot_px: FOOT_PX });
    this.#room.style.setProperty("--columns", String(columns));
    this.#room.style.setProperty("--tile", `${Math.max(tile_px, 120)}px`);
    for (const tile of this.#tiles.values()) tile.mark(this.#boxesShown);
  }

  /** Every second, and when something changed: each tile's words, and how many cameras are well. */
  #tell() {
    byId("boxes").setAttribute("aria-pressed", String(this.#boxesShown));
    setText(byId("page-words"), t("tiles.page", { page: this.#page + 1, pages: this.#pages() }));
    if (!this.#cameras?.length) rebuild(this.#room, ["none", this.#cameras === null, t("tiles.none")], () => this.#nothing());
    for (const camera of this.#visible()) {
      this.#tiles.get(camera.id).tell({ connected: this.#connected, alone: this.#alone === camera.id, chosen: this.#chosen === camera.id });
    }
    const cameras = this.#cameras ?? [];
    const live = cameras.filter((camera) => camera.enabled && camera.health?.state === "live" && !troubleOf(camera)).length;
    setText(byId("tiles-summary"), cameras.length ? `${t("camera.live")} ${live} / ${cameras.length}` : "");
  }
}

function keptBoxes() {
  try {
    return localStorage.getItem(BOXES_REMEMBERED) !== "off";
  } catch {
    return true;
  }
}
