/** One's own account: the second factor, the password, and where one is signed in. */

import { deviceName } from "./agent.js";
import { ask, explain, Refused } from "./api.js";
import { h, rebuild } from "./dom.js";
import { currentLanguage, t } from "./i18n.js";
import { icon } from "./icons.js";
import { SecondFactor } from "./second_factor.js";
import { format, when } from "./time.js";
import "./words/account.js";
import "./words/common.js";

const SHORTEST_PASSWORD = 10; // as api.auth.schemas.NewPassword

export class AccountPart {
  #user;
  #sessions = null;
  #factor;
  #who = h("section", { class: "box" });
  #places = h("section", { class: "box" });
  #password = h("section", { class: "box" });
  #told = null; // {kind, words} about the password

  constructor(view, user) {
    this.#user = user;
    this.#factor = new SecondFactor(user);
    // Before a second factor is enrolled nothing else can be done here.
    const rest = user.enrol ? [] : [h("div", {}, this.#places)];
    view.append(h("div", { class: rest.length ? "two-columns" : "" }, h("div", { class: "desk-stack" }, this.#who, this.#factor.element, user.enrol ? null : this.#password), ...rest));
  }

  async start() {
    await Promise.all([this.#factor.start(), this.#user.enrol ? null : this.#read()]);
  }

  show() {
    const { name, username, role } = this.#user;
    rebuild(this.#who, currentLanguage(), () => [h("h2", {}, icon("person"), name || username),
      h("p", { class: "muted" }, username, " · ", t(`role.${role}`))]);
    this.#factor.show();
    this.#showPlaces();
    rebuild(this.#password, [this.#told, currentLanguage()], () => this.#passwordForm());
  }

  async #read() {
    try {
      this.#sessions = (await ask("GET", "/session/all")).data.items;
    } catch (error) {
      if (!error.passing) throw error;
    }
    this.show();
  }

  #showPlaces() {
    const end = (path) => async () => {
      try {
        await ask("DELETE", path);
      } catch (error) {
        if (!(error instanceof Refused && error.status === 404)) throw error; // it has ended by itself
      }
      await this.#read();
    };
    rebuild(this.#places, [this.#sessions, currentLanguage()], () => [h("h2", {}, t("account.sessions")),
      h("p", { class: "muted" }, t("account.sessions_help")),
      h("ul", { class: "lines" }, (this.#sessions ?? []).map((one) => h("li", {},
        h("span", { title: one.agent }, deviceName(one.agent) || t("account.unknown_agent"), h("small", {}, `${t("account.since", { time: format(one.began_at, "short") })} · ${t(`method.${one.method}`)}`)),
        one.this ? h("span", { class: "chip closed" }, t("account.here"))
          : h("button", { type: "button", class: "button small", on: { click: end(`/session/all/${one.id}`) } }, t("account.end"))))),
      (this.#sessions?.length ?? 0) > 1 ? h("button", { type: "button", class: "button", on: { click: end("/session/others") } }, t("account.end_others")) : null]);
  }

  #passwordForm() {
    const field = (name, key, more) => h("label", { class: "field" }, h("span", {}, t(key)), h("input", { name, type: "password", required: true, ...more }));
    return [h("h2", {}, t("account.password")), h("form", { on: { submit: (event) => this.#change(event) } },
      field("old", "account.password_now", { autocomplete: "current-password" }),
      field("fresh", "account.password_new", { autocomplete: "new-password", minLength: SHORTEST_PASSWORD }),
      this.#told ? h("p", { class: `notice ${this.#told.kind}`, role: "status" }, this.#told.words) : null,
      h("button", { type: "submit", class: "button small" }, t("account.password_change")))];
  }

  async #change(event) {
    event.preventDefault();
    const { old, fresh } = event.target;
    try {
      await ask("POST", "/session/password", { body: { current_password: old.value, new_password: fresh.value } });
      this.#told = { kind: "good", words: t("account.password_changed", { time: when(new Date().toISOString()) }) };
    } catch (error) {
      const wrong = error instanceof Refused && error.status === 403;
      this.#told = { kind: "bad", words: wrong ? t("factor.password_wrong") : error.status === 429 ? t("signin.later") : explain(error) };
    }
    await this.#read();
  }
}
