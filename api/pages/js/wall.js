/** The command centre's wall: signs in, then keeps tiles, feed, ticket, counts and clock together. */

import { Refused, ask, askAll, explain, poller } from "./api.js";
import { Colours } from "./colours.js";
import { byId, h, rebuild, setText } from "./dom.js";
import { Feed } from "./feed.js";
import { currentLanguage, t, translate } from "./i18n.js";
import { drawIcons } from "./icons.js";
import { coalesced, follow } from "./live.js";
import { learnCameras } from "./names.js";
import { signedIn, signInAgain, signOut } from "./session.js";
import { Suggestions } from "./suggest.js";
import { TicketPanel } from "./ticket_panel.js";
import { STATES } from "./ticket_parts.js";
import { Tiles } from "./tiles.js";
import { everySecond, format, now } from "./time.js";
import { showWorkers } from "./workers.js";
import "./words/common.js";
import "./words/ticket.js";
import "./words/wall.js";

const MOST = 200;
const CENTRE = ["administrator", "command_centre"]; // as api.auth.roles.CENTRE
const link = { push: false, fetched: true, socket: true };
let counts = null;
let openHazards = null;
let user = null;
let workers = [];

function showClock() {
  byId("clock").dateTime = new Date(now()).toISOString();
  setText(byId("clock-time"), format(now(), "time"));
  setText(byId("clock-day"), format(now(), "day"));
}

function showConnection() {
  const state = !link.fetched || !link.socket ? "lost" : link.push ? "live" : "polling";
  const element = byId("connection");
  element.dataset.state = state;
  rebuild(element, [state, currentLanguage()], () => [
    h("span", { class: `dot ${{ live: "live", polling: "stalled", lost: "down" }[state]}` }), h("span", {}, t(`connection.${state}`))]);
}

function showCounts() {
  const count = (name, value, label) => h("div", { class: "count", data: { count: name, some: value ? "yes" : "no" } },
    h("dt", {}, label), h("dd", { class: "number" }, value ?? "–"));
  rebuild(byId("counts"), [counts, openHazards, currentLanguage()], () => [
    count("open", openHazards, t("count.open_hazards")),
    ...STATES.map((state) => count(state, counts?.[state], t(`state.${state}`))),
    // Aside of the chain only where there are any: the bar stays readable from afar.
    ...["returned", "suspended"].filter((state) => counts?.[state]).map((state) => count(state, counts[state], t(`state.${state}`)))]);
}

function showTitle() {
  document.title = (openHazards ? `(${openHazards}) ` : "") + t("title.wall");
}

function showWords() {
  translate();
  showTitle();
  setText(byId("site"), user?.site?.name ?? "");
  byId("signout").title = user ? `${t("signout")} (${user.name || user.username})` : t("signout");
  showClock();
  showConnection();
  showCounts();
  showWorkers(byId("workers"), workers);
}

function start() {
  byId("boot").hidden = true;
  byId("wall").hidden = false;
  const readTickets = poller(`/tickets?limit=${MOST}`);
  const readCounts = poller("/tickets/counts");
  const readOpen = poller(`/hazards?state=open&limit=${MOST}`);

  const tiles = new Tiles({
    onSocket: (open) => {
      link.socket = open;
      showConnection();
    },
    onAccept: CENTRE.includes(user.role) ? acceptView : null,
  });
  const suggestions = CENTRE.includes(user.role) ? new Suggestions(byId("suggestions")) : null;
  const panel = new TicketPanel({
    onClose: () => {
      byId("main").classList.remove("with-ticket");
      feed.choose(null);
      tiles.choose(null);
    },
    onChanged: () => news.ticket(),
    onHazards: () => Promise.all([news.hazard(), news.ticket()]),
    settles: CENTRE.includes(user.role),
  });
  const choose = (hazard) => {
    byId("main").classList.add("with-ticket");
    feed.choose(hazard.id);
    tiles.choose(hazard.camera);
    panel.open(hazard);
  };
  const feed = new Feed({ onChoose: choose });

  const colours = new Colours();
  const news = {
    camera: fetching(async () => {
      const { items, workers: seen } = await askAll("/cameras");
      workers = seen ?? [];
      showWorkers(byId("workers"), workers);
      learnCameras(items);
      tiles.setCameras(items);
      await suggestions?.refresh();
    }),
    hazard: fetching(async () => {
      const open = await readOpen();
      openHazards = open.next ? `${MOST}+` : open.items.length;
      tiles.setHazards(open.items);
      await feed.refresh();
      const known = panel.hazard && (feed.find(panel.hazard.id) ?? open.items.find(({ id }) => id === panel.hazard.id) ?? (await readHazard(panel.hazard.id)));
      if (known && known.id === panel.hazard?.id) panel.setHazard(known);
      showCounts();
      showTitle();
    }),
    ticket: fetching(async () => {
      const { items } = await readTickets();
      counts = await readCounts();
      feed.setTickets(items);
      showCounts();
      await panel.refresh();
      await colours.refresh();
    }),
  };
  follow({
    onNews: (kind) => (kind === "all" ? Object.values(news) : [news[kind], ...(kind === "hazard" ? [news.ticket] : [])]).forEach((read) => read()),
    onPush: (up) => {
      link.push = up;
      showConnection();
    },
  });
  for (const read of Object.values(news)) read();
  everySecond(showClock);
  addEventListener("hashchange", () => openNamed(choose));
  openNamed(choose);
}

/** One that neither list holds any more, such as a cleared one where only open ones are shown; null: it is gone. */
async function readHazard(id) {
  try {
    return (await ask("GET", `/hazards/${encodeURIComponent(id)}`)).data;
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return null;
    throw error;
  }
}

/** Open the ticket that the address names, as messages do: `#ID`. */
async function openNamed(choose) {
  const [, id] = location.hash.match(/^#(?:\/t\/)?([^/]+)$/) ?? [];
  if (!id) return;
  history.replaceState(null, "", location.pathname); // once: not again when the page is loaded anew
  try {
    const { data } = await ask("GET", `/tickets/${id}`);
    const hazard = await readHazard(data.hazard_id);
    if (hazard) choose(hazard);
  } catch (error) {
    alert(error.status === 404 ? t("ticket.gone") : explain(error));
  }
}

async function acceptView(camera) {
  try {
    await ask("POST", `/cameras/${encodeURIComponent(camera)}/accept-view`);
  } catch (error) {
    alert(explain(error));
  }
}

/** A reader that runs once at a time and tells the connection line whether the server answers. */
function fetching(read) {
  return coalesced(async () => {
    try {
      await read();
      link.fetched = true;
    } catch (error) {
      if (!error.passing && !(error instanceof Refused)) throw error;
      link.fetched = false;
    }
    showConnection();
  });
}

let asking = false;
document.addEventListener("sanxun:signedout", async () => {
  if (asking || !user) return;
  asking = true;
  byId("wall").hidden = true;
  await signInAgain();
  location.reload(); // stream and socket were opened for the session that ended
});
document.addEventListener("sanxun:language", showWords);
byId("signout").onclick = signOut;
drawIcons();
showWords();
user = await signedIn();
showWords();
start();
