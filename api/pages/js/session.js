/** Who is signed in, the sign-in form, and which page is whose. */

import { ask, explain, Refused } from "./api.js";
import { byId, setText } from "./dom.js";
import { t } from "./i18n.js";
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
  return settle(found ?? (await form()));
}

/** The session ended under us: ask again, over the page as it stands. */
export async function signInAgain() {
  setText(byId("signin-error"), t("signin.again"));
  return settle(await form());
}

function settle(answer) {
  const user = { ...(answer.user ?? answer), site: answer.site ?? answer.user?.site ?? null };
  if (user.site?.timezone) setZone(user.site.timezone);
  if (location.pathname !== homeOf(user.role)) {
    location.replace(homeOf(user.role));
    return new Promise(() => {});
  }
  return user;
}

/** Show the form until somebody has signed in; answers the server's answer. */
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
        done(data);
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
  try {
    await ask("DELETE", "/session");
  } finally {
    location.assign("/");
  }
}
