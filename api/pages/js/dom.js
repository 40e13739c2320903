/** Elements without markup strings: text is always text, so nothing that a camera or a person is named can be markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element. `props`: `class`, `data` (dataset), `on` (listeners), a DOM property that exists, or an attribute.
 * Children are nodes or strings; null and false are left out.
 */
export function h(tag, props = {}, ...children) {
  return furnish(document.createElement(tag), props, children);
}

/** The same for SVG: everything but `class`, `data` and `on` is an attribute. */
export function svg(tag, props = {}, ...children) {
  return furnish(document.createElementNS(SVG, tag), props, children);
}

function furnish(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.setAttribute("class", value);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "on") for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    else if (element.namespaceURI !== SVG && name in element && !name.startsWith("aria")) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Write text only when it differs: a screen reader and the layout are disturbed by nothing that did not change. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A key for what a part shows; the part is made again only when its key changes. Keeps focus, scroll and pictures. */
export function rebuild(element, key, build) {
  const text = JSON.stringify(key);
  if (element.shownKey === text) return false;
  element.shownKey = text;
  element.replaceChildren(...[build()].flat().filter(Boolean));
  return true;
}

/**
 * Make the children of `list` match `items` in order, keeping the element of each key, so that a click on its way, the
 * focus and the scroll position survive a refresh. `make(item)` builds one; `signature(item)` says when to build anew.
 */
export function reconcile(list, items, keyOf, make, signature) {
  const old = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let before = list.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    const text = JSON.stringify(signature(item));
    let element = old.get(key);
    if (!element || element.signature !== text) {
      const fresh = make(item);
      fresh.dataset.key = key;
      fresh.signature = text;
      const focused = element?.contains(document.activeElement);
      if (element) {
        if (before === element) before = fresh;
        element.replaceWith(fresh);
        if (focused) (fresh.matches("a, button") ? fresh : fresh.querySelector("a, button"))?.focus();
      } else list.insertBefore(fresh, before);
      element = fresh;
    }
    old.delete(key);
    if (element === before) before = element.nextElementSibling;
    else list.insertBefore(element, before);
  }
  for (const gone of old.values()) gone.remove();
}
