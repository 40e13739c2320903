/** A file of units: checked first, with every fault named; written only after somebody has seen what would change. */

import { ask, explain, Refused } from "./api.js";
import { h, rebuild } from "./dom.js";
import { currentLanguage, t, tName } from "./i18n.js";
import { icon } from "./icons.js";
import { faultTable } from "./town_faults.js";
import "./words/common.js";
import "./words/town.js";

const DATUMS = ["", "WGS-84", "CGCS2000", "GCJ-02"];
const ACCEPTABLE = ["gap", "overlap", "outside"]; // as api.town.given.ACCEPTABLE

export class TownImport {
  element = h("section", { class: "box", id: "town-import" });
  #file = null;
  #datum = "";
  #accept = new Set();
  #found = null; // what the dry run said would change
  #compared = null; // the ETag of the units that it was compared with
  #faults = null; // the first of them, at most 1,000
  #faultCount = 0;
  #trouble = "";
  #done = null;
  #busy = false;
  #turn = 0; // counts what was changed in the form: an answer is for the form that was sent

  /** `onImported()` after the town has been written. */
  constructor({ onImported }) {
    this.onImported = onImported;
  }

  show() {
    const known = [this.#file?.name, this.#datum, [...this.#accept], this.#found, this.#faults, this.#trouble, this.#done, this.#busy, currentLanguage()];
    rebuild(this.element, known, () => [h("h2", {}, t("town.import")), h("p", { class: "muted" }, t("town.import_help")), this.#form(),
      this.#trouble ? h("p", { class: "notice bad", role: "alert" }, this.#trouble) : null,
      this.#faults?.length ? faultTable(this.#faults, { count: this.#faultCount }) : null,
      this.#found ? this.#preview(this.#found) : null,
      this.#done ? h("p", { class: "notice good", role: "status" }, icon("check"), t("town.imported", this.#done)) : null]);
  }

  #form() {
    const input = h("input", { class: "sr-only", type: "file", name: "units", accept: ".geojson,.json,.csv,.xlsx", on: { change: () => this.#change(() => ([this.#file] = input.files)) } });
    const datum = h("select", { name: "datum", on: { change: () => this.#change(() => (this.#datum = datum.value)) } },
      DATUMS.map((value) => h("option", { value, selected: value === this.#datum }, value || t("town.datum_in_file"))));
    const let_pass = ACCEPTABLE.map((kind) => {
      const box = h("input", { type: "checkbox", checked: this.#accept.has(kind), on: { change: () => this.#change(() => this.#accept[box.checked ? "add" : "delete"](kind)) } });
      return h("label", { class: "tick" }, box, h("span", {}, tName("fault", kind)));
    });
    return h("form", { on: { submit: (event) => {
      event.preventDefault();
      this.#send(true);
    } } },
    h("label", { class: "button pick-file" }, this.#file?.name ?? t("town.file"), input),
    h("label", { class: "field" }, h("span", {}, t("form.datum")), datum),
    h("fieldset", { class: "ticks" }, h("legend", {}, t("town.accept")), let_pass),
    h("button", { type: "submit", class: "button", disabled: !this.#file || this.#busy }, t(this.#busy ? "form.sending" : "town.check")));
  }

  #change(work) {
    work();
    this.#turn += 1;
    [this.#found, this.#faults, this.#trouble, this.#done] = [null, null, "", null];
    this.show();
  }

  #preview({ added, changed, removed, kept, accepted, still_named }) {
    return h("div", { class: "desk-stack" },
      h("p", { class: "notice" }, t("town.would", { added: added.length, changed: changed.length, removed: removed.length, kept })),
      accepted.length ? faultTable(accepted) : null,
      still_named.length ? h("p", { class: "notice warn" }, icon("warn"), t("town.still_named", { names: still_named.slice(0, 20).join(t("list.comma")) })) : null,
      h("button", { type: "button", class: "button primary", id: "town-write", disabled: this.#busy, on: { click: () => this.#send(false) } }, t("town.write")));
  }

  async #send(dryRun) {
    const query = new URLSearchParams([...(this.#datum ? [["datum", this.#datum]] : []), ...[...this.#accept].map((kind) => ["accept", kind]), ["dry_run", String(dryRun)]]);
    const turn = this.#turn;
    const overtaken = () => dryRun && turn !== this.#turn;
    [this.#busy, this.#trouble, this.#faults] = [true, "", null];
    this.show();
    try {
      const { data, etag } = await ask("PUT", `/town/units?${query}`, { file: this.#file, ifMatch: dryRun ? null : this.#compared });
      if (overtaken()) return;
      this.#compared = etag;
      this.#found = dryRun ? data : null;
      this.#done = dryRun ? null : { added: data.added.length, changed: data.changed.length, removed: data.removed.length };
    } catch (error) {
      if (overtaken() && (error.passing || error instanceof Refused)) return;
      this.#found = null;
      this.#faults = error instanceof Refused ? (error.problem.errors ?? []).filter(({ kind }) => kind) : null;
      this.#faultCount = error.problem?.count ?? this.#faults?.length;
      const changed = error instanceof Refused && error.status === 412;
      this.#trouble = this.#faults?.length ? t("town.refused", { count: this.#faultCount }) : changed ? t("town.changed") : explain(error);
    } finally {
      this.#busy = false;
      this.show();
    }
    if (this.#done) this.onImported();
  }
}
