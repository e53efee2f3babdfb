/* The page shown without network: what can still be read. */

import { element, LAST, onShown, say } from "./words.js";

const MOST = 10;
const SHOWN = /^\/[a-z]{2}\/(cours|fiche|commune)/;

async function link(cache, address) {
  const html = await (await cache.match(address)).text();
  const page = new DOMParser().parseFromString(html, "text/html");
  if (page.querySelector("[data-wait-position]")) return null;
  const { lang, dir } = page.documentElement;
  const place = page.querySelector(".asked [lang=fr]");
  const title = place ? `${place.textContent} : ${page.title}` : page.title;
  return element("li", {}, element("a", { href: address, lang, dir: dir || "ltr" }, title));
}

async function fill(list) {
  const items = [];
  if (await caches.has(LAST.cache)) items.push(element("li", {}, element("a", { href: LAST.key }, say("last_list"))));
  const pages = await caches.open("finder-pages");
  const addresses = (await pages.keys()).map((one) => one.url).filter((one) => SHOWN.test(new URL(one).pathname));
  for (const address of addresses.reverse().slice(0, MOST)) {
    const item = await link(pages, address);
    if (item) items.push(item);
  }
  list.replaceChildren(...items);
  list.hidden = !items.length;
}

onShown(() => {
  const list = document.querySelector("[data-kept]");
  if (list && "caches" in window) fill(list);
});
