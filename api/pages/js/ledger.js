/** The ledger 周周清: a week's sums by place, the hazards beneath them, the files of both; and how quick the loop was. */

import { ask, explain } from "./api.js";
import { h, rebuild } from "./dom.js";
import { currentLanguage, t } from "./i18n.js";
import { icon } from "./icons.js";
import { Loop } from "./loop.js";
import { when } from "./time.js";
import "./words/common.js";
import "./words/ledger.js";
import "./words/town.js";

const LEVELS = ["street", "community", "grid", "micro_grid"];
const COUNTS = ["found", "on_foot", "cleared", "overdue", "refound", "open"];
const DAY_MS = 86_400_000;

/** 2026-W47 of its Monday, 2026-11-16: as ISO 8601, the year is that of the week's Thursday. */
export function weekOf(monday, weeksOn = 0) {
  const thursday = new Date(Date.parse(`${monday}T00:00:00Z`) + (3 + 7 * weeksOn) * DAY_MS);
  const year = thursday.getUTCFullYear();
  const week = 1 + Math.floor((thursday - Date.UTC(year, 0, 1)) / (7 * DAY_MS));
  return `${String(year).padStart(4, "0")}-W${String(week).padStart(2, "0")}`;
}

export class LedgerPart {
  #week = null; // null: this one
  #thisWeek = null; // its name, as the server told it
  #level = ""; // "": the usual one, with those that none of it is above of
  #usual = null;
  #under = null; // {unit, name} whose lines are shown; null: all
  #sums = null;
  #lines = null;
  #trouble = "";
  #asked = 0;
  #linesAsked = 0;
  #table = h("section", { class: "box", id: "ledger-sums" });
  #list = h("section", { class: "box", id: "ledger-lines" });
  #loop = new Loop();

  constructor(view) {
    view.append(this.#table, h("div", { class: "two-columns" }, this.#list, this.#loop.element));
  }

  async start() {
    await Promise.all([this.#read(), this.#loop.read()]);
  }

  show() {
    const language = currentLanguage();
    rebuild(this.#table, [this.#sums, this.#thisWeek, this.#level, this.#trouble, language], () => this.#sumTable());
    rebuild(this.#list, [this.#lines, this.#under, language], () => this.#lineList());
    this.#loop.show();
  }

  #query(more = {}) {
    const given = { week: this.#week, level: this.#level, ...more };
    return new URLSearchParams(Object.entries(given).filter(([, value]) => value));
  }

  async #read() {
    const [asked, linesAsked] = [++this.#asked, ++this.#linesAsked];
    await this.#taking(async () => {
      const [sums, lines] = await Promise.all([ask("GET", `/ledger?${this.#query({ limit: 100 })}`), ask("GET", this.#linesPath())]);
      if (asked !== this.#asked) return; // another week was asked for meanwhile
      this.#sums = sums.data;
      if (linesAsked === this.#linesAsked) this.#lines = lines.data;
      this.#thisWeek ??= sums.data.week;
      this.#usual ??= sums.data.level;
    });
  }

  #linesPath(cursor = null, under = this.#under) {
    return `/ledger/lines?${this.#query({ level: null, limit: 50, under: under?.unit, cursor })}`;
  }

  /** The lines of a unit, null: of all. Their heading changes with them, not before. */
  async #choose(under) {
    const asked = ++this.#linesAsked;
    await this.#taking(async () => {
      const { data } = await ask("GET", this.#linesPath(null, under));
      if (asked === this.#linesAsked) [this.#under, this.#lines] = [under, data];
    });
  }

  async #more(name, path) {
    await this.#taking(async () => {
      const before = name === "sums" ? this.#sums : this.#lines;
      const { data } = await ask("GET", path);
      if (before !== (name === "sums" ? this.#sums : this.#lines)) return; // another week or unit is shown meanwhile
      const whole = { ...data, items: [...before.items, ...data.items] };
      if (name === "sums") this.#sums = whole;
      else this.#lines = whole;
    });
  }

  async #taking(work) {
    try {
      await work();
      this.#trouble = "";
    } catch (error) {
      this.#trouble = explain(error);
    }
    this.show();
  }

  #turn(weeksOn) {
    const week = weekOf(this.#sums.monday, weeksOn);
    this.#week = week === this.#thisWeek ? null : week;
    return this.#read();
  }

  #sumTable() {
    const found = this.#sums;
    const trouble = this.#trouble ? h("p", { class: "notice warn" }, this.#trouble) : null;
    if (!found) return [h("h2", {}, icon("ledger"), t("desk.ledger")), trouble ?? h("p", { class: "muted" }, t("ledger.loading"))];
    const level = h("select", { name: "level", "aria-label": t("ledger.level"), on: { change: () => {
      this.#level = level.value === this.#usual ? "" : level.value;
      this.#read();
    } } }, LEVELS.map((name) => h("option", { value: name, selected: name === found.level }, t(`level.${name}`))));
    const file = (format) => h("a", { class: "button", href: `/api/v1/ledger/export?${this.#query({ format, lang: currentLanguage() })}`, download: "" }, t(`ledger.${format}`));
    return [h("h2", {}, icon("ledger"), t("ledger.title", { week: found.week })),
      h("div", { class: "tools" },
        h("button", { type: "button", class: "button", id: "week-before", on: { click: () => this.#turn(-1) } }, t("ledger.before")),
        h("span", { class: "muted" }, t("ledger.days", { monday: found.monday, sunday: found.sunday })),
        h("button", { type: "button", class: "button", id: "week-after", disabled: found.week === this.#thisWeek, on: { click: () => this.#turn(1) } }, t("ledger.after")),
        level, file("xlsx"), file("csv")),
      trouble, h("p", { class: "muted" }, t("ledger.least", { count: found.least_found })),
      found.items.length ? this.#sumRows(found) : h("p", { class: "muted" }, t("ledger.none")),
      found.next ? h("button", { type: "button", class: "button", on: { click: () => this.#more("sums", `/ledger?${this.#query({ limit: 100, cursor: found.next })}`) } }, t("more")) : null];
  }

  #sumRows({ items, total, least_found }) {
    const cells = (counts) => COUNTS.map((name) => h("td", { class: `number ${name === "overdue" && counts[name] ? "over" : ""}` }, String(counts[name])));
    const enough = ({ enough, counts }) => (enough === null ? "" : h("span", { class: `chip ${enough ? "met" : "soon"}` }, enough ? t("ledger.yes") : t("ledger.no", { count: least_found - counts.found })));
    return h("div", { class: "scrolls" }, h("table", { class: "sums" },
      h("thead", {}, h("tr", {}, ["place", "enough", ...COUNTS].map((name) => h("th", { scope: "col", class: COUNTS.includes(name) ? "number" : "" }, t(`ledger.${name}`))))),
      h("tbody", {}, items.map((row) => h("tr", { data: { unit: row.unit ?? "" } }, h("th", { scope: "row" }, this.#placeOf(row)), h("td", {}, enough(row)), cells(row.counts)))),
      h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, t("ledger.total")), h("td", {}), cells(total)))));
  }

  #placeOf({ unit, names }) {
    if (!unit) return t("ledger.elsewhere");
    const name = names.at(-1);
    return [h("button", { type: "button", class: "unit", on: { click: () => this.#choose({ unit, name }) } }, name), names.length > 1 ? h("small", {}, names.slice(0, -1).join(" / ")) : null].filter(Boolean);
  }

  #lineList() {
    const found = this.#lines;
    return [h("h2", {}, this.#under ? t("ledger.lines_of", { name: this.#under.name }) : t("ledger.lines")),
      this.#under ? h("button", { type: "button", class: "button small", on: { click: () => this.#choose(null) } }, t("ledger.all")) : null,
      !found ? h("p", { class: "muted" }, t("ledger.loading"))
        : !found.items.length ? h("p", { class: "muted" }, t("ledger.lines_none"))
          : h("ul", { class: "lines" }, found.items.map((one) => h("li", { data: { number: String(one.number) } },
            h("strong", {}, `#${one.number} ${t(`kind.${one.kind}`)}`, one.refound ? h("span", { class: "chip soon" }, t("ledger.again")) : null),
            h("span", { class: "chip" }, t(`state.${one.state}`)),
            h("small", { class: "wide" }, [one.place, one.unit_name, t("ledger.line", { time: when(one.found_at) }), one.closed_at && t("ledger.closed", { time: when(one.closed_at) })].filter(Boolean).join(" · "))))),
      found?.next ? h("button", { type: "button", class: "button", on: { click: () => this.#more("lines", this.#linesPath(found.next)) } }, t("more")) : null];
  }
}
