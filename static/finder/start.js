/* Every page: read-aloud, what is kept for when there is no network, the language used last. */

import { element, LAST, onShown, remember, say } from "./words.js";

const root = document.documentElement;
const here = (name) => document.querySelector(name);

if ("speechSynthesis" in window) import("./listen.js");
onShown(() => {
  if (here("[data-places]")) import("./place.js");
  if (here("[data-map], [data-wait-position], form [name=lon]") || /place=ici\b/.test(location.search)) import("./results.js");
  if (here("[data-kept]")) import("./kept.js");
  if (window.caches) offerToForget(here("[data-forget]"));
});

const languages = here("main .languages");
if (languages) {
  const last = languages.querySelector(`[hreflang="${remember("localStorage", "language")}"]`);
  if (last) languages.prepend(last.closest("li"));
} else {
  remember("localStorage", "language", root.lang);
}

/* Written by the service worker on a page it had kept: people must know how old it is. */
const day = root.dataset.keptDay;
if (day && here("main")) {
  const told = new Date(day).toLocaleDateString(root.lang, { day: "numeric", month: "long", year: "numeric" });
  const text = element("p", { class: "notice notice-warning", role: "status" }, element("span", {}, say("kept", { day: told })));
  const icon = new URL("icons.svg#offline", import.meta.url);
  text.insertAdjacentHTML("afterbegin", `<svg aria-hidden="true" class="icon"><use href="${icon}"/></svg>`);
  here("main").prepend(text);
}

if ("serviceWorker" in navigator) keep();

async function keep() {
  try {
    const first = !navigator.serviceWorker.controller;
    const held = await navigator.serviceWorker.register("/sw.js");
    const ready = await navigator.serviceWorker.ready;
    /* The worker did not see the page that brought it. */
    if (first && !day) ready.active.postMessage({ type: "keep", url: location.href });
    if (held.waiting) held.waiting.postMessage({ type: "renew" });
  } catch (refused) {
    /* No worker (private window): the pages work as they are. */
  }
}

function offerToForget(button) {
  if (!button || !button.hidden) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await Promise.all(["finder-pages", LAST.cache].map((name) => caches.delete(name)));
    for (const store of ["localStorage", "sessionStorage"]) remember(store);
    const told = element("p", { role: "status", tabindex: "-1" }, say("forgotten"));
    button.replaceWith(told);
    told.focus();
  });
}
