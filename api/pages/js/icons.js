/** Sanxun's own drawings, 24 by 24, in the colour of the text beside them. */

import { svg } from "./dom.js";

const PATHS = {
  illegal_parking: ["M4 14.5 5.8 9.6A2.4 2.4 0 0 1 8 8h6.2", "M3.5 14.5h11", "M3.5 14.5V19h2.2v-1.8h11.6V19h2.2v-4",
    "M18 3.2a4.3 4.3 0 1 0 0 8.6 4.3 4.3 0 0 0 0-8.6Z", "m15 10.5 6-6"],
  fire_lane: ["M12 3c.6 3-4.8 5-4.8 9.6A4.8 4.8 0 0 0 12 17.4a4.8 4.8 0 0 0 4.8-4.8c0-2.4-1.4-3.6-2-5.2-.8 1-1 1.9-1.1 2.9C12.4 8.6 13.4 5.2 12 3Z",
    "M3 21h18", "M6.5 21l1.2-2.4", "M17.5 21l-1.2-2.4"],
  wiring: ["M3 6c4 0 4 5 8 5s5-5 10-5", "M3 10.5c3 0 4 5.5 7.5 5.5S16 12 21 12", "M7 3v18", "M17 3v18"],
  gathering: ["M9 5.2a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6Z", "M16.4 7a1.9 1.9 0 1 0 0 3.8 1.9 1.9 0 0 0 0-3.8Z",
    "M4.5 18.5c0-3.4 1.8-5.6 4.5-5.6s4.5 2.2 4.5 5.6", "M15.6 13.6c2.5-.4 4.2 1.6 4.2 4.9", "M3 21.2h18"],
  unknown: ["M12 4 3 20h18L12 4Z", "M12 10v4.5", "M12 17.3v.2"],
  camera: ["M3.5 8.5 16 5.2l2.2 6.6-12.4 3.4-2.3-6.7Z", "M9 14.4V20", "M4 20h10", "M18 9l3-.6"],
  camera_off: ["M3.5 8.5 16 5.2l2.2 6.6-12.4 3.4-2.3-6.7Z", "M9 14.4V20", "M4 20h10", "M3 3l18 18"],
  calm: ["M12 3.5 4.5 6.4v5.2c0 4.4 3 7.6 7.5 8.9 4.5-1.3 7.5-4.5 7.5-8.9V6.4L12 3.5Z", "m8.6 12 2.4 2.4 4.4-4.8"],
  clock: ["M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z", "M12 7.8V12l3 1.8"],
  place: ["M12 21c4.4-4.6 6.6-8 6.6-10.8a6.6 6.6 0 1 0-13.2 0C5.4 13 7.6 16.4 12 21Z", "M12 7.8a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6Z"],
  close: ["M6 6l12 12", "M18 6 6 18"],
  back: ["M14.5 5.5 8 12l6.5 6.5"],
  check: ["m5 12.5 4.6 4.6L19 7.5"],
  photo: ["M4 8h3.2l1.6-2.5h6.4L16.8 8H20v11H4V8Z", "M12 10.2a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4Z"],
  offline: ["M4.5 9.5a11 11 0 0 1 4-2.3", "M19.5 9.5a11 11 0 0 0-6.5-2.8", "M8 13.2a6 6 0 0 1 3.2-1.6", "M12 17.6v.1", "M4 4l16 16"],
  send: ["M4 12 20 4.5 15.5 20l-3.7-6L4 12Z", "M11.8 14 20 4.5"],
  sealed: ["M6 11h12v9H6v-9Z", "M8.5 11V8a3.5 3.5 0 0 1 7 0v3", "M12 14.5v2.2"],
  unsealed: ["M6 11h12v9H6v-9Z", "M8.5 11V7.5a3.5 3.5 0 0 1 6.8-1.1", "M12 14.5v2.2"],
  eye: ["M2.8 12S6.2 6 12 6s9.2 6 9.2 6-3.4 6-9.2 6S2.8 12 2.8 12Z", "M12 9.4a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2Z"],
  boxes: ["M4 8V4h4", "M16 4h4v4", "M20 16v4h-4", "M8 20H4v-4", "M9 9h6v6H9V9Z"],
  out: ["M10 4.5H5v15h5", "M14 8l4 4-4 4", "M9.5 12H18"],
  expand: ["M14 4h6v6", "M20 4l-7 7", "M10 20H4v-6", "M4 20l7-7"],
  next: ["M9.5 5.5 16 12l-6.5 6.5"],
  warn: ["M12 4 3 20h18L12 4Z", "M12 10v4.5", "M12 17.3v.2"],
  whistle: ["M3 9h11.5a5 5 0 1 1-4.6 7L3 12.5V9Z", "M14.8 12.2a1.9 1.9 0 1 0 0 3.8 1.9 1.9 0 0 0 0-3.8Z", "M14.5 6.2V3.6", "m18.4 7.2 1.5-2"],
  mute: ["M6.5 16.5v-6a5.5 5.5 0 0 1 9-4.2", "M17.5 10v6.5", "M4.5 16.5h12", "M10 19.6a2.2 2.2 0 0 0 4 0", "M4 4l16 16"],
  town: ["M3.5 20.5h17", "M5.5 20.5V9.5l5-3.5v14.5", "M10.5 11h8v9.5", "M13.5 14h2", "M13.5 17h2", "M7.6 12.5v.1", "M7.6 16v.1"],
  ledger: ["M5 4h14v16H5V4Z", "M8.5 8.5h7", "M8.5 12h7", "M8.5 15.5h4"],
  person: ["M12 4.2a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6Z", "M4.5 20c.6-4 3.4-6 7.5-6s6.9 2 7.5 6"],
  menu: ["M4 7h16", "M4 12h16", "M4 17h16"],
};

export function icon(name) {
  const paths = (PATHS[name] ?? PATHS.unknown).map((d) => svg("path", { d }));
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, paths);
}

/** The mark: the three strokes of 三 as one patrol path, with what it found at the end. */
export function mark() {
  return svg("svg", { class: "mark", viewBox: "0 0 32 32", fill: "none", stroke: "currentColor", "stroke-width": 3,
    "stroke-linecap": "round", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: "M5 7h18.5a4.5 4.5 0 0 1 0 9h-15a4.5 4.5 0 0 0 0 9H18" }),
    svg("circle", { class: "found", cx: 26, cy: 25, r: 3 }));
}

/** Put the drawings into the places that the page names with data-icon. */
export function drawIcons(root = document) {
  for (const place of root.querySelectorAll("[data-icon]")) {
    place.replaceChildren(place.dataset.icon === "mark" ? mark() : icon(place.dataset.icon));
  }
}
