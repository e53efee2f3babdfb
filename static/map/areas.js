/* The coloured areas: communes, or whole EPCI on a map of the country. */
"use strict";
(function () {
  const { data, element, whole, people, paint } = GI;
  const areas = data.areas;
  const SCALE = 10000;
  const paints = { first: data.first.map(paint), second: data.second.map(paint) };
  let mode = "first";
  let outline = null;

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

  const style = (number) => ({ fillColor: paints[mode][areas[mode][number]] });

  GI.areas = function (map) {
    const renderer = L.canvas({ padding: 0.4 });
    const border = areas.unit === "commune" ? { color: "#ffffff", weight: 0.5, opacity: 0.7 } : { color: "#4d4d4d", weight: 0.4, opacity: 0.7 };
    const paths = areas.shape.map((polygons, number) => {
      const path = L.polygon(polygons.map((rings) => rings.map(ring)), { renderer, fillOpacity: 1, smoothFactor: 0.7, ...border, ...style(number) });
      path.number = number;
      return path;
    });
    const group = L.featureGroup(paths);
    group.bindTooltip((path) => element("span", {}, element("b", {}, areas.name[path.number]), element("br"), tip(path.number)), { sticky: true, direction: "top" });
    group.on("click", (event) => GI.showArea(map, event.layer.number, event.latlng));
    GI.paths = paths;
    GI.recolour = (chosen) => {
      mode = chosen;
      for (const path of paths) path.setStyle(style(path.number));
    };
    return group.addTo(map);
  };

  function tip(number) {
    if (areas.unit !== "commune" || mode === "first") return data[mode][areas[mode][number]].label;
    return areas.out[number] === null ? data.second[areas.second[number]].label : `aller : ${areas.out[number]} min`;
  }

  /** Outline an area and open what is known of it. */
  GI.showArea = function (map, number, where) {
    const path = GI.paths[number];
    if (outline) outline.remove();
    if (!path.getBounds().isValid()) return;
    outline = L.polygon(path.getLatLngs(), { color: "#000000", weight: 3.5, fill: false, interactive: false }).addTo(map);
    const popup = L.popup({ maxWidth: Math.min(300, map.getSize().x - 76), minWidth: 200, autoPanPadding: [12, 12] })
      .setLatLng(where || path.getBounds().getCenter())
      .setContent(areas.unit === "commune" ? commune(number) : epci(number));
    popup.on("remove", () => outline && outline.remove());
    popup.openOn(map);
  };

  const line = (label, text) => element("p", {}, label ? element("b", {}, `${label} : `) : "", text);

  function heading(number) {
    const marks = areas.synthetic[number] ? element("p", { class: "mark" }, "Données fictives") : "";
    return [element("h3", {}, areas.name[number], " ", element("small", {}, `(${areas.code[number]})`)), marks];
  }

  function commune(number) {
    const cause = data.first[areas.first[number]];
    const card = element("div", { class: "card" }, ...heading(number), element("p", { class: "cause" }, cause.sentence));
    const otherwise = areas.otherwise[number];
    if (otherwise !== areas.first[number])
      card.append(line("", `Si les cours non précisés convenaient : ${data.first[otherwise].label.toLowerCase()}.`));
    const [out, back] = [areas.out[number], areas.back[number]];
    if (out !== null || back !== null)
      card.append(element("p", {}, element("b", {}, `Aller ${whole(out)} min · retour ${whole(back)} min`), element("br"), element("small", {}, `(${areas.engine})`)));
    if (areas.stranded) card.append(...timetable(number));
    const offer = areas.offer[number];
    if (offer !== null) {
      const [title, place] = areas.offers[offer];
      card.append(line("Cours le plus proche", place ? `${title}, à ${place}` : title));
    }
    card.append(need(number), line("Population", whole(areas.population[number])));
    return card;
  }

  function timetable(number) {
    const [there, home] = areas.waits[number];
    const hour = areas.hour[number];
    return [
      hour === null ? "" : line("Cours", areas.hours[hour]),
      there === null ? "" : line("Attente", `${whole(there)} min sur place avant le cours`),
      home === null ? "" : line("Attente", `${whole(home)} min avant de pouvoir rentrer`),
      areas.stranded[number] === null ? "" : line("Pas de retour", `on y va en ${whole(areas.stranded[number])} min, rien ne ramène après le cours`),
    ];
  }

  function need(number) {
    const value = areas.need[number];
    if (areas.withheld[number]) return line("Besoin", "masqué (secret statistique)");
    if (value === null) return line("Besoin", "inconnu");
    return line("Besoin", `${people(value)} ${value < 2 ? "apprenant" : "apprenants"} (${areas.basis[number]})`);
  }

  function epci(number) {
    const counts = areas.counts[number];
    const total = counts.reduce((sum, count) => sum + count, 0);
    const list = element("ul", {}, ...data.first.map((cause, i) => (counts[i] ? element("li", {}, `${cause.label} : ${whole(counts[i])}`) : null)));
    const card = element("div", { class: "card" }, ...heading(number), line("Communes", whole(total)), list);
    card.append(line("Besoin", `${people(areas.need[number])}, dont non couvert ${people(areas.uncovered[number])}`));
    return card;
  }
})();
