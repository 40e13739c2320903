/** Places by name: hazards and tickets carry ids, people read names. */

import { t } from "./i18n.js";
import "./words/common.js";

const cameras = new Map();
const grids = new Map();

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
