/** Enrolling an authenticator app: its QR code, the first code that proves it, recovery codes; and taking it away. */

import { ask, explain, Refused } from "./api.js";
import { h, rebuild } from "./dom.js";
import { currentLanguage, t } from "./i18n.js";
import { icon } from "./icons.js";
import { homeOf } from "./session.js";
import { when } from "./time.js";
import "./words/account.js";
import "./words/common.js";

export class SecondFactor {
  element = h("section", { class: "box", id: "factor" });
  #user;
  #state = null; // {in_force_since, recovery_codes_left}
  #begun = null; // {secret, picture}: shown until the app's first code has come
  #codes = null; // recovery codes: shown this once
  #chosen = null; // "codes" or "remove": what a code is being asked for
  #trouble = "";
  #passwordHere = true;

  constructor(user) {
    this.#user = user;
  }

  async start() {
    try {
      const [state, ways] = await Promise.all([ask("GET", "/session/second-factor"), ask("GET", "/session/ways")]);
      this.#state = state.data;
      this.#passwordHere = !ways.data.elsewhere; // who signs in elsewhere only has none here
    } catch (error) {
      this.#fail(error);
    }
    this.show();
  }

  show() {
    rebuild(this.element, [this.#state, this.#begun?.secret, this.#codes, this.#chosen, this.#trouble, currentLanguage()], () => [
      h("h2", {}, icon("sealed"), t("factor.title"), this.#chip()),
      this.#user.enrol && !this.#codes ? h("p", { class: "notice warn" }, icon("warn"), h("span", {}, t("factor.must", { role: t(`role.${this.#user.role}`) }))) : null,
      ...this.#body()]);
  }

  #chip() {
    if (!this.#state) return null;
    const since = this.#state.in_force_since;
    return h("span", { class: `chip ${since ? "closed" : ""}` }, since ? t("factor.on") : t("factor.off"));
  }

  #body() {
    if (this.#codes) return this.#showCodes();
    if (this.#begun) return this.#confirmForm();
    if (!this.#state) return [this.#troubled()];
    return this.#state.in_force_since ? this.#inForce() : this.#beginForm();
  }

  #troubled() {
    return this.#trouble ? h("p", { class: "notice bad", role: "alert" }, this.#trouble) : null;
  }

  #beginForm() {
    const password = h("input", { name: "own-password", type: "password", autocomplete: "current-password", required: this.#passwordHere });
    return [h("p", { class: "muted" }, t("factor.help")), this.#form(t("factor.begin"), async () => {
      const { data } = await ask("POST", "/session/second-factor", { body: password.value ? { password: password.value } : {} });
      const picture = URL.createObjectURL(new Blob([data.qr_svg], { type: "image/svg+xml" }));
      this.#begun = { secret: data.secret, picture };
    }, h("label", { class: "field" }, h("span", {}, t(this.#passwordHere ? "account.password_now" : "factor.password_elsewhere")), password))];
  }

  #confirmForm() {
    const { secret, picture } = this.#begun;
    const grouped = secret.replace(/(.{4})(?=.)/g, "$1 ");
    const code = this.#codeField(true);
    return [h("ol", { class: "lines" },
      h("li", {}, h("p", { class: "wide" }, t("factor.scan")), h("img", { class: "qr wide", src: picture, alt: t("factor.qr"), width: 260, height: 260 })),
      h("li", {}, h("p", { class: "wide" }, t("factor.type"), h("strong", { class: "code unit", id: "factor-secret" }, grouped)))),
    this.#form(t("factor.confirm"), async () => {
      const { data } = await ask("POST", "/session/second-factor/confirm", { body: { code: code.firstInput.value } });
      URL.revokeObjectURL(picture);
      this.#begun = null;
      await this.#took(data.codes);
    }, code.element)];
  }

  #inForce() {
    const { in_force_since, recovery_codes_left } = this.#state;
    const told = h("p", { class: "muted" }, t("factor.since", { time: when(in_force_since), count: recovery_codes_left }));
    if (!this.#chosen) {
      return [told, h("div", { class: "button-row" }, ["codes", "remove"].map((name) => h("button", { type: "button", class: "button", data: { factor: name },
        on: { click: () => this.#choose(name) } }, t(`factor.${name}`))))];
    }
    const code = this.#codeField(false);
    const renew = async () => this.#took((await ask("POST", "/session/second-factor/recovery-codes", { body: { code: code.firstInput.value } })).data.codes);
    const remove = async () => {
      await ask("POST", "/session/second-factor/remove", { body: { code: code.firstInput.value } });
      location.reload(); // the role may need another before anything else
    };
    return [told, this.#form(t(`factor.${this.#chosen}`), this.#chosen === "codes" ? renew : remove, code.element),
      h("button", { type: "button", class: "button quiet", on: { click: () => this.#choose(null) } }, t("form.cancel"))];
  }

  #showCodes() {
    const done = () => {
      if (this.#user.enrol) location.assign(homeOf(this.#user.role));
      this.#codes = null;
      this.show();
    };
    return [h("p", { class: "notice good" }, icon("check"), h("span", {}, t("factor.done"))), h("p", {}, t("factor.keep")),
      h("ul", { class: "codes" }, this.#codes.map((one) => h("li", { class: "code" }, one))),
      h("button", { type: "button", id: "factor-kept", class: "button primary", on: { click: done } }, t("factor.kept"))];
  }

  #codeField(digits) {
    const input = h("input", { name: "factor-code", autocomplete: "one-time-code", autocapitalize: "none", spellcheck: false, required: true,
      maxLength: 32, inputMode: digits ? "numeric" : "text" });
    return { firstInput: input, element: h("label", { class: "field" }, h("span", {}, t(digits ? "factor.first_code" : "signin.code_help")), input) };
  }

  #form(words, work, ...fields) {
    const button = h("button", { type: "submit", class: "button primary" }, words);
    return h("form", { on: { submit: async (event) => {
      event.preventDefault();
      button.disabled = true;
      this.#trouble = "";
      try {
        await work();
      } catch (error) {
        this.#fail(error);
      }
      button.disabled = false;
      this.show();
    } } }, ...fields, this.#troubled(), button);
  }

  #choose(name) {
    this.#chosen = name;
    this.#trouble = "";
    this.show();
    this.element.querySelector("input")?.focus();
  }

  async #took(codes) {
    this.#codes = codes;
    this.#chosen = null;
    this.#state = (await ask("GET", "/session/second-factor")).data;
  }

  #fail(error) {
    const refused = error instanceof Refused ? error.status : 0;
    if (refused === 403) this.#trouble = t(this.#begun || this.#chosen ? "signin.code_wrong" : "factor.password_wrong");
    else this.#trouble = refused === 429 ? t("signin.later") : explain(error);
  }
}
