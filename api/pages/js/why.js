/** Why a hazard was raised, as one plain sentence. The phrases are those of vision/hazards/why.py, in its order. */

import { currentLanguage, t } from "./i18n.js";
import "./words/ticket.js";

const AT_REST = ["illegal_parking", "fire_lane"];

/**
 * [words, the figures that they say, the kinds of hazard that say it so (all where not given), and where it is said only
 * then, a figure and the word that it must be]
 */
export const PHRASES = [
  ["why.thing_stood", ["dwell_s", "slot"], AT_REST, ["what", "thing"]],
  ["why.stood", ["dwell_s", "slot"], AT_REST],
  ["why.lasted", ["dwell_s"]],
  ["why.counted_about", ["count", "count_about", "count_low", "count_high"]],
  ["why.counted", ["count"]],
  ["why.within", ["radius_m"]],
  ["why.dense", ["density_m2"]],
  ["why.growth", ["growth_per_min"]],
  ["why.allowed_both", ["limit_count", "limit_s"]],
  ["why.new_wires_m", ["new_wires_m"]],
  ["why.wires_grown", ["wire_share", "baseline_share"]],
  ["why.wires", ["wire_share"]],
  ["why.crossings", ["crossings", "baseline_crossings"]],
  ["why.blocked", ["blocked_share"]],
  ["why.covers", ["area_m2"]],
  ["why.allowed", ["limit_s"]],
  ["why.free", ["clear_s"]],
  ["why.seen", ["boxes", "looks"]],
  ["why.looked", ["looks"]],
  ["why.unknown", ["unknown_s"]],
];
/** For whoever wants to know how it was judged. */
export const DETAILS = [
  ["why.new_wires", ["new_wires", "limit_new_wires"]],
  ["why.filled", ["filled"]],
  ["why.off", ["length_error"]],
  ["why.area", ["area_share"]],
  ["why.sure", ["confidence", "threshold"]],
  ["why.sure_alone", ["confidence"]],
  ["why.model", ["model", "precision"]],
];
const KNOWN = new Set([...PHRASES, ...DETAILS].flatMap(([, figures]) => figures));
const NOT_IF_NONE = new Set(["unknown_s", "growth_per_min"]); // worth a word only where there was any
const SILENT = new Set(["slot", "what", "detected"]); // told elsewhere, or by earlier workers and never missed

/** The sentence for `{kind, why}`, empty where nothing is known. */
export const whySentence = ({ kind, why = {} }) => said(PHRASES, kind, why).join(currentLanguage() === "zh" ? "；" : "; ");

/** How sure it was, and which weights looked; what has no words comes last, by its own name. */
export function whyDetails({ kind, why = {}, confidence }) {
  const others = Object.keys(why).filter((name) => !KNOWN.has(name) && !SILENT.has(name));
  return [...said(DETAILS, kind, { confidence, ...why }), ...others.map((name) => `${name} ${shown(why[name], name)}`)].join(" · ");
}

function said(phrases, kind, why) {
  const used = new Set();
  const parts = [];
  for (const [key, figures, kinds, where] of phrases) {
    if ((kinds && !kinds.includes(kind)) || (where && why[where[0]] !== where[1])) continue;
    if (!figures.every((name) => tells(name, why) && !used.has(name))) continue;
    for (const name of figures) used.add(name);
    parts.push(t(key, Object.fromEntries(figures.map((name) => [name, shown(why[name], name)]))));
  }
  return parts;
}

const tells = (name, why) => why[name] !== undefined && !(NOT_IF_NONE.has(name) && why[name] < 0.5);

/** A share in percent; others whole from 10 on, else with as many digits as tell something. */
export function shown(value, name = "") {
  if (typeof value !== "number") return String(value);
  if (/_(share|error)$/.test(name)) return `${Math.round(100 * value)}%`;
  return Math.abs(value) >= 10 ? value.toFixed(0) : String(Math.round(value * 100) / 100);
}
