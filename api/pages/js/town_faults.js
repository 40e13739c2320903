/** Faults of a town's units: kind, which unit, what is wrong in figures, and where to look. */

import { h } from "./dom.js";
import { currentLanguage, t, tName } from "./i18n.js";
import "./words/town.js";

const MOST = 200;

/** What the server says of how units lie (api.town.checks); what fits none stays as it is written. */
const PHRASES = [
  [/^(\d+) m² of it lie in (\S+)(?: \(.*\))? too$/, ([, area, other]) => t("lies.overlap", { area, other })],
  [/^(\d+) m² of it lie outside its parent (\S+)$/, ([, area, other]) => t("lies.outside", { area, other })],
  [/^no (\w+) covers (\d+) m² of it$/, ([, level, area]) => t("lies.gap", { level: t(`level.${level}`), area })],
  [/^(\d+) m² between the (\w+)s belong to none of them$/, ([, area, level]) => t("lies.between", { level: t(`level.${level}`), area })],
];

function said(what) {
  const phrase = currentLanguage() === "en" ? null : PHRASES.find(([pattern]) => pattern.test(what));
  return phrase ? phrase[1](what.match(phrase[0])) : what;
}

/** Those that are there, of `count`; more than `MOST` at once only where they came page by page. */
export function faultTable(faults, { count = faults.length, most = MOST } = {}) {
  const where = ({ lon, lat }) => (lon === null || lat === null || lon === undefined ? "" : `${lon.toFixed(6)}, ${lat.toFixed(6)}`);
  return h("div", { class: "scrolls" }, h("table", { class: "faults" },
    h("thead", {}, h("tr", {}, ["kind", "unit", "what", "where"].map((name) => h("th", { scope: "col" }, t(`town.fault_${name}`))))),
    h("tbody", {}, faults.slice(0, most).map((one) => h("tr", {}, h("td", {}, tName("fault", one.kind)), h("td", {}, one.unit || one.at),
      h("td", {}, said(one.what)), h("td", { class: "number" }, where(one)))))),
  count > Math.min(faults.length, most) ? h("p", { class: "muted" }, t("town.faults_more", { count: count - Math.min(faults.length, most) })) : null);
}
