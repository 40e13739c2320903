/** Why a ticket went where it went: the server says it in English sentences, people read it in theirs. */

import { currentLanguage, t } from "./i18n.js";
import "./words/ticket.js";

const LEVELS = { "micro-grid": "cause.to_micro_grid", grid: "cause.to_grid", community: "cause.to_community", street: "cause.to_street" };
const unit = ([, level, id]) => t(LEVELS[level], { id });

/** What the server writes, in order; each stands for one phrase. What fits none is a person's own words. */
const PHRASES = [
  [/held: nobody is on duty here, nor at any level above/g, () => t("cause.held")],
  [/nobody is on duty above: it goes up when somebody is/g, () => t("cause.waits_above")],
  [/to (micro-grid|grid|community|street) ([^\s:;,]+)/g, unit],
  [/to the whole site/g, () => t("cause.to_site")],
  [/(?:to|with|by) the command centre/g, () => t("cause.to_centre")],
  [/nobody is on duty in ([^;]+)/g, ([, id]) => t("cause.nobody", { id: id.replace(/micro-grid |grid |community |street /g, "") })],
  [/the place is known to (\d+) m and may lie in ([^;]+)/g, ([, m, id]) => t("cause.place", { m, id })],
  [/the place lies in no grid/g, () => t("cause.no_grid")],
  [/nobody has come in time/g, () => t("cause.not_come")],
  [/nobody has come yet/g, () => t("cause.still_not_come")],
  [/not settled in time/g, () => t("cause.not_settled")],
  [/not settled yet/g, () => t("cause.still_not_settled")],
  [/the acknowledgement expired/g, () => t("cause.expired")],
  [/^resumed/g, () => t("cause.resumed")],
  [/no shifts are planned here and no grid worker has an account/g, () => t("cause.no_shifts")],
  [/(\S+) has not answered in time/g, ([, id]) => t("cause.silent", { id })],
  [/(\S+) refuses/g, ([, id]) => t("cause.refused", { id })],
];

export function causeWords(text) {
  if (!text || currentLanguage() === "en") return text;
  const told = PHRASES.reduce((words, [pattern, say]) => words.replace(pattern, (...found) => say(found)), text);
  return told.replaceAll("; ", "；").replaceAll(": ", "：").replaceAll(", ", "、");
}
