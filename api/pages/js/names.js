/** Places by name: hazards and tickets carry ids, people read names. */

import { ask } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import "./words/common.js";

const cameras = new Map();
const grids = new Map();
const asked = new Map(); // unit -> the answer that is waited for

export function learnCameras(items) {
  cameras.clear();
  for (const camera of items) cameras.set(camera.id, camera);
}

export const knowsCameras = () => cameras.size > 0;

export function learnGrids(items) {
  for (const { id, name } of items) grids.set(id, name);
}

export function cameraName(id) {
  return cameras.get(id)?.name || id;
}

export function zoneName(camera, id) {
  return cameras.get(camera)?.zones?.find((zone) => zone.id === id)?.name || id;
}

const together = (...names) => names.filter(Boolean).join(" · ") || t("place.by_person");

/** "North gate · Fire lane" of a hazard. */
export function placeOf({ camera, zone }) {
  return together(cameraName(camera), zoneName(camera, zone));
}

/** The same of a ticket, which carries its names. */
export function ticketPlace(ticket) {
  return together(ticket.camera_name || ticket.camera, ticket.zone_name || ticket.zone);
}

export function gridName({ grid }) {
  return grid === null ? t("place.whole_site") : (grids.get(grid) ?? grid);
}

/** The same as an element. A large town's names do not all come at sign-in: one that is lacking is asked for, once. */
export function gridLabel({ grid }) {
  const label = h("span", {}, gridName({ grid }));
  if (grid !== null && !grids.has(grid)) learnGrid(grid).then(() => (label.textContent = gridName({ grid })));
  return label;
}

function learnGrid(grid) {
  if (!asked.has(grid)) {
    asked.set(grid, ask("GET", `/town/units/${encodeURIComponent(grid)}`)
      .then(({ data }) => grids.set(grid, data.name), (error) => error.passing && asked.delete(grid)));
  }
  return asked.get(grid);
}
