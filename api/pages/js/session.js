/** Who is signed in, the sign-in form, and which page is whose. */

import { ask, closeTheDoor, explain, Refused } from "./api.js";
import { byId, setText } from "./dom.js";
import { t } from "./i18n.js";
import { learnGrids } from "./names.js";
import { setZone } from "./time.js";
import "./words/common.js";

const ON_FOOT = ["grid_worker", "department", "property_manager", "volunteer"];
export const homeOf = (role) => (role === "department" ? "/calls" : ON_FOOT.includes(role) ? "/phone" : "/");
const ENROLMENT = "/account";
const ASK_AGAIN_MS = 5000;

/** The wall is for who sits, the phone's page for who walks; the other pages are for all. */
const mayStay = (role) => (location.pathname === "/phone" ? ON_FOOT.includes(role) : location.pathname !== "/" || homeOf(role) === "/");

/**
 * Make sure that somebody is signed in and on the right page, then answer who: {username, name, role, grids, site}.
 * Shows the form where nobody is. Never answers when the page is left for another: for one's own, or for the second
 * factor that one's role needs first.
 */
export async function signedIn() {
  const user = await someone();
  if (user.enrol && location.pathname === ENROLMENT) return { ...user, site: null }; // nothing else is answered yet
  if (!user.enrol && mayStay(user.role)) return { ...user, site: await site() };
  location.replace(user.enrol ? ENROLMENT : homeOf(user.role) + location.hash); // a message names its ticket there
  return new Promise(() => {});
}

async function someone() {
  try {
    return (await ask("GET", "/session")).data;
  } catch (error) {
    if (error.status === 401) return form();
    setText(byId("signin-error"), explain(error));
    return Promise.race([form(), recognised()]); // who is signed in already need not do so again
  }
}

/** Who is signed in, once the server answers; never where nobody is. */
async function recognised() {
  for (;;) {
    await new Promise((done) => setTimeout(done, ASK_AGAIN_MS));
    try {
      const { data } = await ask("GET", "/session");
      byId("signin").hidden = true;
      return data;
    } catch (error) {
      if (error.status === 401) {
        setText(byId("signin-error"), "");
        return new Promise(() => {});
      }
      explain(error); // raises what is a fault of ours
    }
  }
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
  const [place, element, submit, code] = [byId("signin"), byId("signin-form"), byId("signin-submit"), byId("signin-code")];
  byId("boot").hidden = true;
  place.hidden = false;
  offerElsewhere();
  askForCode(code, element, false);
  (element.username.value ? element.password : element.username).focus();
  return new Promise((done) => {
    element.onsubmit = async (event) => {
      event.preventDefault();
      submit.disabled = true;
      setText(submit, t("signin.busy"));
      setText(byId("signin-error"), "");
      try {
        const body = { username: element.username.value.trim(), password: element.password.value };
        if (!code.hidden && element.code.value.trim()) body.code = element.code.value.trim();
        const { data } = await ask("POST", "/session", { body });
        element.password.value = "";
        askForCode(code, element, false);
        place.hidden = true;
        done(data.user);
      } catch (error) {
        if (wantsCode(error)) {
          askForCode(code, element, true);
          setText(byId("signin-error"), error.problem.code_was_wrong ? t("signin.code_wrong") : "");
        } else {
          setText(byId("signin-error"), whyNot(error));
          element.password.select();
        }
      } finally {
        submit.disabled = false;
        setText(submit, t("signin.submit"));
      }
    };
  });
}

const wantsCode = (error) => error instanceof Refused && error.problem.type === "urn:sanxun:problem:second-factor";

/** The password was right: show the field for the second factor, empty. Or take it away again. */
function askForCode(place, element, wanted) {
  place.hidden = !wanted;
  element.code.value = "";
  element.code.required = wanted;
  if (wanted) element.code.focus();
}

/** A button for the town's own identity provider, where there is one; and why it sent somebody back without success. */
async function offerElsewhere() {
  const refused = new URLSearchParams(location.search).get("signin");
  if (refused) {
    setText(byId("signin-error"), t(refused === "not-allowed" ? "signin.elsewhere_no_role" : "signin.elsewhere_failed"));
    history.replaceState(null, "", location.pathname);
  }
  const link = byId("signin-elsewhere");
  try {
    const { elsewhere } = (await ask("GET", "/session/ways")).data;
    link.hidden = !elsewhere;
    if (!elsewhere) return;
    link.href = elsewhere.href;
    setText(byId("signin-elsewhere-name"), elsewhere.name);
  } catch {
    link.hidden = true; // one can still sign in with a password
  }
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
  } catch (error) {
    alert(t("signout.failed", { why: explain(error) }));
  }
  location.assign("/");
}
