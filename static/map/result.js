/* The areas and places of a result: colours that switch, and a card for each row. */
"use strict";
(function () {
  const { data, element, paint } = GI;
  const { areas, colourings, columns } = data;
  const SCALE = 10000;
  const keys = Object.keys(colourings || {});
  let mode = keys[0];
  let outline = null;
  let cluster = null;
  const paints = {};
  for (const key of keys) paints[key] = colourings[key].swatches.map(paint);

  /** [lon, lat, dlon, dlat, …] in 1/10,000 degree to [[lat, lon], …]. */
  function ring(steps) {
    const points = [];
    for (let i = 0, x = 0, y = 0; i < steps.length; i += 2) {
      x += steps[i];
      y += steps[i + 1];
      points.push([y / SCALE, x / SCALE]);
    }
    return points;
  }

  const classOf = (key, number) => colourings[key].swatches[colourings[key].classes[number]];

  function pin(number) {
    const { letter, fill, on } = classOf(mode, number);
    const html = element("i", { class: "pin area" }, letter);
    html.style.background = fill;
    html.style.color = on;
    return L.divIcon({ html, className: "symbol", iconSize: [24, 24] });
  }

  function marker(number) {
    const [lon, lat] = areas.place[number];
    const made = L.marker([lat, lon], { icon: pin(number) });
    made.getBounds = () => L.latLngBounds([made.getLatLng(), made.getLatLng()]);
    made.on("add", () => made.getElement().setAttribute("aria-label", `${areas.name[number]}, ${tip(number)}`));
    made.on("click keypress", (event) => {
      if (event.type === "click" || event.originalEvent.key === "Enter") open(made._map, number, made.getLatLng());
    });
    made.bindTooltip(() => tooltip(number), { direction: "top", offset: [0, -12] });
    return made;
  }

  function polygon(renderer, number) {
    const border = { color: "#ffffff", weight: 0.5, opacity: 0.7 };
    return L.polygon(areas.shape[number].map((rings) => rings.map(ring)), { renderer, fillOpacity: 1, smoothFactor: 0.7, ...border, fillColor: fill(number) });
  }

  const fill = (number) => paints[mode][colourings[mode].classes[number]];

  GI.areas = function (map) {
    const renderer = L.canvas({ padding: 0.4 });
    const drawn = L.featureGroup();
    cluster = L.markerClusterGroup({ maxClusterRadius: 30, showCoverageOnHover: false, animate: false, iconCreateFunction: grouped });
    GI.paths = areas.name.map((_, number) => {
      const path = areas.place[number] ? marker(number) : polygon(renderer, number);
      path.number = number;
      (areas.place[number] ? cluster : drawn).addLayer(path);
      return path;
    });
    drawn.bindTooltip((path) => tooltip(path.number), { sticky: true, direction: "top" });
    drawn.on("click", (event) => open(map, event.layer.number, event.latlng));
    drawn.addTo(map);
    return cluster.addTo(map);
  };

  function grouped(found) {
    const html = element("i", { class: "pin group", style: "width:34px;height:34px;line-height:30px" }, String(found.getChildCount()), element("span", { class: "unseen" }, " lignes regroupées"));
    return L.divIcon({ html, className: "symbol", iconSize: [34, 34] });
  }

  GI.recolour = function (chosen) {
    mode = chosen || mode;
    for (const path of GI.paths) {
      if (path.setStyle) path.setStyle({ fillColor: fill(path.number) });
      else path.setIcon(pin(path.number));
    }
  };

  const valueOf = (column, number) => (column.at[number] === null ? null : column.texts[column.at[number]] + (column.unit ? `\u00a0${column.unit}` : ""));

  /** What the colour of an area stands for: its figure, or the name of its class. */
  function tip(number) {
    const { column, label } = colourings[mode];
    const found = columns.find((one) => one.name === column);
    const words = (found && valueOf(found, number)) || classOf(mode, number).label;
    return label ? `${found ? found.label : label} : ${words}` : words;
  }

  function tooltip(number) {
    const named = colourings[mode].label || areas.unit !== "place";
    return element("span", {}, element("b", {}, areas.name[number]), named ? element("br") : null, named ? tip(number) : null);
  }

  /** Find a row on the map and open what is known of it. */
  GI.showArea = function (map, number, where) {
    const path = GI.paths[number];
    const bounds = path.getBounds();
    open(map, number, where || (bounds.isValid() ? bounds.getCenter() : map.getCenter()));
  };

  function open(map, number, where) {
    const path = GI.paths[number];
    if (outline) outline.remove();
    outline = path.setStyle && path.getBounds().isValid() ? L.polygon(path.getLatLngs(), { color: "#000000", weight: 3.5, fill: false, interactive: false }).addTo(map) : null;
    const size = map.getSize();
    const popup = L.popup({ maxWidth: Math.min(320, size.x - 76), minWidth: 200, maxHeight: Math.max(160, size.y - 110), autoPanPadding: [12, 12], offset: path.setStyle ? [0, 7] : [0, -6] })
      .setLatLng(where)
      .setContent(card(number));
    popup.on("remove", () => outline && outline.remove());
    popup.openOn(map);
  }

  function card(number) {
    const heading = element("h3", {}, areas.name[number], " ", element("small", {}, `(${areas.code[number]})`));
    const mark = areas.synthetic[number] ? element("p", { class: "mark" }, "Données fictives") : null;
    const list = element("dl");
    const told = columns.map((column) => [column.label, valueOf(column, number) || unsaid(column, number)]).filter((pair) => pair[1]);
    for (const [label, words] of told.slice(0, data.most)) list.append(element("div", {}, element("dt", {}, `${label} : `), element("dd", {}, words)));
    const lost = areas.place[number] || areas.shape[number].length ? null : element("p", { class: "mark" }, "Lieu inconnu : absent de la carte");
    return element("div", { class: "card" }, heading, mark, lost, list);
  }

  /** A figure the map can colour by says why it is absent; the others are left out. */
  function unsaid(column, number) {
    const key = keys.find((one) => colourings[one].column === column.name);
    return key ? classOf(key, number).label : null;
  }

  const search = GI.search;
  GI.search = (map) => document.getElementById("place") && search(map);
})();
