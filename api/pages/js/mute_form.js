/** A mute or maintenance window being made: where, what for, until when and why. Ends by itself. */

import { ask, explain } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { now } from "./time.js";
import "./words/common.js";
import "./words/mutes.js";

const HOURS = [1, 4, 12, 24, 72, 168, 720]; // as api.mutes.commands.LONGEST

/**
 * A form for a window. `places`: [{words, target: {camera}|{camera, zone}|{unit}}]; `byNumber` where the town has more
 * units than these. `onMade(mute)` when it holds, `onCancel()` where it can be put away.
 */
export function muteForm({ places, byNumber = false, onMade, onCancel }) {
  const number = h("input", { name: "mute-unit", maxLength: 64, autocomplete: "off" });
  const numbered = h("label", { class: "field", hidden: true }, h("span", {}, t("mute.unit")), number);
  const asNumber = () => where.value === "number";
  const chosen = () => {
    numbered.hidden = !asNumber();
    number.required = asNumber(); // what is hidden and required would keep the form from being sent
  };
  const where = h("select", { name: "where", on: { change: chosen } }, places.map(({ words }, i) => h("option", { value: String(i) }, words)),
    byNumber ? h("option", { value: "number" }, t("mute.other_unit")) : null);
  const target = () => (asNumber() ? { unit: number.value.trim() } : places[Number(where.value)].target);
  const purpose = h("select", { name: "purpose" }, ["mute", "maintenance"].map((value) => h("option", { value }, t(`mute.${value}`))));
  const until = h("select", { name: "hours" }, HOURS.map((count) => h("option", { value: String(count), selected: count === 4 },
    count % 24 ? t("form.hours", { hours: count }) : t("form.days", { days: count / 24 }))));
  const why = h("textarea", { name: "mute-reason", maxLength: 500, rows: 2, required: true });
  const trouble = h("p", { class: "notice bad", role: "alert", hidden: true });
  const submit = h("button", { type: "submit", class: "button primary" }, t("mute.make"));
  const field = (words, element) => h("label", { class: "field" }, h("span", {}, words), element);
  const send = async (event) => {
    event.preventDefault();
    if (asNumber() && !number.value.trim()) return number.focus();
    if (!why.value.trim()) return why.focus();
    submit.disabled = true;
    try {
      const ends = new Date(now() + Number(until.value) * 3_600_000).toISOString();
      const body = { ...target(), purpose: purpose.value, reason: why.value.trim(), ends_at: ends };
      onMade((await ask("POST", "/mutes", { body })).data);
    } catch (error) {
      trouble.hidden = false;
      trouble.textContent = explain(error);
    }
    submit.disabled = false;
    return undefined;
  };
  return h("form", { class: "command-form mute-form", on: { submit: send } }, h("p", { class: "muted" }, t("mute.help")), trouble,
    field(t("mute.where"), where), numbered, field(t("mute.purpose"), purpose), field(t("mute.how_long"), until), field(t("form.why"), why),
    h("div", { class: "button-row" }, onCancel ? h("button", { type: "button", class: "button", on: { click: onCancel } }, t("form.cancel")) : null, submit));
}
