/** The grid worker's page: my tickets, one ticket, and one thing to do. Works with a thumb, in sunlight, in a dead spot. */

import { ask, explain, poller, Refused } from "./api.js";
import { byId, h, rebuild, setText } from "./dom.js";
import { currentLanguage, t, tName, translate } from "./i18n.js";
import { drawIcons, icon } from "./icons.js";
import { coalesced } from "./live.js";
import { ticketPlace } from "./names.js";
import { Outbox } from "./outbox.js";
import { PhoneList } from "./phone_list.js";
import { PhoneTicket } from "./phone_ticket.js";
import { signedIn, signInAgain, signOut } from "./session.js";
import { now, when } from "./time.js";
import "./words/common.js";
import "./words/phone.js";
import "./words/ticket.js";

const POLL_MS = 5000;
const PAGE = 50; // polled all day: what a person can do in a shift, and no closed ticket among it
const MOST = 200;
const OPEN = ["received", "registered", "dispatched", "working", "verifying", "returned", "suspended"];
const ENDED = ["closed", "rejected", "voided", "merged"];
const CLOSED_SHOWN = 30;
const listPath = (limit, states) => `/tickets?limit=${limit}&${states.map((state) => `state=${state}`).join("&")}`;

let user = null;
let tickets = null; // the open ones; null: never read
let more = false; // whether there are more of them than were asked for
let ended = null; // the last ones that ended: read when somebody unfolds them
let apart = null; // the ticket that is looked at and stands in neither list: {id, ticket, read}
let readAt = null;
let trouble = null; // why the last reading failed
let refusals = [];
let list = null;
let one = null;
let outbox = null;
let refresh = async () => {}; // reads all anew, once the page has begun

const find = (id) => tickets?.find((known) => known.id === id) ?? (apart?.id === id ? apart.ticket : null) ?? ended?.find((known) => known.id === id) ?? null;

/** The ticket that the address names: `#/t/ID` as this page writes it, `#ID` as messages do. */
function chosenId() {
  const [, id] = location.hash.match(/^#(?:\/t\/)?([^/]+)$/) ?? [];
  return id ? decodeURIComponent(id) : null;
}

function show() {
  const id = chosenId();
  const ticket = id ? find(id) : null;
  const gone = id && apart?.id === id && apart.gone;
  byId("back").hidden = !id;
  byId("top-mark").hidden = Boolean(id);
  setText(byId("heading"), ticket ? t("ticket.title", { number: `#${ticket.number}` }) : t("phone.heading"));
  list.element.hidden = Boolean(id);
  if (!id) list.show({ tickets, ended, more, waiting: (known) => outbox.waiting(known) });
  byId("parts").hidden = Boolean(id);
  one.show(ticket, ticket ? outbox.waiting(ticket.id) : null);
  byId("gone").hidden = !gone;
  setText(byId("gone"), gone ? t("ticket.gone") : "");
  const fresh = tickets?.filter((known) => ["dispatched", "returned"].includes(known.state)).length ?? 0;
  document.title = (fresh ? `(${fresh}) ` : "") + t("title.phone");
  showBanners();
}

function showBanners() {
  const words = !trouble ? "" : !readAt ? t("phone.offline_first") : t(navigator.onLine ? "phone.trouble" : "phone.offline", { time: when(readAt) });
  byId("offline").hidden = !words;
  rebuild(byId("offline"), words, () => [icon("offline"), h("span", {}, words)]);
  byId("waiting").hidden = !outbox.size;
  rebuild(byId("waiting"), [outbox.size, currentLanguage()], () => [icon("send"), h("span", {}, t("phone.waiting", { count: outbox.size }))]);
  byId("refused").hidden = !refusals.length;
  rebuild(byId("refused"), [refusals, currentLanguage()], () => refusals.map(({ item, detail }) => h("p", {},
    t("phone.refused", { command: tName("command", item.command.replace("-", "_")), number: `#${item.number}`, detail }))).concat(
    h("button", { type: "button", class: "button", on: { click: forgive } }, t("close"))));
}

function forgive() {
  refusals = [];
  show();
}

function took(fresh) {
  const before = tickets && new Set(tickets.map((ticket) => ticket.id));
  const arrived = before ? fresh.filter((ticket) => ticket.state === "dispatched" && !before.has(ticket.id)) : [];
  if (arrived.length) setText(byId("announce"), t("phone.new", { kind: t(`kind.${arrived[0].kind}`), place: ticketPlace(arrived[0]) }));
  const id = chosenId();
  const seen = id ? find(id) : null;
  tickets = fresh;
  if (seen && !find(id)) apart = { id, ticket: seen, read: poller(ticketPath(id)) }; // it ended just now: it stays in view
}

const ticketPath = (id) => `/tickets/${encodeURIComponent(id)}`;

/** The ticket that is looked at, where the list does not have it: it has ended, or is another's, or there are too many. */
async function readApart() {
  const id = chosenId();
  if (!id || tickets?.some((known) => known.id === id)) return;
  if (apart?.id !== id) apart = { id, ticket: null, read: poller(ticketPath(id)) };
  const wanted = apart;
  if (wanted.gone || ENDED.includes(wanted.ticket?.state)) return;
  try {
    wanted.ticket = await wanted.read();
  } catch (error) {
    if (!(error instanceof Refused && [403, 404].includes(error.status))) throw error;
    wanted.gone = true;
  }
}

async function readEnded() {
  try {
    ended = (await ask("GET", listPath(CLOSED_SHOWN, ENDED))).data.items;
  } catch (error) {
    if (!error.passing && !(error instanceof Refused)) throw error;
    trouble = explain(error);
  }
  show();
}

function start() {
  byId("boot").hidden = true;
  byId("phone").hidden = false;
  let limit = PAGE;
  let read = poller(listPath(limit, OPEN));
  refresh = coalesced(async () => {
    try {
      const page = await read();
      more = Boolean(page.next) && limit < MOST;
      took(page.items);
      await readApart();
      readAt = now();
      trouble = null;
      outbox.flush(); // the network is there: no need to wait for the next try
    } catch (error) {
      if (!error.passing && !(error instanceof Refused)) throw error;
      trouble = explain(error);
    }
    show();
  });
  list = new PhoneList(byId("view"), {
    onEnded: readEnded,
    onMore: () => {
      limit = Math.min(MOST, limit * 2);
      read = poller(listPath(limit, OPEN));
      refresh();
    },
  });
  one = new PhoneTicket(byId("view"), { onCommand: (item) => outbox.add(item), onHazards: refresh, settles: user.role === "grid_worker" });
  one.onPhoto = show;
  byId("view").append(h("p", { id: "gone", class: "notice warn", hidden: true }));
  outbox = new Outbox({
    owner: user.username,
    onChange: show,
    onDone: (item, ticket) => {
      one.forget(item.ticket);
      tickets = tickets && tickets.map((known) => (known.id === ticket?.id ? ticket : known));
      if (apart && apart.id === ticket?.id) apart.ticket = ticket;
      show();
      refresh();
    },
    onRefused: (item, error) => {
      refusals = [...refusals, { item, detail: error.message }];
      show();
      refresh();
    },
  });
  show();
  outbox.open();
  refresh();
  setInterval(() => !document.hidden && refresh(), POLL_MS);
  document.addEventListener("visibilitychange", () => !document.hidden && refresh());
  for (const change of ["online", "offline"]) addEventListener(change, refresh);
  addEventListener("hashchange", () => {
    show();
    if (chosenId() && !tickets?.some(({ id }) => id === chosenId())) refresh();
    byId("heading").focus({ preventScroll: true }); // a screen reader hears where it is
  });
}

function showWords() {
  translate();
  document.title = t("title.phone");
  if (list) show();
}

let asking = false;
document.addEventListener("sanxun:signedout", async () => {
  if (asking || !user) return;
  asking = true;
  byId("phone").hidden = true;
  const again = await signInAgain();
  if (again.username !== user.username || again.role !== user.role) return location.reload();
  asking = false;
  byId("phone").hidden = false; // the same person goes on: a photo that was taken and not sent yet is still there
  return refresh();
});
document.addEventListener("sanxun:language", showWords);
byId("back").onclick = () => (location.hash = "#/");
byId("signout").onclick = () => {
  if (!outbox?.size || confirm(t("phone.signout_waiting", { count: outbox.size }))) signOut();
};
drawIcons();
showWords();
user = await signedIn();
start();
