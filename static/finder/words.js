/* What the other scripts share, first the words of the page: none are written in a script. */

const block = document.getElementById("words");
const words = block ? JSON.parse(block.textContent) : {};

/** The word of that name in the page's language, `{name}` replaced; "" where the page does not give it. */
export function say(name, values = {}) {
  return (words[name] || "").replace(/\{(\w+)\}/g, (all, key) => (key in values ? values[key] : all));
}

/** A number as the page's language writes it. */
export const number = (value) => value.toLocaleString(document.documentElement.lang);

export function attributes(one, values) {
  for (const [name, value] of Object.entries(values)) one.setAttribute(name, value);
}

/** An element; texts are never read as markup. */
export function element(tag, values = {}, ...children) {
  const made = document.createElement(tag);
  attributes(made, values);
  made.append(...children);
  return made;
}

/** Put a style sheet or a script in the page, and wait for it. */
export function loaded(made) {
  return new Promise((done, failed) => {
    made.addEventListener("load", done);
    made.addEventListener("error", failed);
    document.head.append(made);
  });
}

/** A live region, there before it has anything to say: else screen readers miss the first message. */
export function status(beside, hidden = false) {
  const region = element("p", { role: "status", class: hidden ? "visually-hidden" : "status" });
  beside.after(region);
  return region;
}

/** Read, or write, or without a name forget; where the browser refuses storage nothing is kept, and nothing breaks. */
export function remember(store, name, value) {
  try {
    if (!name) return window[store].clear();
    if (value === undefined) return JSON.parse(window[store].getItem(name));
    return window[store].setItem(name, JSON.stringify(value));
  } catch (refused) {
    return null;
  }
}

/** Do something to what the page holds now, and again each time its main part is replaced. */
export function onShown(run) {
  run();
  document.addEventListener("finder:shown", run);
}

/** Where the last list of courses is kept; the service worker gives it at that address. */
export const LAST = { cache: "finder-last", key: "/finder/last" };
