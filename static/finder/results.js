/* The list of courses: sent for from a position, kept for when there is no network, shown on a map when asked. */

import { ask, canAsk, kept } from "./here.js";
import { LAST, loaded, onShown, say, status } from "./words.js";

/** Put another page's styles, main part and foot in place of this one's. */
async function replace(html) {
  const other = new DOMParser().parseFromString(html, "text/html");
  if (!other.querySelector("main")) throw new Error("no main part");
  for (const style of other.querySelectorAll("link[rel=stylesheet]")) {
    if (!document.querySelector(`link[href="${style.getAttribute("href")}"]`)) await loaded(style).catch(() => {});
  }
  document.title = other.title;
  for (const part of ["main", "footer"]) document.querySelector(part).replaceWith(other.querySelector(part));
  document.dispatchEvent(new CustomEvent("finder:shown"));
}

/** Keep the last list in this browser, to be read without network; the position it was asked from is not in it. */
async function keep(html, policy) {
  const copy = new DOMParser().parseFromString(html, "text/html");
  if (!copy.querySelector("li.course")) return;
  for (const field of copy.querySelectorAll("[name=lon], [name=lat]")) field.remove();
  const headers = { "Content-Type": "text/html; charset=utf-8", "X-Kept": new Date().toISOString() };
  if (policy) headers["Content-Security-Policy"] = policy;
  const page = new Response(`<!doctype html>\n${copy.documentElement.outerHTML}`, { headers });
  await (await caches.open(LAST.cache)).put(LAST.key, page);
}

/** Ask from a position, in the body of a POST: addresses are logged, kept in histories and shared. */
async function send(position) {
  const answer = await fetch(location.href, { method: "POST", body: new URLSearchParams(position), cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  const html = await answer.text();
  await replace(html);
  keep(html, answer.headers.get("Content-Security-Policy")).catch(() => {});
}

/** The page that waits for a position: the list takes its place, where it was left if one comes back to it. */
async function wait(section) {
  const button = section.querySelector("[data-here]");
  const told = status(button);

  async function go(known) {
    let why = "here_failed";
    button.disabled = true;
    told.textContent = say("here_wait");
    try {
      const position = known || (await ask());
      why = "list_failed";
      await send(position);
    } catch (lost) {
      if (lost.message === "refused") why = "here_refused";
      button.disabled = false;
      told.textContent = say(why);
      if (why !== "list_failed") section.querySelector("[data-way-out]").focus();
      return;
    }
    const title = document.querySelector("h1");
    title.setAttribute("tabindex", "-1");
    title.focus({ preventScroll: true });
    window.scrollTo(0, (history.state && history.state.y) || 0);
    window.addEventListener("pagehide", () => history.replaceState({ y: window.scrollY }, ""));
  }

  button.hidden = !canAsk();
  button.addEventListener("click", () => go(null));
  if (kept()) await go(kept());
}

/* Forms that carry the position go by their address alone, which asks again: so "Back" never asks to send a form twice. */
document.addEventListener("submit", (event) => {
  if (!event.target.elements.lon || !kept()) return;
  event.preventDefault();
  location.assign(event.target.action);
});

function offerMap(button) {
  const box = document.getElementById(button.getAttribute("aria-controls"));
  if (!box || !document.querySelector("li.course[data-lon][data-lat]")) return;
  const told = status(button);
  let shown = null;

  function open(yes) {
    box.hidden = !yes;
    button.setAttribute("aria-expanded", String(yes));
  }

  button.addEventListener("click", async () => {
    open(box.hidden);
    if (shown || box.hidden) return;
    told.textContent = say("map_wait");
    try {
      shown = import("./map.js").then((module) => module.show(box, told));
      await shown;
    } catch (lost) {
      shown = null;
      open(false);
      told.textContent = say("map_failed");
    }
  });
  open(false);
  button.hidden = false;
}

const ready = new WeakSet();
let sent = false;

onShown(() => {
  const section = document.querySelector("main [data-wait-position]");
  /* Once per page: an answer that waits again has read the position, and says why it does not help. */
  if (section && !sent) wait(section);
  else if (!sent && /\/fiche\?(.*&)?place=ici\b/.test(location.href) && kept()) send(kept()).catch(() => {});
  sent = true;
  for (const button of document.querySelectorAll("[data-map]")) {
    if (!ready.has(button)) offerMap(button);
    ready.add(button);
  }
});
