/**
 * Words in the language that the person chose. They stand in words/, by area, the two languages of each key side by
 * side; a script imports those that it says, so that a page loads no others (tests/pages/test_dictionary.py).
 * A key that is missing is a console error, which fails the browser tests; people then see the key, never nothing.
 */

const LANGUAGES = ["zh", "en"]; // in the order of each key's words
const LOCALES = { zh: "zh-CN", en: "en-GB" };
const REMEMBERED = "sanxun.language";
const words = {};

let language = chosen();

/** `{key: [Chinese, English]}`, once from each file of words/. */
export function addWords(more) {
  Object.assign(words, more);
}

function chosen() {
  const kept = remembered();
  if (LANGUAGES.includes(kept)) return kept;
  return /^zh\b/i.test(navigator.language) ? "zh" : "en";
}

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) ?? "";
  } catch {
    return ""; // storage may be forbidden; the browser's language then decides each time
  }
}

/** The words of `key`, with {name} places filled from `values`. */
export function t(key, values = {}) {
  const found = words[key]?.[LANGUAGES.indexOf(language)];
  if (found === undefined) {
    console.error(`no words for ${key} in ${language}`);
    return key;
  }
  return found.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** Words for a name that comes from outside (a class, a command, a figure): the name itself where we have none. */
export function tName(family, name) {
  const key = `${family}.${name}`;
  return key in words ? t(key) : name;
}

export const currentLanguage = () => language;
export const locale = () => LOCALES[language];

/** Change the language; every part hears "sanxun:language" on the document and shows itself anew. */
function setLanguage(name) {
  language = name;
  try {
    localStorage.setItem(REMEMBERED, name);
  } catch {
    // not remembered, still changed
  }
  translate();
  document.dispatchEvent(new Event("sanxun:language"));
}

/** Fill in data-i18n (text) and data-i18n-label (aria-label and title) of the page's own markup. */
export function translate(root = document) {
  document.documentElement.lang = LOCALES[language];
  for (const element of root.querySelectorAll("[data-i18n]")) element.textContent = t(element.dataset.i18n);
  for (const element of root.querySelectorAll("[data-i18n-label]")) {
    const label = t(element.dataset.i18nLabel);
    element.setAttribute("aria-label", label);
    if (element.matches("button, a")) element.title = label;
  }
  for (const button of root.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-language]");
  if (button) setLanguage(button.dataset.language);
});
