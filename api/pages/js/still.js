/** The picture of a hazard, with its box; a press shows it as large as the screen. */

import { h, svg } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import "./words/common.js";
import "./words/ticket.js";

/** A figure of a hazard or a ticket. Its room is kept before the picture comes, so nothing jumps. */
export function still({ still_url, xyxy, source_wh }) {
  const figure = h("figure", { class: "still" });
  if (source_wh) figure.style.setProperty("--ratio", String(source_wh[0] / source_wh[1]));
  const none = () => figure.replaceChildren(h("p", { class: "still-none" }, t("ticket.still_none")));
  if (!still_url) {
    none();
    return figure;
  }
  figure.append(...pictured(still_url, xyxy, source_wh, none), h("button", { type: "button", class: "still-enlarge",
    "aria-label": t("ticket.still_enlarge"), title: t("ticket.still_enlarge"),
    on: { click: () => enlarge(still_url, xyxy, source_wh) } }, h("span", {}, icon("expand"))));
  return figure;
}

function pictured(url, xyxy, source_wh, onError) {
  const image = h("img", { src: url, alt: t("ticket.still"), decoding: "async", on: { error: onError } });
  return xyxy && source_wh ? [image, box(xyxy, source_wh)] : [image];
}

function box([x1, y1, x2, y2], [width, height]) {
  const pad = Math.max(width, height) / 160;
  const place = { x: x1 - pad, y: y1 - pad, width: x2 - x1 + 2 * pad, height: y2 - y1 + 2 * pad, rx: pad };
  return svg("svg", { class: "still-box", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "under", ...place }), svg("rect", { ...place }));
}

/** A dialog over the page; Escape, the button or a press anywhere closes it and gives the focus back. */
function enlarge(url, xyxy, source_wh) {
  const figure = h("figure", { class: "still" }, pictured(url, xyxy, source_wh));
  if (source_wh) figure.style.setProperty("--ratio", String(source_wh[0] / source_wh[1]));
  const dialog = h("dialog", { class: "lightbox", "aria-label": t("ticket.still") }, figure,
    h("button", { type: "button", class: "button square", "aria-label": t("close"), title: t("close") }, icon("close")));
  dialog.onclick = () => dialog.close();
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
}
