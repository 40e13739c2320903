/** All who saw one hazard: its sightings, why they were merged, taking one out again, and merging by hand. */

import { ask, askAll, explain, Refused } from "./api.js";
import { h, rebuild } from "./dom.js";
import { currentLanguage, t, tName } from "./i18n.js";
import { icon } from "./icons.js";
import { knowsCameras, learnCameras, placeOf } from "./names.js";
import { when } from "./time.js";
import "./words/common.js";
import "./words/ticket.js";

/** The rules' names as api.hazards.merging writes them. */
const RULES = {
  "same kind, place and time": "merge.same",
  "one box in two zones of a camera": "merge.two_zones",
  "near, at another time": "merge.another_time",
  "near, as far as the places are known": "merge.near",
  "near, but a place is too coarse": "merge.coarse",
  "near; of this kind a person decides": "merge.decide",
  "one box, of another kind": "merge.box_of_another_kind",
  "near, of another kind": "merge.near_of_another_kind",
  "a person says so": "merge.person",
  "same box in the same camera": "merge.same_box",
  "same place": "merge.same_place",
  "there again before it was settled": "merge.again",
};
const FIGURES = ["distance_m", "radius_m", "unsure_m", "most_unsure_m", "minutes_apart", "iou"];

/** Why, in words and figures, for a person. */
function mergeWords(why) {
  const rule = RULES[why.rule] ? t(RULES[why.rule]) : (why.rule ?? "");
  const figures = FIGURES.filter((name) => name in why).map((name) => t(`merge.${name}`, { value: why[name] }));
  return [rule, ...figures, why.reason ? `“${why.reason}”` : ""].filter(Boolean).join(" · ");
}

export class Merges {
  element = h("details", { class: "fold merges", on: { toggle: () => this.element.open && this.refresh() } });
  #id = null;
  #may;
  #found = null; // {hazard, merges, nearby}
  #chosen = null; // {act: "merge" | "split", id}
  #reason = "";
  #trouble = "";
  #busy = false;
  #count = 0;

  /** `may`: whether this person may merge and split. `onChanged()` after either. */
  constructor({ may, onChanged }) {
    this.#may = may;
    this.onChanged = onChanged;
  }

  /** Another hazard, or none for null; `count` of its sightings where it is known already. */
  choose(id, count = 0) {
    if (id !== this.#id) {
      [this.#id, this.#found, this.#chosen, this.#reason, this.#trouble] = [id, null, null, "", ""];
      this.element.open = false;
    }
    this.#count = count;
    this.show();
  }

  /** What is open is read anew; folded away it costs nothing. */
  async refresh() {
    const id = this.#id;
    if (!id || !this.element.open) return;
    const address = `/hazards/${encodeURIComponent(id)}`;
    try {
      if (!knowsCameras()) learnCameras((await askAll("/cameras")).items); // a phone has not asked for them yet
      const [hazard, merges, nearby] = await Promise.all([ask("GET", address), ask("GET", `${address}/merges`), ask("GET", `${address}/nearby`)]);
      if (id !== this.#id) return;
      this.#found = { hazard: hazard.data, merges: merges.data.items, nearby: nearby.data.items };
      this.#count = hazard.data.sightings.length;
    } catch (error) {
      if (id !== this.#id) return;
      this.#trouble = explain(error);
    }
    this.show();
  }

  show() {
    this.element.hidden = !this.#id;
    rebuild(this.element, [this.#id, this.#count, this.#found, this.#chosen, this.#trouble, this.#busy, currentLanguage()], () => [
      h("summary", {}, t("merge.title"), this.#count ? ` (${t("merge.count", { count: this.#count + 1 })})` : ""),
      h("div", { class: "merge-body" }, this.#trouble ? h("p", { class: "notice bad", role: "alert" }, this.#trouble) : null,
        this.#found ? this.#body() : h("p", { class: "muted" }, t("merge.loading")))]);
  }

  #body() {
    const { hazard, merges, nearby } = this.#found;
    const all = [hazard, ...hazard.sightings];
    const others = nearby.filter(({ id }) => id !== hazard.id && !all.some((one) => one.id === id));
    return [
      hazard.merged_into ? h("p", { class: "notice" }, h("span", {}, t("merge.is_merged"))) : null,
      h("h3", {}, t("merge.seen_by")),
      h("ul", { class: "merge-list" }, all.map((one, i) => this.#sighting(one, i > 0 || Boolean(hazard.merged_into)))),
      merges.length ? [h("h3", {}, t("merge.why")), h("ul", { class: "merge-list" }, merges.map((one) => this.#merge(one)))] : null,
      h("h3", {}, t("merge.nearby")),
      others.length ? h("ul", { class: "merge-list" }, others.map((one) => this.#candidate(one))) : h("p", { class: "muted" }, t("merge.nearby_none")),
    ].flat();
  }

  #sighting(one, canLeave) {
    return h("li", { data: { sighting: one.id } },
      h("span", { class: "merge-icon" }, icon(one.kind)),
      h("span", {}, h("strong", {}, tName("source", one.source)), ` · ${placeOf(one)}`, h("small", {}, `${when(one.raised_at)} · ${t(`hazard.${one.state}`)}${one.words ? ` · ${one.words}` : ""}`)),
      this.#may && canLeave ? this.#act("split", one.id) : null, this.#form("split", one.id));
  }

  #merge(one) {
    const by = tName("by", one.by);
    return h("li", { class: "merge-told", data: { merge: one.hazard_id } },
      h("span", { class: "wide" }, h("strong", {}, t("merge.by", { name: by, time: when(one.at) })), h("small", {}, mergeWords(one.why)),
        one.undone_at ? h("small", { class: "undone" }, t("merge.undone", { name: tName("by", one.undone_by), time: when(one.undone_at), why: one.undone_why ?? "" })) : null));
  }

  #candidate(one) {
    const ticket = one.ticket_number ? ` #${one.ticket_number}` : "";
    return h("li", { data: { nearby: one.id } },
      h("span", { class: "merge-icon" }, icon(one.kind)),
      h("span", {}, h("strong", {}, tName("source", one.source)), `${this.#isOfAnotherKind(one) ? ` · ${t(`kind.${one.kind}`)}` : ""}${ticket} · ${when(one.raised_at)}${one.ended ? ` · ${t("merge.ended")}` : ""}`, h("small", {}, mergeWords(one.why))),
      this.#may && !one.ended ? this.#act("merge", one.id) : null, this.#form("merge", one.id));
  }

  #isOfAnotherKind(one) {
    return one.kind !== this.#found.hazard.kind;
  }

  #act(act, id) {
    if (this.#is(act, id)) return null;
    return h("button", { type: "button", class: "button small", data: { act }, disabled: this.#busy, on: { click: () => this.#pick({ act, id }) } }, t(`merge.${act}`));
  }

  #is(act, id) {
    return this.#chosen?.act === act && this.#chosen.id === id;
  }

  #pick(chosen) {
    [this.#chosen, this.#reason, this.#trouble] = [chosen, "", ""];
    this.show();
    this.element.querySelector("form")?.scrollIntoView({ block: "nearest" });
    this.element.querySelector("textarea")?.focus({ preventScroll: true });
  }

  #form(act, id) {
    if (!this.#is(act, id)) return null;
    const reason = h("textarea", { name: "merge-reason", maxLength: 500, rows: 2, required: true, value: this.#reason, on: { input: () => (this.#reason = reason.value) } });
    return h("form", { class: "command-form wide", on: { submit: (event) => {
      event.preventDefault();
      if (reason.value.trim()) this.#send(act, id);
      else reason.focus();
    } } },
    h("p", { class: "muted" }, t(`merge.${act}_help`)),
    this.#mixesKinds(act, id) ? h("p", { class: "notice warn" }, icon("warn"), t("merge.two_kinds")) : null,
    h("label", { class: "field" }, h("span", {}, t("form.why")), reason),
    h("div", { class: "button-row" }, h("button", { type: "button", class: "button", on: { click: () => this.#pick(null) } }, t("form.cancel")),
      h("button", { type: "submit", class: "button primary", disabled: this.#busy }, t(`merge.${act}`))));
  }

  #mixesKinds(act, id) {
    const other = act === "merge" && this.#found.nearby.find((one) => one.id === id);
    return Boolean(other) && this.#isOfAnotherKind(other);
  }

  async #send(act, id) {
    const mine = this.#id;
    [this.#busy, this.#trouble] = [true, ""];
    this.show();
    const [about, body] = act === "split" ? [id, { reason: this.#reason.trim() }] : [mine, { into: id, reason: this.#reason.trim(), anyway: this.#mixesKinds(act, id) }];
    try {
      await ask("POST", `/hazards/${encodeURIComponent(about)}/${act}`, { body });
      if (mine === this.#id) [this.#chosen, this.#reason] = [null, ""];
    } catch (error) {
      const words = error instanceof Refused && error.status === 409 ? t("merge.changed") : explain(error);
      if (mine === this.#id) this.#trouble = words;
      else alert(`${t(`merge.${act}`)}: ${words}`); // somebody looks at another hazard meanwhile
    }
    this.#busy = false;
    this.show();
    await this.refresh();
    this.onChanged();
  }
}
