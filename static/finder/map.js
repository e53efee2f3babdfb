/* The map, when it is asked for: the courses of the list, with their numbers, over the outlines of communes.
   The list says everything the map says; without tiles nothing is asked of another host. */

import { kept } from "./here.js";
import { element, loaded, say } from "./words.js";

const SIZE = 36; // px of a number: a finger's
const GRID = 10; // boxes in tenths of a degree: what is asked for outlines says nothing of where somebody stands
const NEAR = 0.6; // square degrees up to which every commune is drawn
const MOST = 600;
const TOWN = 10000; // inhabitants of the communes drawn on wider views
const LINES = {
  departements: { color: "#8a8f98", weight: 2, fillColor: "#f4f1ea", fillOpacity: 1, interactive: false },
  communes: { color: "#c9c5bb", weight: 1, fillColor: "#fbfaf6", fillOpacity: 1, interactive: false },
};
const NAMES = { most: 12, wide: 90, high: 22, below: 30 }; // px kept free around a name, and under a number

const page = document.documentElement;
const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Leaflet as it is packaged: a plain script that makes `L`, and its styles; from this service, beside this file. */
async function leaflet() {
  const style = (name) => loaded(element("link", { rel: "stylesheet", href: new URL(name, import.meta.url) }));
  await Promise.all([style("leaflet.css"), style("map.css")]);
  if (!window.L) await loaded(element("script", { src: new URL("leaflet.js", import.meta.url) }));
  return window.L;
}

/** The courses of the list that have a place, as the list shows them. */
function courses() {
  return [...document.querySelectorAll("li.course[data-lon][data-lat]")]
    .map((item) => {
      const { lon, lat } = item.dataset;
      const title = item.querySelector("h2, h3, h4").cloneNode(true);
      const shown = title.querySelector(".number");
      if (shown) shown.remove();
      return { item, title, number: shown ? shown.textContent : item.dataset.number, at: lon && lat ? [Number(lat), Number(lon)] : [NaN, NaN] };
    })
    .filter(({ at }) => at.every(Number.isFinite));
}

/** Courses at one place stand side by side: none hides another. */
function anchors(found) {
  const groups = new Map();
  for (const course of found) {
    const key = course.at.map((value) => value.toFixed(4)).join();
    groups.set(key, [...(groups.get(key) || []), course]);
  }
  const shift = (i, count) => SIZE / 2 + (SIZE + 2) * ((count - 1) / 2 - i);
  return (course) => {
    const group = groups.get(course.at.map((value) => value.toFixed(4)).join());
    return [shift(group.indexOf(course), group.length), SIZE / 2];
  };
}

function popup(course) {
  const text = element("p", { class: "map-title" }, ...course.title.cloneNode(true).childNodes);
  const link = element("a", { href: `#${course.item.id}` }, say("to_list"));
  link.addEventListener("click", () => {
    course.item.setAttribute("tabindex", "-1");
    setTimeout(() => course.item.focus(), 0);
  });
  return element("div", { dir: page.dir || "ltr" }, text, element("p", {}, link));
}

function addCourse(L, map, course, anchor) {
  const sign = element("span", {}, course.number);
  const icon = L.divIcon({ className: "map-number", html: sign, iconSize: [SIZE, SIZE], iconAnchor: anchor, popupAnchor: [SIZE / 2 - anchor[0], -SIZE / 2] });
  const marker = L.marker(course.at, { icon, keyboard: true, riseOnHover: true }).addTo(map);
  const title = course.title.textContent.replace(/\s+/g, " ").trim();
  const shape = marker.getElement();
  shape.setAttribute("aria-label", say("course", { number: course.number, title }));
  marker.bindPopup(popup(course), { autoPanPadding: [4, 4], maxWidth: 200 });
  marker.on("popupopen", (event) => opened(event.popup.getElement(), marker));
  marker.on("popupclose", () => shape.setAttribute("aria-expanded", "false"));
  shape.setAttribute("aria-expanded", "false");
}

function opened(box, marker) {
  const shape = marker.getElement();
  shape.setAttribute("aria-expanded", "true");
  const close = box.querySelector(".leaflet-popup-close-button");
  if (close) {
    close.setAttribute("aria-label", say("close"));
    close.addEventListener("click", () => shape.focus());
  }
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    marker.closePopup();
    shape.focus();
  });
  const link = box.querySelector("a[href^='#course']");
  if (link) link.focus({ preventScroll: true });
}

function addMe(L, map, position) {
  const icon = L.divIcon({ className: "map-me", html: element("span", {}), iconSize: [20, 20] });
  const marker = L.marker([position.lat, position.lon], { icon, interactive: false, keyboard: false }).addTo(map);
  marker.getElement().setAttribute("aria-hidden", "true");
  marker.bindTooltip(say("you"), { permanent: true, direction: "bottom", offset: [0, 8] });
}

/** Whole tenths of a degree around what is seen. */
function box(bounds) {
  const low = (value) => Math.floor(value * GRID) / GRID;
  const high = (value) => Math.ceil(value * GRID) / GRID;
  return [low(bounds.getWest()), low(bounds.getSouth()), high(bounds.getEast()), high(bounds.getNorth())];
}

async function features(collection, bbox, filter = "") {
  const query = new URLSearchParams({ f: "json", bbox: bbox.join(","), limit: MOST });
  if (filter) query.set("filter", filter);
  const answer = await fetch(`/ogc/collections/${collection}/items?${query}`);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/** What is behind the courses; drawn again when the view moves to somewhere not drawn yet. */
function outlines(L, map, told, numbers) {
  const layers = { departements: L.geoJSON(null, { style: LINES.departements }), communes: L.geoJSON(null, { style: LINES.communes }) };
  const names = L.layerGroup().addTo(map);
  let drawn = "";
  let communes = [];
  Object.values(layers).forEach((layer) => layer.addTo(map));

  async function towns(bbox) {
    const small = (bbox[2] - bbox[0]) * (bbox[3] - bbox[1]) <= NEAR;
    const all = small ? await features("communes", bbox) : null;
    /* A part of the communes would look like the end of the country: then only the bigger ones, all of them. */
    if (all && all.numberMatched <= all.numberReturned) return all;
    return features("communes", bbox, `population>=${TOWN}`);
  }

  async function draw() {
    const bbox = box(map.getBounds());
    const wanted = bbox.join();
    if (wanted !== drawn) {
      drawn = wanted;
      try {
        const [around, found] = await Promise.all([features("departements", bbox), towns(bbox)]);
        if (drawn !== wanted) return;
        Object.values(layers).forEach((layer) => layer.clearLayers());
        layers.departements.addData(around);
        layers.communes.addData(found);
        communes = found.features.map((one) => one.properties).sort((a, b) => (b.population || 0) - (a.population || 0));
        for (const source of found.about.sources) map.attributionControl.addAttribution(`${source.publisher} ${source.date}`);
        told.textContent = "";
      } catch (lost) {
        drawn = "";
        told.textContent = say("map_no_outline");
      }
    }
    name();
  }

  function name() {
    names.clearLayers();
    const taken = [];
    for (const { name: text, mairie_lat: lat, mairie_lon: lon } of communes) {
      if (taken.length >= NAMES.most) break;
      if (!Number.isFinite(lat) || !map.getBounds().contains([lat, lon])) continue;
      const at = map.latLngToContainerPoint([lat, lon]);
      const number = numbers.map((place) => map.latLngToContainerPoint(place)).find((other) => other.distanceTo(at) < SIZE);
      const down = number ? number.y + NAMES.below - at.y : 0;
      at.y += down;
      if (taken.some((other) => Math.abs(other.x - at.x) < NAMES.wide && Math.abs(other.y - at.y) < NAMES.high)) continue;
      taken.push(at);
      const label = element("span", { lang: "fr", dir: "ltr" }, text);
      const icon = L.divIcon({ className: "map-name", html: label, iconSize: [0, 0], iconAnchor: [0, -down] });
      const marker = L.marker([lat, lon], { icon, interactive: false, keyboard: false, zIndexOffset: -1000 }).addTo(names);
      marker.getElement().setAttribute("aria-hidden", "true");
    }
  }

  map.on("moveend", draw);
  return draw();
}

/** Show the map in its box; it fails only where Leaflet does not come. */
export async function show(place, told) {
  const L = await leaflet();
  const found = courses();
  const me = new URLSearchParams(location.search).get("place") === "ici" ? kept() : null;
  place.dir = "ltr";
  place.setAttribute("role", "region");
  place.setAttribute("aria-label", say("map"));
  const motion = { fadeAnimation: !still, zoomAnimation: !still, markerZoomAnimation: !still, inertia: !still };
  const map = L.map(place, { ...motion, preferCanvas: true, zoomControl: false, scrollWheelZoom: false, maxZoom: 17 });
  map.attributionControl.setPrefix(false);
  L.control.zoom({ position: "bottomleft", zoomInTitle: say("zoom_in"), zoomOutTitle: say("zoom_out") }).addTo(map);
  const seen = [...found.map(({ at }) => at), ...(me ? [[me.lat, me.lon]] : [])];
  map.fitBounds(L.latLngBounds(seen), { padding: [SIZE, SIZE], maxZoom: 13, animate: false });
  const anchor = anchors(found);
  found.forEach((course) => addCourse(L, map, course, anchor(course)));
  if (me) addMe(L, map, me);
  place.append(element("p", { class: "visually-hidden" }, say("map_keys")));
  place.dataset.markers = String(found.length);
  told.textContent = "";
  const { tiles, attribution } = place.dataset;
  if (tiles) L.tileLayer(tiles, { attribution, maxZoom: 19 }).addTo(map);
  else outlines(L, map, told, found.map(({ at }) => at));
}
