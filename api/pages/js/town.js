/** The town as it is organised: levels with their faults, who is on duty, departments, shifts; importing a file of units. */

import { ask, explain, Refused } from "./api.js";
import { h, rebuild } from "./dom.js";
import { currentLanguage, t, tName } from "./i18n.js";
import { icon } from "./icons.js";
import { TownImport } from "./town_import.js";
import { faultTable } from "./town_faults.js";
import "./words/common.js";
import "./words/town.js";

const LEVELS = ["street", "community", "grid", "micro_grid"];

export class TownPart {
  #administers;
  #path = []; // units from the top down to the one that is looked into
  #units = null; // {items, next} beneath it
  #counts = null; // level -> how many, as far as one page tells
  #unit = null; // {team, roster, duty} of the one that is looked into
  #faults = null; // {items, next, count}
  #departments = null;
  #settings = null;
  #trouble = "";
  #parts = {};

  constructor(view, user) {
    this.#administers = user.role === "administrator";
    const part = (name) => (this.#parts[name] = h("section", { class: "box", id: `town-${name}` }));
    this.import = this.#administers ? new TownImport({ onImported: () => this.start() }) : null;
    view.append(h("div", { class: "two-columns" },
      h("div", { class: "desk-stack" }, part("units"), part("faults"), this.import?.element ?? ""),
      h("div", { class: "desk-stack" }, part("duty"), part("departments"), part("shifts"), part("commands"))));
    if (!this.#administers) this.#parts.faults.remove();
  }

  async start() {
    this.#faults = null;
    await Promise.all([this.#enter([]), this.#count(), this.#administers ? this.#checkFaults() : null,
      this.#take("/town/departments"), this.#take("/town/settings")]);
    this.show();
  }

  async #take(path) {
    try {
      const { data } = await ask("GET", path);
      if (path.endsWith("departments")) this.#departments = data.items;
      else this.#settings = data;
    } catch (error) {
      this.#trouble = explain(error);
    }
  }

  /** Look into a unit, or from above for an empty path: what is beneath it, and who serves there. */
  async #enter(path) {
    this.#path = path;
    this.#unit = this.#units = null;
    this.#trouble = "";
    this.show();
    const at = path.at(-1);
    try {
      if (at) {
        const own = `/town/units/${encodeURIComponent(at.id)}`;
        const [units, team, roster, duty] = await Promise.all([this.#read(`parent=${encodeURIComponent(at.id)}`), ...["team", "roster", "duty"].map((name) => ask("GET", `${own}/${name}`))]);
        if (this.#path !== path) return;
        this.#units = units;
        this.#unit = { team: team.data.members, roster: roster.data.entries, duty: duty.data.usernames };
      } else {
        // The highest level that there is: towns without streets begin at communities.
        for (const level of LEVELS) {
          const found = await this.#read(`level=${level}`);
          if (this.#path !== path) return;
          this.#units = found;
          if (found.items.length) break;
        }
      }
    } catch (error) {
      this.#trouble = explain(error);
    }
    this.show();
  }

  async #read(query, cursor = "") {
    return (await ask("GET", `/town/units?limit=100&${query}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`)).data;
  }

  async #more() {
    const at = this.#path.at(-1);
    const query = at ? `parent=${encodeURIComponent(at.id)}` : `level=${this.#units.items[0].level}`;
    const before = this.#units;
    try {
      const { items, next } = await this.#read(query, before.next);
      if (before !== this.#units) return; // somebody looks elsewhere meanwhile
      this.#units = { items: [...before.items, ...items], next };
      this.#trouble = "";
    } catch (error) {
      this.#trouble = explain(error);
    }
    this.show();
  }

  async #count() {
    const counts = {};
    try {
      for (const level of LEVELS) {
        const { data } = await ask("GET", `/town/units?limit=200&level=${level}`);
        counts[level] = data.next ? `${data.items.length}+` : String(data.items.length);
      }
      this.#counts = counts;
    } catch (error) {
      this.#trouble = explain(error);
    }
  }

  async #checkFaults() {
    try {
      const { next, items } = this.#faults ?? { next: null, items: [] };
      const page = (await ask("GET", `/town/faults?limit=200${next ? `&cursor=${encodeURIComponent(next)}` : ""}`)).data;
      this.#faults = { ...page, items: [...items, ...page.items] };
    } catch (error) {
      if (!error.passing && !(error instanceof Refused)) throw error;
      this.#trouble = explain(error);
    }
  }

  show() {
    const [parts, language] = [this.#parts, currentLanguage()];
    const at = this.#path.at(-1);
    rebuild(parts.units, [this.#units, this.#counts, this.#path.map(({ id }) => id), this.#trouble, language], () => this.#unitList());
    rebuild(parts.faults, [this.#faults, language], () => [h("h2", {}, t("town.faults"), this.#faults ? h("span", { class: `how-many ${this.#faults.count ? "some" : ""}` }, String(this.#faults.count)) : null), ...this.#faultList()]);
    rebuild(parts.duty, [at?.id, this.#unit, this.#settings?.shifts, language], () => this.#duty(at));
    rebuild(parts.departments, [this.#departments, language], () => this.#departmentList());
    rebuild(parts.shifts, [this.#settings, language], () => this.#shifts());
    rebuild(parts.commands, language, () => [h("h2", {}, t("town.how")), h("p", { class: "muted" }, t("town.how_help")),
      h("pre", { class: "code", lang: "en" }, [
        "sanxun town check FILE --datum GCJ-02", "sanxun town import FILE --datum GCJ-02", "sanxun town team teams.csv", "sanxun town roster roster.xlsx",
        "sanxun town departments departments.csv", "sanxun town settings settings.json"].join("\n")),
      h("p", { class: "muted" }, t("town.how_columns"))]);
    this.import?.show();
  }

  #faultList() {
    const found = this.#faults;
    if (!found) return [h("p", { class: "muted" }, t("town.loading"))];
    if (!found.count) return [h("p", { class: "notice good" }, icon("check"), t("town.faults_none"))];
    const more = () => this.#checkFaults().then(() => this.show());
    return [faultTable(found.items, { count: found.count, most: Infinity }),
      found.next ? h("button", { type: "button", class: "button", on: { click: more } }, t("more")) : null];
  }

  #unitList() {
    const into = (unit) => this.#enter([...this.#path, unit]);
    const counts = this.#counts && h("p", { class: "muted" }, LEVELS.map((level) => `${t(`level.${level}`)} ${this.#counts[level]}`).join(" · "));
    return [h("h2", {}, icon("town"), t("town.units")), counts, this.#trouble ? h("p", { class: "notice warn" }, this.#trouble) : null,
      h("div", { class: "crumbs" }, h("button", { type: "button", on: { click: () => this.#enter([]) } }, t("town.top")),
        this.#path.map((unit, i) => ["›", h("button", { type: "button", on: { click: () => this.#enter(this.#path.slice(0, i + 1)) } }, unit.name)]).flat()),
      !this.#units ? h("p", { class: "muted" }, t("town.loading"))
        : !this.#units.items.length ? h("p", { class: "muted" }, t(this.#path.length ? "town.lowest" : "town.empty"))
          : h("ul", { class: "lines" }, this.#units.items.map((unit) => h("li", { data: { unit: unit.id } },
            h("span", {}, h("button", { type: "button", class: "unit", on: { click: () => into(unit) } }, unit.name), h("small", {}, `${unit.id} · ${t(`level.${unit.level}`)} · ${unit.calendar ? t("town.calendar_of", { name: unit.calendar }) : t("town.calendar_above")}`)),
            h("span", { class: "muted" }, unit.children ? t("town.children", { count: unit.children }) : unit.source === "site" ? t("town.from_site") : "")))),
      this.#units?.next ? h("button", { type: "button", class: "button", on: { click: () => this.#more() } }, t("more")) : null];
  }

  #duty(at) {
    if (!at) return [h("h2", {}, t("town.duty")), h("p", { class: "muted" }, t("town.duty_choose"))];
    if (!this.#unit) return [h("h2", {}, t("town.duty_of", { name: at.name })), h("p", { class: "muted" }, t("town.loading"))];
    const { team, roster, duty } = this.#unit;
    const table = (heads, rows) => h("div", { class: "scrolls" }, h("table", {}, h("thead", {}, h("tr", {}, heads.map((words) => h("th", { scope: "col" }, words)))),
      h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((words) => h("td", {}, words)))))));
    return [h("h2", {}, t("town.duty_of", { name: at.name })),
      h("p", { class: `notice ${duty.length ? "good" : "warn"}`, id: "on-duty" }, duty.length ? t("town.on_duty", { names: duty.join(t("list.comma")) }) : t("town.nobody")),
      h("h3", {}, t("town.team")), team.length ? table([t("town.who"), t("town.part")], team.map(({ username, part }) => [username, t(`part.${part}`)])) : h("p", { class: "muted" }, t("town.team_none")),
      h("h3", {}, t("town.roster")), roster.length ? table([t("town.shift"), t("town.when"), t("town.who")],
        roster.map(({ shift, username, date, days }) => [tName("shift", shift), date ?? days, username || t("town.nobody_named")])) : h("p", { class: "muted" }, t("town.roster_none"))];
  }

  #departmentList() {
    const items = this.#departments;
    return [h("h2", {}, icon("whistle"), t("town.departments")), !items ? h("p", { class: "muted" }, t("town.loading"))
      : !items.length ? h("p", { class: "muted" }, t("town.departments_none"))
        : h("ul", { class: "lines" }, items.map((one) => h("li", { data: { department: one.id } }, h("strong", {}, one.name, h("small", {}, one.id)),
          h("span", { class: "chip" }, t("town.answers_in", { minutes: one.answer_minutes })),
          h("small", { class: "wide" }, `${one.units.length ? one.units.join(t("list.comma")) : t("town.whole_town")} · ${one.kinds.length ? one.kinds.map((kind) => t(`kind.${kind}`)).join(t("list.comma")) : t("town.every_kind")}`))))];
  }

  #shifts() {
    const found = this.#settings;
    if (!found) return [h("h2", {}, t("town.shifts")), h("p", { class: "muted" }, t("town.loading"))];
    const calendars = Object.entries(found.calendars);
    return [h("h2", {}, icon("clock"), t("town.shifts")),
      h("ul", { class: "lines" }, found.shifts.map(({ name, starts, ends }) => h("li", {}, h("span", {}, tName("shift", name)), h("span", { class: "number" }, `${starts} – ${ends}`)))),
      h("p", { class: "muted" }, t("town.calendar", { name: found.calendar === "always" ? t("town.always") : found.calendar })),
      calendars.length ? h("ul", { class: "lines" }, calendars.map(([name, { hours, holidays }]) => h("li", {}, h("span", {}, name, h("small", {}, hours.join(t("list.comma")))),
        h("span", { class: "muted" }, holidays.length ? t("town.holidays", { count: holidays.length }) : "")))) : null];
  }
}
