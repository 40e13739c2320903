/**
 * Reporting: `/report?p=CODE` a resident from a QR code, without a name; `/report#RECEIPT` what became of that;
 * `/report` somebody on patrol, signed in.
 */

import { ask, explain, Refused } from "./api.js";
import { byId, h } from "./dom.js";
import { t, tName, translate } from "./i18n.js";
import { drawIcons, icon } from "./icons.js";
import { ReportForm } from "./report_form.js";
import { when } from "./time.js";

const POLL_MS = 15_000;
const view = byId("view");
const code = new URLSearchParams(location.search).get("p");
const receipt = () => decodeURIComponent(location.hash.slice(1));
const show = (...parts) => view.replaceChildren(...parts.flat().filter(Boolean));
const notice = (kind, words, name) => h("p", { class: `notice ${kind}`, role: "status" }, icon(name), h("span", {}, words));

async function resident() {
  const { data: point } = await ask("GET", `/public/report-points/${encodeURIComponent(code)}`);
  const form = new ReportForm({
    kinds: point.kinds,
    send: async (body) => {
      const { data } = await ask("POST", "/public/reports", { body: { ...body, point: code } });
      location.hash = encodeURIComponent(data.receipt);
    },
  });
  show(h("p", { class: "lead" }, point.name), h("p", { class: "muted" }, t("report.privacy")), form.element);
}

async function patrol() {
  const { data: user } = await ask("GET", "/session");
  byId("home").hidden = false;
  byId("home").href = user.role === "grid_worker" ? "/phone" : "/";
  const form = new ReportForm({
    patrol: true,
    kinds: (await ask("GET", "/reports/kinds")).data.kinds,
    send: async (body) => {
      const { data } = await ask("POST", "/reports", { body });
      const words = data.merged_into ? "report.known" : "report.sent";
      show(notice("good", t(words, { number: `#${data.ticket_number}` }), "check"),
        h("a", { class: "button primary", href: "/report" }, t("report.another")));
    },
  });
  show(form.element);
}

async function follow() {
  const { data } = await ask("GET", `/public/reports/${encodeURIComponent(receipt())}`);
  const answer = (gone) => async () => {
    try {
      await ask("POST", `/public/reports/${encodeURIComponent(receipt())}/answer`, { body: { gone } });
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // answered already, or closed meanwhile: what is shown next says so
    }
    await run();
  };
  show(
    h("p", { class: "lead" }, tName("kind", data.kind)),
    h("p", { class: "muted" }, when(data.at)),
    notice(data.progress === "settled" ? "good" : "", tName("progress", data.progress), data.progress === "settled" ? "check" : "clock"),
    data.asked ? h("p", {}, t("report.is_it_gone")) : null,
    data.asked ? h("div", { class: "two" },
      h("button", { type: "button", class: "button primary", on: { click: answer(true) } }, t("report.gone")),
      h("button", { type: "button", class: "button", on: { click: answer(false) } }, t("report.there"))) : null,
    h("p", { class: "muted" }, t("report.keep_link")),
  );
}

async function run() {
  try {
    await (receipt() ? follow() : code ? resident() : patrol());
  } catch (error) {
    if (!error.passing && !(error instanceof Refused)) throw error;
    const words = error.status === 404 ? t(receipt() ? "report.no_receipt" : "report.no_code") : error.status === 401 ? t("report.sign_in") : explain(error);
    show(notice("warn", words, "warn"), error.status === 401 ? h("a", { class: "button primary", href: "/phone" }, t("signin.submit")) : null);
  }
}

function showWords() {
  translate();
  document.title = t("title.report");
}

document.addEventListener("sanxun:language", () => {
  showWords();
  run();
});
addEventListener("hashchange", run);
setInterval(() => !document.hidden && receipt() && run(), POLL_MS);
drawIcons();
showWords();
run();
