/** How quick the five-minute loop was, by place, kind or department: of tickets, never of people. */

import { ask, explain } from "./api.js";
import { h, rebuild } from "./dom.js";
import { currentLanguage, t } from "./i18n.js";
import { duration } from "./time.js";
import "./words/common.js";
import "./words/ledger.js";

const BY = ["unit", "kind", "department"]; // as api.ledger.loop.By

export class Loop {
  element = h("section", { class: "box", id: "ledger-loop" });
  #by = "unit";
  #found = null;
  #trouble = "";

  async read(further = false) {
    const [by, before] = [this.#by, this.#found];
    const span = further ? `&since=${encodeURIComponent(this.#found.since)}&until=${encodeURIComponent(this.#found.until)}&cursor=${encodeURIComponent(this.#found.next)}` : "";
    try {
      const { data } = await ask("GET", `/ledger/loop?by=${by}&limit=50${span}`);
      if (by !== this.#by || (further && before !== this.#found)) return; // another was asked for, or this page twice
      this.#found = further ? { ...data, items: [...this.#found.items, ...data.items] } : data;
      this.#trouble = "";
    } catch (error) {
      this.#trouble = explain(error);
    }
    this.show();
  }

  show() {
    rebuild(this.element, [this.#by, this.#found, this.#trouble, currentLanguage()], () => [h("h2", {}, t("loop.title")),
      h("p", { class: "muted" }, t("loop.help")), this.#choice(), this.#trouble ? h("p", { class: "notice warn" }, this.#trouble) : null,
      this.#found ? this.#table(this.#found) : h("p", { class: "muted" }, t("ledger.loading")),
      this.#found?.next ? h("button", { type: "button", class: "button", on: { click: () => this.read(true) } }, t("more")) : null]);
  }

  #choice() {
    const choose = (by) => () => {
      [this.#by, this.#found] = [by, null];
      this.show();
      return this.read();
    };
    return h("div", { class: "tools", role: "group", "aria-label": t("loop.by") }, BY.map((by) => h("button", { type: "button", class: "button small",
      "aria-pressed": String(by === this.#by), data: { by }, on: { click: choose(by) } }, t(`loop.${by}`))));
  }

  #table({ items, total }) {
    if (!items.length) return h("p", { class: "muted" }, t("loop.none"));
    const answers = this.#by === "department";
    const share = (speed) => (speed?.share_in_time == null ? "–" : `${Math.round(100 * speed.share_in_time)} %`);
    const seconds = (value) => (value === null ? "–" : duration(value));
    const row = (name, { loop, answers: called }) => h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "number" }, String(loop.count)), h("td", { class: "number" }, share(loop)),
      h("td", { class: "number" }, seconds(loop.p50_s)), h("td", { class: "number" }, seconds(loop.p95_s)), answers ? h("td", { class: "number" }, share(called)) : null);
    const heads = ["count", "share", "p50", "p95", ...(answers ? ["answers"] : [])];
    return h("div", { class: "scrolls" }, h("table", { class: "sums" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t(`loop.${this.#by}`)), heads.map((name) => h("th", { scope: "col", class: "number" }, t(`loop.${name}`))))),
      h("tbody", {}, items.map((one) => row(this.#nameOf(one), one))),
      h("tfoot", {}, row(t("ledger.total"), { loop: total, answers: null }))));
  }

  #nameOf({ key, name }) {
    if (key === null) return t(this.#by === "unit" ? "ledger.elsewhere" : "loop.no_key");
    return this.#by === "kind" ? t(`kind.${key}`) : name;
  }
}
