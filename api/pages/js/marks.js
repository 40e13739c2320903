/** What is drawn over a live picture: the zones, what the detector sees, and the open hazards. */

import { tName } from "./i18n.js";
import "./words/common.js";
import "./words/wall.js";

const FONT = '600 12px system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';

/**
 * Draw on `canvas`, which lies over the picture. `zones` have `polygon` in relative image coordinates; `boxes` are
 * [x1, y1, x2, y2, class, confidence], 0 to 1; `hazards` have `xyxy` px of `source_wh` and `kind`.
 */
export function drawMarks(canvas, { zones, boxes, hazards }) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  // Px of the screen per px of the page: a 4K wall is zoomed.
  const dense = Math.min(2, (devicePixelRatio * canvas.getBoundingClientRect().width) / width || 1);
  if (canvas.width !== Math.round(width * dense)) canvas.width = Math.round(width * dense);
  if (canvas.height !== Math.round(height * dense)) canvas.height = Math.round(height * dense);
  const pen = canvas.getContext("2d");
  const style = getComputedStyle(canvas);
  const colour = (name) => style.getPropertyValue(`--mark-${name}`).trim();
  pen.setTransform(dense, 0, 0, dense, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.lineJoin = "round";
  for (const zone of zones) drawZone(pen, zone.polygon, width, height, colour("zone"));
  for (const box of boxes) drawBox(pen, box, width, height, colour, hazards.some((hazard) => covers(hazard, box)));
  for (const hazard of hazards) drawHazard(pen, hazard, width, height, colour("hazard"));
}

function drawZone(pen, polygon, width, height, colour) {
  pen.beginPath();
  for (const [x, y] of polygon) pen.lineTo(x * width, y * height);
  pen.closePath();
  pen.setLineDash([6, 5]);
  pen.lineWidth = 1.5;
  pen.strokeStyle = colour;
  pen.stroke();
  pen.setLineDash([]);
}

/** Whether the middle of a box lies in a hazard: the hazard's own label then says enough. */
function covers({ xyxy, source_wh }, [x1, y1, x2, y2]) {
  const [x, y] = [((x1 + x2) / 2) * source_wh[0], ((y1 + y2) / 2) * source_wh[1]];
  return x > xyxy[0] && x < xyxy[2] && y > xyxy[1] && y < xyxy[3];
}

function drawBox(pen, [x1, y1, x2, y2, name], width, height, colour, unnamed) {
  pen.lineWidth = 1.5;
  pen.strokeStyle = colour("box");
  pen.strokeRect(x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height);
  if (unnamed || name === "person" || (x2 - x1) * width < 34) return; // people are counted, never pointed at by a label
  label(pen, tName("object", name), x1 * width, y1 * height, colour("box"), colour("ink"));
}

function drawHazard(pen, { xyxy, source_wh, kind }, width, height, colour) {
  const [sx, sy] = [width / source_wh[0], height / source_wh[1]];
  const [x, y, w, h] = [xyxy[0] * sx, xyxy[1] * sy, (xyxy[2] - xyxy[0]) * sx, (xyxy[3] - xyxy[1]) * sy];
  pen.lineWidth = 3;
  pen.strokeStyle = colour;
  pen.strokeRect(x - 2, y - 2, w + 4, h + 4);
  label(pen, tName("kind", kind), x - 3.5, y - 2, colour, "#1b1204");
}

function label(pen, words, x, y, back, ink) {
  pen.font = FONT;
  const wide = pen.measureText(words).width + 10;
  const top = Math.max(0, y - 18);
  pen.fillStyle = back;
  pen.fillRect(x, top, wide, 18);
  pen.fillStyle = ink;
  pen.textBaseline = "middle";
  pen.fillText(words, x + 5, top + 9.5);
}
