/* The service worker: the service puts a line before this text, `const FINDER = {digest, assets, languages};`.
   It keeps what was seen, to be read without network: never an answer to a POST, never a PDF, never the API. */
"use strict";

const ASSETS = `finder-assets-${FINDER.digest}`;
const PAGES = "finder-pages";
const LAST = { cache: "finder-last", key: "/finder/last" };
const PATIENCE = 3000; // ms of a slow network, before a copy of the same day is shown instead
const MOST = 40;
const IN_LANGUAGE = new RegExp(`^/(${FINDER.languages.join("|")})(/|$)`);
const HEADERS = ["Content-Type", "Content-Security-Policy", "Permissions-Policy", "Referrer-Policy"];

addEventListener("install", (event) => {
  event.waitUntil(caches.open(ASSETS).then((cache) => cache.addAll(FINDER.assets)));
});

addEventListener("activate", (event) => {
  event.waitUntil(forgetOldAssets().then(() => clients.claim()));
});

async function forgetOldAssets() {
  for (const name of await caches.keys()) {
    if (name.startsWith("finder-assets-") && name !== ASSETS) await caches.delete(name);
  }
}

addEventListener("message", (event) => {
  if (event.data.type === "keep") event.waitUntil(keepFirst(event.data.url));
  if (event.data.type === "renew") event.waitUntil(renew());
});

/** A new version takes over where one page is open: the one just loaded, of that version. */
async function renew() {
  const open = await clients.matchAll({ type: "window", includeUncontrolled: true });
  if (open.length <= 1) await skipWaiting();
}

/** The page that brought the worker was loaded without it: the browser still has it. */
async function keepFirst(address) {
  if (isPage(new URL(address))) await keep(address, await fetch(address, { cache: "force-cache" }));
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/finder/assets/")) event.respondWith(asset(request, url));
  if (request.mode !== "navigate") return;
  if (url.pathname === LAST.key) event.respondWith(last().then((found) => found || offline(url)));
  else if (isPage(url)) event.respondWith(page(event, url));
});

const isPage = (url) => url.pathname === "/" || (IN_LANGUAGE.test(url.pathname) && !url.pathname.endsWith(".pdf"));

const offlineOf = (url) => `/${url.pathname.split("/")[1]}/hors-ligne`;

/** Without network, a page kept from an older version gets the newer file of the same name. */
async function asset(request, url) {
  const cache = await caches.open(ASSETS);
  const held = await cache.match(request, { ignoreVary: true });
  if (held) return held;
  try {
    const answer = await fetch(request);
    if (answer.ok && url.pathname.includes(FINDER.digest)) await cache.put(request, answer.clone());
    if (answer.ok) return answer;
  } catch (lost) {
    /* Then by its name. */
  }
  const name = url.pathname.split("/").pop();
  const same = (await cache.keys()).find((one) => one.url.endsWith(`/${name}`));
  return (same && (await cache.match(same))) || Response.error();
}

async function page(event, url) {
  const address = url.href.split("#")[0];
  const held = await (await caches.open(PAGES)).match(address, { ignoreVary: true });
  const fresh = fetch(event.request).then((answer) => {
    if (answer.status >= 500 && held) throw new Error(String(answer.status));
    event.waitUntil(keep(address, answer.clone()).catch(() => {}));
    return answer;
  });
  const today = held && held.headers.get("X-Kept").slice(0, 10) === new Date().toISOString().slice(0, 10);
  try {
    if (!today) return await fresh;
    event.waitUntil(fresh.catch(() => {}));
    return await Promise.race([fresh, new Promise((_, late) => setTimeout(late, PATIENCE))]);
  } catch (lost) {
    return held ? dated(held) : offline(url);
  }
}

/** The page that says what can be read; another list is never shown as the answer. */
async function offline(url) {
  const cache = await caches.open(ASSETS);
  const pages = (await cache.keys()).filter((one) => one.url.endsWith("/hors-ligne"));
  const mine = pages.find((one) => new URL(one.url).pathname === offlineOf(url)) || pages[0];
  return mine ? cache.match(mine) : Response.error();
}

async function last() {
  const held = await (await caches.open(LAST.cache)).match(LAST.key);
  return held ? dated(held) : null;
}

/** The page says when it was kept: `start.js` reads it and tells. */
async function dated(held) {
  const text = await held.text();
  const day = held.headers.get("X-Kept").slice(0, 10);
  return new Response(text.replace(/<html(?=[\s>])/i, `<html data-kept-day="${day}"`), { headers: held.headers });
}

async function keep(address, answer) {
  const kind = answer.headers.get("Content-Type") || "";
  const private_ = /no-store/.test(answer.headers.get("Cache-Control") || "");
  if (answer.status !== 200 || answer.redirected || private_ || !kind.startsWith("text/html")) return;
  const headers = new Headers({ "X-Kept": new Date().toISOString() });
  for (const name of HEADERS) if (answer.headers.has(name)) headers.set(name, answer.headers.get(name));
  const text = await answer.text();
  const pages = await caches.open(PAGES);
  await pages.delete(address); // put at the end: the oldest come first
  await pages.put(address, new Response(text, { headers }));
  for (const old of (await pages.keys()).slice(0, -MOST)) await pages.delete(old);
  const url = new URL(address);
  if (url.pathname.endsWith("/cours") && /class="course[" ]/.test(text)) {
    await (await caches.open(LAST.cache)).put(LAST.key, new Response(text, { headers }));
  }
  const cache = await caches.open(ASSETS);
  if (IN_LANGUAGE.test(url.pathname) && !(await cache.match(offlineOf(url)))) await cache.add(offlineOf(url));
}
