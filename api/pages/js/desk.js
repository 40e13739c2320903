/** Pages that are neither wall nor ticket list: one's account, whistles, mutes, the ledger, the town. The address says which. */

import { byId, h, rebuild, setText } from "./dom.js";
import { currentLanguage, t, translate } from "./i18n.js";
import { drawIcons, icon } from "./icons.js";
import { homeOf, signedIn, signInAgain, signOut } from "./session.js";
import "./words/common.js";

const CENTRE = ["administrator", "command_centre"];
const PARTS = [
  { path: "/calls", name: "desk.calls", picture: "whistle", load: async () => (await import("./calls.js")).Calls },
  { path: "/mutes", name: "desk.mutes", picture: "mute", load: async () => (await import("./mutes.js")).Mutes },
  { path: "/ledger", name: "desk.ledger", picture: "ledger", load: async () => (await import("./ledger.js")).LedgerPart },
  { path: "/town", name: "desk.town", picture: "town", roles: [...CENTRE, "auditor"], load: async () => (await import("./town.js")).TownPart },
  { path: "/account", name: "desk.account", picture: "person", load: async () => (await import("./account.js")).AccountPart },
];
const part = PARTS.find(({ path }) => path === location.pathname) ?? PARTS.at(-1);

let user = null;
let shown = null;

const mine = () => (user?.enrol ? [part] : PARTS.filter(({ roles }) => !roles || roles.includes(user?.role)));

function showWords() {
  translate();
  document.title = `${t(part.name)} · ${t("app.name")}`;
  setText(byId("heading"), t(part.name));
  rebuild(byId("tabs"), [mine().map(({ path }) => path), currentLanguage()], () => mine().map(({ path, name, picture }) => h("a", {
    href: path, "aria-current": path === part.path ? "page" : null }, icon(picture), h("span", {}, t(name)))));
  byId("tabs").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }); // a phone has no room for all
  shown?.show();
}

let asking = false;
document.addEventListener("sanxun:signedout", async () => {
  if (asking || !user) return;
  asking = true;
  byId("desk").hidden = true;
  await signInAgain();
  location.reload();
});
document.addEventListener("sanxun:language", showWords);
byId("signout").onclick = signOut;
drawIcons();
showWords();
user = await signedIn();
byId("home").href = user.enrol ? "/account" : homeOf(user.role);
byId("boot").hidden = true;
byId("desk").hidden = false;
const Part = await part.load();
shown = new Part(byId("view"), user);
showWords();
await shown.start();
