/** What people must know of the workers' outboxes: nothing, as long as all is well. */

import { h, rebuild } from "./dom.js";
import { currentLanguage, t } from "./i18n.js";
import { icon } from "./icons.js";
import "./words/wall.js";

/** The sentences about one worker: {level, words}. */
function troubles({ worker, outbox }) {
  const found = [];
  if (outbox.events_dropped) found.push({ level: "bad", words: t("worker.lost_events", { worker, events: outbox.events_dropped }) });
  if (outbox.disk_full) found.push({ level: "bad", words: t("worker.disk_full", { worker }) });
  if (outbox.clips_dropped || outbox.stills_dropped) {
    found.push({ level: "warn", words: t("worker.lost_evidence", { worker, clips: outbox.clips_dropped, stills: outbox.stills_dropped }) });
  }
  if (outbox.quarantined) found.push({ level: "warn", words: t("worker.refused", { worker, count: outbox.quarantined }) });
  return found;
}

export function showWorkers(element, workers) {
  const all = workers.flatMap(troubles);
  rebuild(element, [all, currentLanguage()], () => all.map(({ level, words }) => h("p", { class: `notice ${level}` }, icon("warn"), h("span", {}, words))));
  element.hidden = !all.length;
}
