/**
 * Reporting: `/report?p=CODE` a resident from a QR code, without a name; `/report#RECEIPT` what became of that;
 * `/report` somebody on patrol, signed in.
 */

import { ask, explain, Refused } from "./api.js";
import { byId, h, setText } from "./dom.js";
import { t, tName, translate } from "./i18n.js";
import { drawIcons, icon } from "./icons.js";
import { Drafts } from "./report_drafts.js";
import { ReportForm } from "./report_form.js";
import { homeOf } from "./session.js";
import { when } from "./time.js";
import "./words/common.js";
import "./words/report.js";

const POLL_MS = 60_000; // a hall's many phones share an address, of which so many an hour may ask
const WRITING_MS = 200;
const view = byId("view");
const code = new URLSearchParams(location.search).get("p");
const receipt = () => decodeURIComponent(location.hash.slice(1));
const show = (...parts) => view.replaceChildren(...parts.flat().filter(Boolean));
const notice = (kind, words, name) => h("p", { class: `notice ${kind}`, role: "status" }, icon(name), h("span", {}, words));

let drafts = null;
let opening = null;
let draft = null; // what is being written
let place = null; // what the form needs to be there again without a network: {kinds, heads, patrol, path, scope, bodyOf}
let awaited = null; // the body whose fate the page shows
let arrived = []; // what was sent meanwhile: {words, href}

async function resident() {
  const { data: point } = await ask("GET", `/public/report-points/${encodeURIComponent(code)}`);
  const heads = () => [h("p", { class: "lead" }, point.name), h("p", { class: "muted" }, t("report.privacy"))];
  place = { kinds: point.kinds, heads, scope: `code ${code}`, path: "/public/reports", bodyOf: (body) => ({ ...body, point: code }) };
  await write();
}

async function patrol() {
  const { data: user } = await ask("GET", "/session");
  byId("home").hidden = false;
  byId("home").href = homeOf(user.role);
  const { kinds } = (await ask("GET", "/reports/kinds")).data;
  place = { kinds, heads: () => [], patrol: true, scope: `account ${user.username}`, path: "/reports", bodyOf: (body) => body };
  await write();
}

/** The form, with what was being written in it. */
async function write() {
  drafts ??= new Drafts({ scope: place.scope, path: place.path, onChange: showWaiting, onSent });
  opening ??= drafts.open().then((kept) => (draft ??= kept));
  const form = new ReportForm({ patrol: place.patrol, kinds: place.kinds, send, onWriting: keepWriting });
  show(...place.heads(), form.element);
  await opening;
  if (draft) await form.restore(draft);
}

let writing = 0;
function keepWriting(written) {
  draft = written;
  clearTimeout(writing);
  writing = setTimeout(() => drafts.keepWriting(written), WRITING_MS);
}

async function send(written) {
  await opening; // or what is read from the phone would take the place of this
  const body = place.bodyOf(written);
  awaited = body;
  clearTimeout(writing);
  let fate;
  try {
    fate = await drafts.add(body);
  } catch (error) {
    await drafts.keepWriting(written); // the form still shows it
    throw error;
  }
  clearTimeout(writing);
  draft = null;
  await drafts.keepWriting(null);
  if (fate === "kept") show(notice("warn", t("report.kept"), "offline"), another());
}

function another() {
  return h("button", { type: "button", class: "button primary", on: { click: () => {
    awaited = null;
    write();
  } } }, t("report.another"));
}

/** `data` null: it arrived, and the server's answer did not. */
function onSent({ body }, data) {
  const words = !data ? t("report.arrived") : data.receipt ? t("report.arrived")
    : t(data.merged_into ? "report.known" : "report.sent", { number: `#${data.ticket_number}` });
  const href = data?.receipt ? `#${encodeURIComponent(data.receipt)}` : null;
  if (body !== awaited) arrived = [...arrived, { words, href }];
  else if (href) location.hash = href;
  else show(notice("good", words, "check"), another());
  showWaiting();
}

/** What waits on this phone, what the server would not take, and what went through while something else was shown. */
function showWaiting() {
  const items = drafts?.items ?? [];
  const refused = items.filter((item) => item.refused);
  const waiting = items.length - refused.length;
  byId("waiting").hidden = !waiting;
  setText(byId("waiting"), t("report.waiting", { count: waiting }));
  byId("refused").hidden = !refused.length;
  byId("refused").replaceChildren(...refused.map((item) => h("p", {}, t("report.refused", { kind: tName("kind", item.body.kind), detail: item.refused.message }), " ",
    h("button", { type: "button", class: "button", on: { click: () => drafts.discard(item) } }, t("report.discard")))));
  byId("arrived").hidden = !arrived.length;
  byId("arrived").replaceChildren(...arrived.map(({ words, href }) => h("p", {}, words, " ", href ? h("a", { href }, t("report.follow")) : null)));
}

async function follow() {
  const mine = receipt();
  const { data } = await ask("GET", `/public/reports/${encodeURIComponent(mine)}`);
  if (mine !== receipt()) return; // something else is shown meanwhile
  const unsent = h("div", {});
  const answer = (gone) => async () => {
    try {
      await ask("POST", `/public/reports/${encodeURIComponent(mine)}/answer`, { body: { gone } });
    } catch (error) {
      if (error.passing) { // it did not arrive: the question stays
        unsent.replaceChildren(h("p", { class: "notice warn", role: "alert" }, explain(error)));
        return;
      }
      if (!(error instanceof Refused)) throw error; // answered already, or closed meanwhile: what is shown next says so
    }
    await run();
  };
  show(
    h("p", { class: "lead" }, tName("kind", data.kind)),
    h("p", { class: "muted" }, when(data.at)),
    notice(data.progress === "settled" ? "good" : "", tName("progress", data.progress), data.progress === "settled" ? "check" : "clock"),
    data.asked ? h("p", {}, t("report.is_it_gone")) : null,
    data.asked ? unsent : null,
    data.asked ? h("div", { class: "two" },
      h("button", { type: "button", class: "button primary", on: { click: answer(true) } }, t("report.gone")),
      h("button", { type: "button", class: "button", on: { click: answer(false) } }, t("report.there"))) : null,
    h("p", { class: "muted" }, t("report.keep_link")),
  );
}

/** `quietly`: what is shown stays where the server does not answer. */
async function run({ quietly = false } = {}) {
  const asked = location.href;
  try {
    await (receipt() ? follow() : code ? resident() : patrol());
  } catch (error) {
    if (!error.passing && !(error instanceof Refused)) throw error;
    if (asked !== location.href || (quietly && error.passing)) return;
    const words = error.status === 404 ? t(receipt() ? "report.no_receipt" : "report.no_code") : error.status === 401 ? t("report.sign_in") : explain(error);
    show(notice("warn", words, "warn"), error.status === 401 ? h("a", { class: "button primary", href: "/phone" }, t("signin.submit")) : null);
  }
}

function showWords() {
  translate();
  document.title = t("title.report");
  showWaiting();
}

document.addEventListener("sanxun:language", () => {
  showWords();
  if (place && !receipt()) write(); // what is being written stays, also without a network
  else run();
});
addEventListener("hashchange", () => run());
addEventListener("online", () => !place && run());
setInterval(() => !document.hidden && receipt() && run({ quietly: true }), POLL_MS);
drawIcons();
showWords();
run();
