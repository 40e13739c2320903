/** Who is signed in, the sign-in form, and which page is whose. */

import { ask, closeTheDoor, explain, Refused } from "./api.js";
import { byId, setText } from "./dom.js";
import { t } from "./i18n.js";
import { learnGrids } from "./names.js";
import { setZone } from "./time.js";

const homeOf = (role) => (role === "grid_worker" ? "/phone" : "/");

/**
 * Make sure that somebody is signed in and on the right page, then answer who: {username, name, role, grids, site}.
 * Shows the form where nobody is. Never answers when the page is left for the other one.
 */
export async function signedIn() {
  let found = null;
  try {
    found = (await ask("GET", "/session")).data;
  } catch (error) {
    if (!(error instanceof Refused && error.status === 401)) setText(byId("signin-error"), explain(error));
  }
  const user = found ?? (await form());
  if (location.pathname === homeOf(user.role)) return { ...user, site: await site() };
  location.replace(homeOf(user.role));
  return new Promise(() => {});
}

/** The session ended under us: ask again. Answers when somebody has signed in. */
export function signInAgain() {
  setText(byId("signin-error"), t("signin.again"));
  return form();
}

/** The site's name and time zone; without an answer the page works in the browser's own zone. */
async function site() {
  try {
    const { data } = await ask("GET", "/site");
    setZone(data.timezone);
    learnGrids(data.grids);
    return data;
  } catch (error) {
    if (!error.passing) throw error;
    return null;
  }
}

/** Show the form until somebody has signed in; answers who. */
function form() {
  const [place, element, submit] = [byId("signin"), byId("signin-form"), byId("signin-submit")];
  byId("boot").hidden = true;
  place.hidden = false;
  (element.username.value ? element.password : element.username).focus();
  return new Promise((done) => {
    element.onsubmit = async (event) => {
      event.preventDefault();
      submit.disabled = true;
      setText(submit, t("signin.busy"));
      setText(byId("signin-error"), "");
      try {
        const { data } = await ask("POST", "/session", { body: { username: element.username.value.trim(), password: element.password.value } });
        element.password.value = "";
        place.hidden = true;
        done(data.user);
      } catch (error) {
        setText(byId("signin-error"), whyNot(error));
        element.password.select();
      } finally {
        submit.disabled = false;
        setText(submit, t("signin.submit"));
      }
    };
  });
}

function whyNot(error) {
  if (error instanceof Refused && error.status === 401) return t("signin.wrong");
  if (error instanceof Refused && error.status === 429) return t("signin.later");
  return explain(error);
}

export async function signOut() {
  await closeTheDoor();
  try {
    await ask("DELETE", "/session");
  } finally {
    location.assign("/");
  }
}
